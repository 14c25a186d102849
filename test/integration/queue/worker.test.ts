import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { describe, expect, test } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import { startNode } from '../../support/process.ts';
import { startRedis } from '../../support/redis.ts';
import { forEver, hint, jobKeys, PREFIX, startReplica } from './support.ts';

const WORKER = join(import.meta.dirname, 'worker-process.ts');
const LEASE_MS = 1_200;
const timing = { leaseMs: LEASE_MS };

/** A replica with a job that ends only when its signal is aborted, and then tells why. */
async function atWork(socket: string, told: { reason?: unknown }) {
  const replica = await startReplica(socket, {
    timing,
    onRun: async (run, version, signal) => {
      await forEver(run, version, signal);
      told.reason = signal.reason;
    },
  });
  await replica.hints.wake([hint('r-a')]);
  await eventually('the run', () => replica.worker.running === 1);
  return replica;
}

describe('the signal of a job', () => {
  test('is aborted when another worker has its lock', async () => {
    await using server = await startRedis();
    const told: { reason?: unknown } = {};
    await using replica = await atWork(server.socket, told);
    await replica.connections.scripts.set(`${PREFIX}:advance:r-a.1.0:lock`, 'another worker', 'PX', 60_000);
    await eventually('the abort', () => told.reason !== undefined);
    expect(told.reason).toEqual(new Error('lock lost'));
  });

  test('is aborted when the store hangs for longer than the lock lasts', async () => {
    await using server = await startRedis();
    const told: { reason?: unknown } = {};
    await using _replica = await atWork(server.socket, told);
    server.pause();
    await eventually('the abort', () => told.reason !== undefined);
    server.resume();
    expect(told.reason).toEqual(new Error('lock not renewed in time'));
  });

  test('is left alone for many leases while all is well', async () => {
    await using server = await startRedis();
    let aborted = false;
    await using replica = await startReplica(server.socket, {
      timing,
      onRun: async (_run, _version, signal) => {
        await sleep(3 * LEASE_MS);
        aborted = signal.aborted;
      },
    });
    await replica.hints.wake([hint('r-a')]);
    await eventually('the end of the run', () => replica.started.length === 1 && replica.worker.running === 0);
    expect([aborted, replica.started.length]).toEqual([false, 1]);
  });
});

describe('a worker process', () => {
  test('that is killed leaves its run to another one', async () => {
    await using server = await startRedis();
    await using doomed = await startNode(WORKER, [server.socket, `${LEASE_MS}`]);
    await using replica = await startReplica(server.socket, { timing: { leaseMs: LEASE_MS }, concurrency: 1 });
    await replica.worker.stop(0);
    await replica.hints.wake([hint('r-a')]);
    await doomed.waitForLine(/working on r-a/);
    await doomed.kill();
    await using other = await startReplica(server.socket, { timing });
    await eventually('the run', () => other.started.length === 1, { withinMs: 4 * LEASE_MS });
  });

  test('that was stopped for longer than its lease finds its signal aborted', async () => {
    await using server = await startRedis();
    await using zombie = await startNode(WORKER, [server.socket, `${LEASE_MS}`]);
    await using replica = await startReplica(server.socket, { timing });
    await replica.worker.stop(0);
    await replica.hints.wake([hint('r-a')]);
    await zombie.waitForLine(/working on r-a/);
    zombie.signal('SIGSTOP');
    await using other = await startReplica(server.socket, { timing });
    await eventually('the run on another worker', () => other.started.length === 1, { withinMs: 4 * LEASE_MS });
    zombie.signal('SIGCONT');
    await zombie.waitForLine(/aborted: lock/);
  });
});

test('a worker goes on after the store was killed under load, and no job is left', async () => {
  await using server = await startRedis();
  const done = new Set<string>();
  await using replica = await startReplica(server.socket, {
    timing,
    onRun: async (run) => {
      await sleep(5);
      done.add(run);
    },
  });
  const runs = Array.from({ length: 400 }, (_, index) => hint(`r-${index.toString(16)}`));
  await replica.hints.wake(runs);
  await eventually('some to be done', () => done.size > 20);
  await server.kill();
  await sleep(200);
  await server.restart();
  await eventually('all to be done', () => done.size === runs.length, { withinMs: 20_000 });
  await eventually('no job to be left', async () => (await jobKeys(replica.connections).catch(() => ['?'])).length === 0, {
    withinMs: 10_000,
  });
});

describe('a store that refuses', () => {
  // A script of BullMQ that is refused half-way leaves its job without a lock; the search for such jobs is as quick as the lease is short.
  const refused = { leaseMs: LEASE_MS, breakerMs: 500 };

  /** Commands that the store was asked in so many ms, our own question included. */
  async function commandsWithin(client: Redis, ms: number): Promise<number> {
    const count = async () => Number(/^total_commands_processed:(\d+)/m.exec(await client.info('stats'))?.[1]);
    const before = await count();
    await sleep(ms);
    return (await count()) - before;
  }

  test('because it is full is asked now and then, and all runs come when there is room', async () => {
    await using server = await startRedis();
    await using replica = await startReplica(server.socket, { timing: refused, onRun: () => sleep(1) });
    const admin = replica.connections.scripts;
    await eventually('the worker to wait', () => replica.worker.running === 0);
    await admin.config('SET', 'maxmemory', '1');
    await replica.hints.wake([hint('r-0')]);
    expect(replica.hints.lost).toBe(1);
    await admin.config('SET', 'maxmemory', '0');
    await replica.worker.stop(0);

    await replica.hints.wake(Array.from({ length: 50 }, (_, index) => hint(`r-${index.toString(16)}`)));
    await admin.config('SET', 'maxmemory', '1');
    await using late = await startReplica(server.socket, { timing: refused });
    await eventually('the refusal to be seen', () => late.worker.refused);
    expect(await commandsWithin(admin, 2_000)).toBeLessThan(200);
    expect(late.log.said('error')).toEqual(['the store refuses; worker paused']);
    expect(late.started).toEqual([]);

    await admin.config('SET', 'maxmemory', '0');
    await eventually('all runs', () => late.started.length === 50, { withinMs: 10_000 });
    await eventually('the worker to go on', () => !late.worker.refused);
  });

  test('because it became a replica is asked now and then, and all runs come when it is the primary again', async () => {
    await using server = await startRedis();
    await using replica = await startReplica(server.socket, { timing: refused });
    const admin = replica.connections.blocking();
    await eventually('the client', () => admin.status === 'ready');
    await replica.worker.stop(0);
    await replica.hints.wake(Array.from({ length: 20 }, (_, index) => hint(`r-${index.toString(16)}`)));
    await admin.replicaof('127.0.0.1', '1');
    await using late = await startReplica(server.socket, { timing: refused });
    await eventually('the refusal to be seen', () => late.worker.refused);
    expect(await commandsWithin(admin, 2_000)).toBeLessThan(400);
    expect(late.started).toEqual([]);
    await admin.replicaof('no', 'one');
    await eventually('all runs', () => late.started.length === 20, { withinMs: 10_000 });
  });

  test('while jobs run gets them all in the end', async () => {
    await using server = await startRedis();
    const ended = new Set<string>();
    await using replica = await startReplica(server.socket, {
      timing: refused,
      concurrency: 5,
      onRun: async (run) => {
        await sleep(100);
        ended.add(run);
      },
    });
    const admin = replica.connections.scripts;
    await replica.hints.wake(Array.from({ length: 40 }, (_, index) => hint(`r-${index.toString(16)}`)));
    await eventually('some to end', () => ended.size > 5);
    await admin.config('SET', 'maxmemory', '1');
    await sleep(1_000);
    await admin.config('SET', 'maxmemory', '0');
    await eventually('all to end', () => ended.size === 40, { withinMs: 20_000 });
    await eventually('no job to be left', async () => (await jobKeys(replica.connections)).length === 0, { withinMs: 10_000 });
  });
});

describe('a stop', () => {
  test('waits for what runs and takes nothing more', async () => {
    await using server = await startRedis();
    let ended = 0;
    await using replica = await startReplica(server.socket, {
      concurrency: 2,
      onRun: async () => {
        await sleep(300);
        ended += 1;
      },
    });
    await replica.hints.wake(Array.from({ length: 10 }, (_, index) => hint(`r-${index}`)));
    await eventually('two to run', () => replica.worker.running === 2);
    await replica.worker.stop(10_000);
    expect([ended, replica.started.length]).toEqual([2, 2]);
    await sleep(200);
    expect(replica.started.length).toBe(2);
    await using other = await startReplica(server.socket);
    await eventually('the others', () => other.started.length === 8);
  });

  test('hands back what a waiting fetch still brings', async () => {
    await using server = await startRedis();
    await using replica = await startReplica(server.socket, { onRun: () => sleep(600) });
    await replica.hints.wake([hint('r-a')]);
    await eventually('the run', () => replica.worker.running === 1);
    const stopped = replica.worker.stop(10_000);
    await replica.hints.wake([hint('r-b')]);
    await stopped;
    expect(replica.started.map(({ run }) => run)).toEqual(['r-a']);
    await using other = await startReplica(server.socket);
    await eventually('the other', () => other.started.length === 1);
    expect(other.started[0]).toMatchObject({ run: 'r-b', version: 1 });
  });

  test('aborts what outlasts the grace and leaves it to another worker', async () => {
    await using server = await startRedis();
    await using replica = await startReplica(server.socket, { timing, onRun: forEver });
    await replica.hints.wake([hint('r-a')]);
    await eventually('the run', () => replica.worker.running === 1);
    const startedAt = performance.now();
    await replica.worker.stop(300);
    const stopMs = performance.now() - startedAt;
    expect(stopMs).toBeGreaterThanOrEqual(290);
    expect(stopMs).toBeLessThan(3_000);
    await eventually('the abort', () => replica.worker.running === 0);
    await using other = await startReplica(server.socket, { timing });
    await eventually('the run', () => other.started.length === 1, { withinMs: 6 * LEASE_MS });
  });

  test.each(['hangs', 'is gone'])('ends in time also when the store %s', async (what) => {
    await using server = await startRedis();
    await using replica = await startReplica(server.socket, { onRun: forEver });
    await replica.hints.wake([hint('r-a')]);
    await eventually('the run', () => replica.worker.running === 1);
    if (what === 'hangs') server.pause();
    else await server.kill();
    const startedAt = performance.now();
    await replica.worker.stop(200);
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    server.resume();
  });
});
