import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { endOrphan } from '../../../src/adapters/redis/server-orphan.ts';
import { recordingLog } from '../../support/log.ts';
import { startProcess } from '../../support/process.ts';
import { startRedis } from '../../support/redis.ts';
import { tempDir } from '../../support/temp-dir.ts';

test('a server that hangs is killed after the grace', async () => {
  await using server = await startRedis();
  await writeFile(join(server.dir, 'redis.pid'), `${server.pid}\n`);
  server.pause();
  await endOrphan(server.dir, server.socket, recordingLog(), 300);
  expect(existsSync(`/proc/${server.pid}/exe`)).toBe(false);
});

test.each([
  ['nobody', ''],
  ['rubbish', 'none\n'],
  ['a process that is gone', '4194000\n'],
])('a pid file that names %s is nothing to end', async (_what, text) => {
  await using folder = await tempDir();
  const log = recordingLog();
  await writeFile(join(folder.path, 'redis.pid'), text);
  await endOrphan(folder.path, join(folder.path, 'redis.sock'), log);
  expect(log.lines).toEqual([]);
});

test('a process that stands in the folder and is no server is left alone', async () => {
  await using folder = await tempDir();
  await using other = await startProcess('sleep', ['60'], { cwd: folder.path });
  await writeFile(join(folder.path, 'redis.pid'), `${other.pid}\n`);
  await endOrphan(folder.path, join(folder.path, 'redis.sock'), recordingLog(), 100);
  expect(other.ended).toBeNull();
});
