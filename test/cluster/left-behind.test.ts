import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { startProcess } from '../support/process.ts';
import { eventually } from './eventually.ts';
import { createRunFolder } from './run-folder.ts';

// A control plane in a process of its own, which then dies as if somebody had killed the test run.
const program = `
  import { startCluster } from ${JSON.stringify(resolve(import.meta.dirname, 'control-plane.ts'))};
  const { place, etcd, apiServer } = await startCluster();
  console.log('running ' + JSON.stringify({ folder: place.folder, pids: [etcd.pid, apiServer.pid] }));
  setInterval(() => undefined, 60_000);
`;

test('a control plane dies with whoever started it, and the next one clears away what it stored', async () => {
  await using owner = await startProcess(process.execPath, ['--input-type=module', '--eval', program]);
  const [, told = ''] = await owner.waitForLine(/^running (.*)$/, 60_000);
  const { folder, pids } = JSON.parse(told) as { folder: string; pids: number[] };
  expect(pids.every(isAlive)).toBe(true);

  const another = createRunFolder();
  expect(existsSync(folder), 'that of a living one is left alone').toBe(true);
  await owner.kill();
  await eventually('its servers to end', () => !pids.some(isAlive));
  const later = createRunFolder();

  expect(existsSync(folder)).toBe(false);
  expect([another, later].map((path) => existsSync(path))).toEqual([true, true]);
  for (const path of [another, later]) await rm(path, { recursive: true });
});

function isAlive(pid: number): boolean {
  return existsSync(`/proc/${pid}/exe`);
}
