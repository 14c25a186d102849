import { Redis } from 'ioredis';
import { describe, expect, test } from 'vitest';
import { memoryPressure } from '../../../src/adapters/redis/memory.ts';
import { checkStore, type StoreReport } from '../../../src/adapters/redis/start-checks.ts';
import { handClock } from '../../support/log.ts';
import { startRedis } from '../../support/redis.ts';

async function check(args: readonly string[], prepare: (client: Redis) => Promise<unknown> = async () => undefined): Promise<StoreReport> {
  await using server = await startRedis(args);
  await using connection = connect(server.socket);
  await prepare(connection.client);
  return await checkStore(connection.client, '{remediad}');
}

function connect(path: string, options: { username?: string; password?: string; maxRetriesPerRequest?: number } = {}) {
  const client = new Redis({ path, ...options });
  client.on('error', () => undefined);
  return { client, [Symbol.asyncDispose]: async () => client.disconnect() };
}

const LIMIT = ['--maxmemory', '64mb'];

describe('at start', () => {
  test('a store as it should be has no problem and no warning', async () => {
    const report = await check(LIMIT);
    expect(report).toEqual({ problems: [], warnings: [], version: expect.stringMatching(/^\d+\.\d+\.\d+$/) as string, replicas: 0 });
  });

  test.each<[string, string[], string]>([
    [
      'without an append-only file',
      ['--appendonly', 'no'],
      'the append-only file of the store is off, so alerts would be lost when it restarts: set `appendonly yes`',
    ],
    [
      'that evicts',
      ['--maxmemory-policy', 'allkeys-lru'],
      'the store may forget what it was given (maxmemory-policy allkeys-lru): set `maxmemory-policy noeviction`',
    ],
    [
      'that never syncs',
      ['--appendfsync', 'no'],
      'the store never syncs its append-only file: set `appendfsync always`, or at least `everysec`',
    ],
    [
      'that lacks replicas',
      ['--min-replicas-to-write', '1'],
      'the store has fewer replicas than it asks for (NOREPLICAS): start them, or lower `min-replicas-to-write`',
    ],
  ])('a store %s is refused with the fix', async (_what, args, sentence) => {
    expect((await check([...LIMIT, ...args])).problems).toEqual([sentence]);
  });

  test('a replica is refused, with the primary that it follows', async () => {
    const { problems } = await check(LIMIT, (client) => client.replicaof('127.0.0.1', '1'));
    expect(problems).toContain(
      'the store is a replica of 127.0.0.1: let redis.url name the primary, or the sentinels (redis-sentinel://…)',
    );
    expect(problems).toContain('the store is read-only: let redis.url name the primary');
  });

  test('a full store is refused', async () => {
    const { problems } = await check(['--maxmemory', '1mb'], fill);
    expect(problems).toEqual(['the store is full (OOM): raise `maxmemory`']);
  });

  test('a store that is nearly full, has no limit, or syncs once a second gives a warning', async () => {
    const nearlyFull = await check(['--maxmemory', '64mb', '--appendfsync', 'everysec'], async (client) => {
      await client.config('SET', 'maxmemory', String(Math.round((await used(client)) / 0.9)));
    });
    expect(nearlyFull.problems).toEqual([]);
    expect(nearlyFull.warnings).toEqual([
      expect.stringContaining('the store syncs once a second') as string,
      expect.stringMatching(
        /^the store is \d\d % full, and alerts are refused from 80 % on: raise `maxmemory` \(now \d+ bytes\)$/,
      ) as string,
    ]);
    expect((await check([])).warnings).toEqual([expect.stringContaining('the store has no memory limit') as string]);
  });

  test('a provider that hides CONFIG and INFO gives warnings and no refusal', async () => {
    await using server = await startRedis(LIMIT);
    await using admin = connect(server.socket);
    await admin.client.acl('SETUSER', 'app', 'on', '>pw', '~{remediad}*', '&*', '+@all', '-config', '-info');
    await using app = connect(server.socket, { username: 'app', password: 'pw' });
    const report = await checkStore(app.client, '{remediad}');
    expect([report.problems, report.version]).toEqual([[], 'unknown']);
    expect(report.warnings).toEqual([
      expect.stringContaining('does not tell its version') as string,
      expect.stringContaining('does not tell whether its append-only file is on') as string,
      expect.stringContaining('does not tell its eviction policy') as string,
    ]);
    expect(await memoryPressure(app.client, handClock())()).toBe(false);
  });

  test('a user that may not write our keys is refused with what it lacks', async () => {
    await using server = await startRedis(LIMIT);
    await using admin = connect(server.socket);
    await admin.client.acl('SETUSER', 'app', 'on', '>pw', '~other:*', '+@all');
    await using app = connect(server.socket, { username: 'app', password: 'pw' });
    const { problems } = await checkStore(app.client, '{remediad}');
    expect(problems).toEqual([
      expect.stringMatching(/may not run scripts or write \{remediad\}:start-check: allow it `~\{remediad\}\* /) as string,
    ]);
  });

  test('a store that is away throws', async () => {
    const server = await startRedis();
    await using connection = connect(server.socket, { maxRetriesPerRequest: 0 });
    await connection.client.ping();
    await server[Symbol.asyncDispose]();
    await expect(checkStore(connection.client, '{remediad}')).rejects.toThrow();
  });
});

describe('memory pressure', () => {
  test('begins at four fifths of the limit, and is asked at most once a second', async () => {
    await using server = await startRedis(LIMIT);
    await using connection = connect(server.socket);
    const clock = handClock();
    const pressure = memoryPressure(connection.client, clock);
    expect(await pressure()).toBe(false);
    await connection.client.config('SET', 'maxmemory', String(Math.round((await used(connection.client)) / 0.9)));
    clock.advance(999);
    expect(await pressure()).toBe(false);
    clock.advance(1);
    expect(await pressure()).toBe(true);
    await connection.client.config('SET', 'maxmemory', '0');
    clock.advance(1_000);
    expect(await pressure()).toBe(false);
  });

  test('is not claimed by a store that does not answer', async () => {
    const server = await startRedis();
    await using connection = connect(server.socket, { maxRetriesPerRequest: 0 });
    await connection.client.ping();
    await server[Symbol.asyncDispose]();
    expect(await memoryPressure(connection.client, handClock())()).toBe(false);
  });
});

async function used(client: Redis): Promise<number> {
  return Number(/^used_memory:(\d+)/m.exec(await client.info('memory'))?.[1]);
}

async function fill(client: Redis): Promise<void> {
  for (let index = 0; ; index++) {
    if ((await client.set(`fill:${index}`, 'x'.repeat(10_000)).catch(() => 'full')) === 'full') return;
  }
}
