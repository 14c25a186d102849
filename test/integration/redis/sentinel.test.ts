import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openConnections } from '../../../src/adapters/redis/connections.ts';
import { createStore } from '../../../src/adapters/store/index.ts';
import { defaultTiming } from '../../../src/core/timing.ts';
import { needBinary } from '../../support/binary.ts';
import { eventually } from '../../support/eventually.ts';
import { freePort } from '../../../src/cli/demo/free-port.ts';
import { processClock, recordingLog } from '../../support/log.ts';
import { startProcess } from '../../support/process.ts';
import { tempDir } from '../../support/temp-dir.ts';

// Retried once: three ports that were free a moment ago may be taken by the time the servers bind them.
test('the sentinels lead to the primary, and to the next one when it dies', { timeout: 60_000, retry: 1 }, async () => {
  await using folder = await tempDir();
  const [first, second, sentinel] = [await freePort(), await freePort(), await freePort()];
  const server = (port: number, ...more: string[]) =>
    startProcess(needBinary('valkey-server', 'redis-server'), ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', ...more], {
      cwd: folder.path,
    });
  await using primary = await server(first);
  await using _replica = await server(second, '--replicaof', '127.0.0.1', `${first}`);
  const config = join(folder.path, 'sentinel.conf');
  const settings = [
    `port ${sentinel}`,
    'bind 127.0.0.1',
    `sentinel monitor main 127.0.0.1 ${first} 1`,
    'sentinel down-after-milliseconds main 500',
  ];
  await writeFile(config, `${settings.join('\n')}\n`);
  await using _sentinel = await startProcess(needBinary('valkey-server', 'redis-server'), [config, '--sentinel']);

  const target = { url: `redis-sentinel://127.0.0.1:${sentinel}/main` };
  await using connections = openConnections({ target, timing: defaultTiming, log: recordingLog(), clock: processClock });
  await connections.ready(20_000);
  const redis = connections.scripts;
  await using store = createStore({ redis, installation: 't', timing: defaultTiming, limits: { freshHoldMs: 60_000 } });
  expect(await store.open()).toMatchObject({ change: 'fresh' });
  await redis.hdel('{t}:identity', 'holdUntil');
  await connections.scripts.set('k', 'v');
  await eventually('the replica to be known and to follow', async () => (await connections.scripts.wait(1, 500)) === 1, {
    withinMs: 20_000,
  });
  await eventually(
    'the sentinel to know the replica',
    async () => (await connections.scripts.info('replication')).includes('state=online'),
    {
      withinMs: 20_000,
    },
  );
  await _sentinel.waitForLine(/\+slave/, 20_000);

  await primary.kill();
  expect(await eventually('the next primary', () => connections.scripts.get('k').catch(() => null), { withinMs: 30_000 })).toBe('v');
  await eventually('a write', () => connections.scripts.set('k', 'w').catch(() => false), { withinMs: 30_000 });
  const found = await store.open();
  expect(found.change).toBe('failed-over');
  expect((found.forgetfulUntil ?? 0) - (await store.now())).toBeGreaterThan(50_000);
});
