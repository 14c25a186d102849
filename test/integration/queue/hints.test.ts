import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createHints } from '../../../src/adapters/queue/hints.ts';
import { openConnections } from '../../../src/adapters/redis/connections.ts';
import { defaultTiming } from '../../../src/core/timing.ts';
import { eventually } from '../../support/eventually.ts';
import { processClock, recordingLog } from '../../support/log.ts';
import { startRedis, type RedisServer } from '../../support/redis.ts';
import { forEver, hint, jobKeys, PREFIX, startReplica } from './support.ts';

let server: RedisServer;
beforeAll(async () => void (server = await startRedis()));
afterAll(() => server[Symbol.asyncDispose]());
beforeEach(async () => {
  await using replica = await startReplica(server.socket);
  await replica.connections.scripts.flushall();
});

describe('a wake-up', () => {
  test('reaches a worker with its run and version, and leaves nothing behind', async () => {
    await using replica = await startReplica(server.socket);
    await replica.hints.wake([hint('r-a', { version: 7 })]);
    await eventually('the run', () => replica.started.length === 1);
    expect(replica.started[0]).toMatchObject({ run: 'r-a', version: 7 });
    await eventually('no job to be left', async () => (await jobKeys(replica.connections)).length === 0);
  });

  test('comes once for one (run, version, events) that waits, and again for a new event', async () => {
    await using gate = await startReplica(server.socket, {
      concurrency: 1,
      onRun: (run) => (run === 'r-0' ? sleep(500) : Promise.resolve()),
    });
    await gate.hints.wake([hint('r-0')]);
    await eventually('the first to run', () => gate.started.length === 1);
    for (let repeat = 0; repeat < 5; repeat++) await gate.hints.wake([hint('r-a')]);
    await gate.hints.wake([hint('r-a', { events: 1 }), hint('r-b')]);
    await eventually('the others', () => gate.started.length === 4);
    await sleep(100);
    expect(gate.started.map(({ run }) => run).sort()).toEqual(['r-0', 'r-a', 'r-a', 'r-b']);
  });

  test('can come anew as soon as the one before has run', async () => {
    await using replica = await startReplica(server.socket);
    for (let round = 1; round <= 5; round++) {
      await replica.hints.wake([hint('r-a')]);
      await eventually('the run', () => replica.started.length === round);
      await eventually('its end', async () => (await jobKeys(replica.connections)).length === 0);
    }
  });

  test('can come anew after one that failed', async () => {
    await using replica = await startReplica(server.socket, { onRun: () => Promise.reject(new Error('handler broke')) });
    for (let round = 1; round <= 3; round++) {
      await replica.hints.wake([hint('r-a')]);
      await eventually('the run', () => replica.started.length === round);
      await eventually('its end', async () => (await jobKeys(replica.connections)).length === 0);
    }
    expect(replica.log.said('error')).toEqual(['job failed']);
  });

  test('of a signal goes before those of new runs, and P0 before P3', async () => {
    await using replica = await startReplica(server.socket, {
      concurrency: 1,
      onRun: (run) => (run === 'r-0' ? sleep(300) : Promise.resolve()),
    });
    await replica.hints.wake([hint('r-0')]);
    await eventually('the first to run', () => replica.started.length === 1);
    await replica.hints.wake([hint('r-3', { priority: 4 }), hint('r-2', { priority: 3 }), hint('r-1', { priority: 1 })]);
    await replica.hints.wake([hint('r-5')]);
    await eventually('all', () => replica.started.length === 5);
    expect(replica.started.map(({ run }) => run)).toEqual(['r-0', 'r-5', 'r-1', 'r-2', 'r-3']);
  });

  test('is worked on by one of two replicas', async () => {
    await using first = await startReplica(server.socket, { onRun: () => sleep(20) });
    await using second = await startReplica(server.socket, { onRun: () => sleep(20) });
    const runs = Array.from({ length: 100 }, (_, index) => hint(`r-${index.toString(16)}`));
    await first.hints.wake(runs);
    await eventually('all', () => first.started.length + second.started.length === 100);
    await sleep(100);
    expect(new Set([...first.started, ...second.started].map(({ run }) => run)).size).toBe(100);
    expect(first.started.length + second.started.length).toBe(100);
  });

  test('that is none of ours is dropped and told', async () => {
    await using replica = await startReplica(server.socket);
    await replica.hints.wake([hint('r-a')]);
    await eventually('the queue', () => replica.started.length === 1);
    const { Queue } = await import('bullmq');
    const queue = new Queue('advance', { connection: replica.connections.intake, prefix: PREFIX });
    await queue.add('advance', {}, { jobId: 'stranger', removeOnComplete: true });
    await eventually('the log', () => replica.log.said('warn').includes('a job that is none of ours was dropped'));
    await queue.close();
    expect(replica.started.length).toBe(1);
  });
});

describe('a timer', () => {
  test('wakes its run when it is due, not before', async () => {
    await using replica = await startReplica(server.socket);
    const setAt = performance.now();
    await replica.hints.later(hint('r-a', { version: 3 }), 400);
    await eventually('the run', () => replica.started.length === 1);
    expect(replica.started[0]).toMatchObject({ run: 'r-a', version: 3 });
    expect((replica.started[0]?.at ?? 0) - setAt).toBeGreaterThanOrEqual(390);
  });

  test('does not swallow a wake-up of the same version, and is gone after it', async () => {
    await using replica = await startReplica(server.socket);
    await replica.hints.later(hint('r-a'), 60_000);
    expect(await jobKeys(replica.connections)).toHaveLength(2);
    await replica.hints.wake([hint('r-a')]);
    await eventually('the run', () => replica.started.length === 1);
    await eventually('the timer to be gone', async () => (await jobKeys(replica.connections)).length === 0);
  });

  test('of another version stays', async () => {
    await using replica = await startReplica(server.socket);
    await replica.hints.later(hint('r-a', { version: 2 }), 60_000);
    await replica.hints.wake([hint('r-a', { version: 1 })]);
    await eventually('the run', () => replica.started.length === 1);
    await sleep(100);
    expect(await replica.connections.scripts.zrange(`${PREFIX}:advance:delayed`, '0', '-1')).toEqual(['r-a.2.timer']);
  });

  test('that is due at once is a wake-up', async () => {
    await using replica = await startReplica(server.socket);
    await replica.hints.later(hint('r-a'), 0);
    await eventually('the run', () => replica.started.length === 1);
  });
});

test('a sweep wakes a run whose earlier wake-up is stuck, and a later sweep does so again', async () => {
  await using replica = await startReplica(server.socket, { onRun: forEver });
  await replica.hints.wake([hint('r-a')]);
  await eventually('the stuck one', () => replica.started.length === 1);
  await replica.hints.wake([hint('r-a')]);
  for (const [round, bucket] of ['b1', 'b2'].entries()) {
    await replica.hints.sweep([hint('r-a'), hint('r-a')], bucket);
    await eventually('the swept one', () => replica.started.length === round + 2);
  }
  await sleep(100);
  expect(replica.started.length).toBe(3);
});

test('a run with a name that cannot be one of ours is counted as lost, and nothing throws', async () => {
  await using replica = await startReplica(server.socket);
  const strange = hint('r-a:b');
  await replica.hints.wake([strange]);
  await replica.hints.wake([strange, hint('r-a')]);
  await replica.hints.later(strange, 10);
  await replica.hints.sweep([strange], 'b');
  expect(replica.hints.lost).toBe(5);
});

test('the wake-ups that wait for a worker are counted', async () => {
  await using replica = await startReplica(server.socket, { concurrency: 1, onRun: forEver });
  await replica.hints.wake([hint('r-0')]);
  await eventually('the worker to be busy', () => replica.started.length === 1);
  await replica.hints.wake([hint('r-a'), hint('r-b', { priority: 2 })]);
  await replica.hints.later(hint('r-c'), 60_000);
  expect(await replica.hints.waiting()).toBe(2);
});

describe('while the store is away', () => {
  test('nothing throws, nothing waits, each loss is counted, and it goes on afterwards', async () => {
    await using own = await startRedis();
    await using replica = await startReplica(own.socket);
    await replica.hints.wake([hint('r-a')]);
    await eventually('the run', () => replica.started.length === 1);
    await own.kill();
    await eventually('the loss of the connection', () => replica.connections.intake.status !== 'ready');
    const startedAt = performance.now();
    await replica.hints.wake([hint('r-b'), hint('r-c')]);
    await replica.hints.later(hint('r-d'), 100);
    expect(await replica.hints.waiting()).toBeNull();
    expect(performance.now() - startedAt).toBeLessThan(1_000);
    expect(replica.hints.lost).toBe(3);

    await own.restart();
    await replica.connections.ready(5_000);
    const backAt = performance.now();
    await replica.hints.wake([hint('r-e')]);
    await eventually('the run', () => replica.started.some(({ run }) => run === 'r-e'), { withinMs: 10_000 });
    expect(performance.now() - backAt).toBeLessThan(6_000);
  });

  test('hints made before it is there work when it comes', async () => {
    await using own = await startRedis();
    await own.kill();
    const [log, clock] = [recordingLog(), processClock];
    await using connections = openConnections({ target: { socket: own.socket }, timing: defaultTiming, log, clock });
    await using hints = createHints({ client: connections.intake, prefix: PREFIX, log, clock });
    await hints.wake([hint('r-a')]);
    expect(hints.lost).toBe(1);
    await own.restart();
    await connections.ready(5_000);
    await hints.wake([hint('r-b')]);
    expect(await hints.waiting()).toBe(1);
    expect(hints.lost).toBe(1);
  });

  test('a store that hangs costs at most the deadline of a command', async () => {
    await using own = await startRedis();
    await using replica = await startReplica(own.socket, { timing: { intakeMs: 800 } });
    own.pause();
    const startedAt = performance.now();
    await replica.hints.wake([hint('r-a')]);
    expect(performance.now() - startedAt).toBeLessThan(3_000);
    expect(replica.hints.lost).toBe(1);
    own.resume();
  });
});
