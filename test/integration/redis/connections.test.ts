import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { describe, expect, test } from 'vitest';
import { openConnections, type Connections } from '../../../src/adapters/redis/connections.ts';
import type { RedisTarget } from '../../../src/adapters/redis/target.ts';
import { defaultTiming, type Timing } from '../../../src/core/timing.ts';
import { eventually } from '../../support/eventually.ts';
import { processClock, recordingLog, type RecordingLog } from '../../support/log.ts';
import { startRedis } from '../../support/redis.ts';
import { tempDir } from '../../support/temp-dir.ts';

function open(target: RedisTarget, log: RecordingLog = recordingLog(), timing: Timing = defaultTiming): Connections {
  return openConnections({ target, timing, log, clock: processClock });
}

/** So that a test of a hang lasts two seconds and not six. */
const impatient: Timing = { ...defaultTiming, intakeMs: 800 };

/** Writes without a pause, so many at a time, and remembers what was acknowledged and how long each refusal took. */
function load(client: Redis, writers = 16) {
  const acknowledged: string[] = [];
  const refusedAfterMs: number[] = [];
  const ending = new AbortController();
  const write = async (writer: number): Promise<void> => {
    for (let index = 0; !ending.signal.aborted; index++) {
      const [key, startedAt] = [`k:${writer}:${index}`, performance.now()];
      try {
        await client.set(key, '1');
        acknowledged.push(key);
      } catch {
        refusedAfterMs.push(performance.now() - startedAt);
        await sleep(5);
      }
    }
  };
  const writing = Promise.all(Array.from({ length: writers }, (_, index) => write(index)));
  const stop = async () => {
    ending.abort();
    await writing;
  };
  return { acknowledged, refusedAfterMs, stop };
}

/** Twice the deadline of a command, for a machine that is busy with other things. */
const DEADLINE_MS = 2 * defaultTiming.intakeMs;

describe('clients that fail fast', () => {
  test('refuse within their deadline while the store is dead, keep nothing for later, and are back soon after it', async () => {
    await using server = await startRedis();
    await using connections = open({ socket: server.socket });
    await connections.ready(5_000);
    const traffic = load(connections.intake);
    await eventually('writes', () => traffic.acknowledged.length > 100);
    await server.kill();
    await eventually('refusals', () => traffic.refusedAfterMs.length > 100);
    await traffic.stop();
    expect(Math.max(...traffic.refusedAfterMs)).toBeLessThan(DEADLINE_MS);
    await expect(connections.scripts.set('never', '1')).rejects.toThrow();

    await server.restart();
    const backAt = performance.now();
    await eventually('the first write', () => connections.intake.set('again', '1').catch(() => false));
    expect(performance.now() - backAt).toBeLessThan(4_000);
    await connections.ready(5_000);
    expect(await connections.scripts.exists('never')).toBe(0);
    expect(await connections.scripts.exists(...traffic.acknowledged)).toBe(traffic.acknowledged.length);
  });

  test('refuse within their deadline while the store hangs, and are back soon after it', async () => {
    await using server = await startRedis();
    await using connections = open({ socket: server.socket }, recordingLog(), impatient);
    await connections.ready(5_000);
    const traffic = load(connections.intake);
    await eventually('writes', () => traffic.acknowledged.length > 100);
    server.pause();
    await sleep(2_000);
    const before = traffic.acknowledged.length;
    server.resume();
    const backAt = performance.now();
    await eventually('the first write', () => traffic.acknowledged.length > before);
    expect(performance.now() - backAt).toBeLessThan(4_000);
    await traffic.stop();
    expect(traffic.refusedAfterMs.length).toBeGreaterThan(10);
    expect(Math.max(...traffic.refusedAfterMs)).toBeLessThan(DEADLINE_MS);
  });

  test('notice a store that hangs by its silence, and say when it is back', async () => {
    await using server = await startRedis();
    const log = recordingLog();
    await using connections = open({ socket: server.socket }, log, impatient);
    const connected = () => log.said('info').filter((message) => message === 'store connected').length;
    await connections.ready(5_000);
    expect(connected()).toBe(1);
    server.pause();
    const traffic = load(connections.scripts, 1);
    await eventually('the outage to be noticed', () => connections.scripts.status !== 'ready', { withinMs: 12_000 });
    await traffic.stop();
    await expect(connections.scripts.set('refused', '1')).rejects.toThrow();
    server.resume();
    await eventually('the outage to end', () => connected() === 2);
    await sleep(100);
    expect(await connections.scripts.exists('refused')).toBe(0);
  });

  test('leave a replica that was their primary by a new connection', async () => {
    await using server = await startRedis();
    await using connections = open({ socket: server.socket });
    await connections.ready(5_000);
    let reconnects = 0;
    connections.scripts.on('ready', () => (reconnects += 1));
    await connections.intake.replicaof('127.0.0.1', '1');
    await expect(connections.scripts.set('k', '1')).rejects.toThrow('READONLY');
    await eventually('a new connection', () => reconnects > 0);
    await eventually('an answer', () => connections.intake.replicaof('no', 'one').catch(() => false));
    await eventually('a write', () => connections.scripts.set('k', '1').catch(() => false));
  });
});

test('a worker client waits for the store and goes on', async () => {
  await using server = await startRedis();
  await using connections = open({ socket: server.socket });
  const worker = connections.worker();
  await worker.set('k', 'v');
  await server.kill();
  const answer = worker.get('k');
  await sleep(300);
  await server.restart();
  expect(await answer).toBe('v');
});

test('a blocking client waits on the server for longer than any command may last', async () => {
  await using server = await startRedis();
  await using connections = open({ socket: server.socket });
  const blocking = connections.blocking();
  await eventually('the client', () => blocking.status === 'ready');
  const answer = blocking.blpop('list', 10);
  await sleep(2_500);
  await connections.ready(5_000);
  await connections.intake.rpush('list', 'x');
  expect(await answer).toEqual(['list', 'x']);
});

describe('an outage', () => {
  test('is told a few times, not at each try, and its end once', async () => {
    await using server = await startRedis();
    const log = recordingLog();
    await using connections = open({ socket: server.socket }, log);
    await connections.ready(5_000);
    await server.kill();
    await sleep(1_500);
    await server.restart();
    await connections.ready(5_000);
    expect(log.said('warn').length).toBeLessThanOrEqual(2);
    expect(log.said('info').filter((message) => message === 'store connected').length).toBe(2);
  });

  test('at the start is one sentence with the reason', async () => {
    await using folder = await tempDir();
    await using absent = open({ url: `unix://${folder.path}/none.sock` });
    await expect(absent.ready(300)).rejects.toThrow(
      `the store at unix://${folder.path}/none.sock does not answer (connect ENOENT ${folder.path}/none.sock): start it, or correct redis.url`,
    );
  });

  test('at the start is told also when somebody listens and never answers', async () => {
    await using folder = await tempDir();
    const path = join(folder.path, 's.sock');
    const server = createServer(() => undefined).listen(path);
    await using silent = open({ socket: path });
    await expect(silent.ready(300)).rejects.toThrow(`the store at ${path} does not answer`);
    silent.close();
    server.close();
  });
});
