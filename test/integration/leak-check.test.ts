import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { startNode } from '../support/process.ts';

const root = resolve(import.meta.dirname, '../..');

/** Pids of processes with exactly this command line. */
const running = (command: string) => readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && commandOf(pid) === command);

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
  } catch {
    return '';
  }
}

test('a test file that leaves a process behind fails, names it and ends it', async () => {
  const args = ['run', '--root', root, '--config', 'test/fixtures/leak/vitest.config.ts'];
  await using run = await startNode('node_modules/vitest/vitest.mjs', args, { cwd: root, env: { NO_COLOR: '1' } });
  expect(await run.waitForEnd(25_000)).toBe(1);
  expect(run.output).toMatch(/left behind: \d+ sleep 33\.25/);
  expect(run.output).toMatch(/1 passed/);
  await eventually('the process to end', () => running('sleep 33.25').length === 0);
});
