import { rename } from 'node:fs/promises';
import { Redis } from 'ioredis';
import { expect, test } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import { freePort } from '../../../src/cli/demo/free-port.ts';
import { startRedis, type RedisServer } from '../../support/redis.ts';
import { untilStopped } from '../process.ts';
import { Scene } from './support.ts';

/** A second server that follows the first, and can take its place under its name. */
async function startReplica(port: number): Promise<{ server: RedisServer; client: Redis } & AsyncDisposable> {
  const server = await startRedis(['--replicaof', '127.0.0.1', `${port}`]);
  const client = new Redis({ path: server.socket });
  const follows = async () => (await client.info('replication')).includes('master_link_status:up');
  await eventually('the replica to follow', follows, { withinMs: 20_000 });
  return {
    server,
    client,
    async [Symbol.asyncDispose]() {
      client.disconnect();
      await server[Symbol.asyncDispose]();
    },
  };
}

test('F14: the store fails over and has lost an effect: nothing is begun until the world has settled, and it is not done again', async () => {
  const port = await freePort();
  await using scene = await Scene.open({ redis: ['--port', `${port}`, '--bind', '127.0.0.1'] });
  const { redis, client, sandbox, store } = scene.world;
  await using replica = await startReplica(port);
  const id = await scene.fire();
  await client.wait(1, 5_000);
  // What is written from here on reaches the first server alone.
  await replica.client.replicaof('NO', 'ONE');

  const worker = await scene.careful(4_000, 'finish.before:stop');
  await untilStopped(worker);
  expect(await scene.effects(id)).toEqual(['intent 0/restart/1']);
  await redis.kill();
  await rename(replica.server.socket, redis.socket);
  worker.signal('SIGCONT');

  const held = await scene.state(id, 'holding');
  expect(held).toMatchObject({ hold: { reason: 'fresh-store' }, effects: [] });
  expect(await scene.effects(id)).toEqual([]);
  await scene.fleetReady();
  await scene.resolve();
  expect(await scene.ended(id)).toMatchObject({ state: 'skipped', end: { reason: 'resolved' } });
  expect(await sandbox.admin.journal({ run: id })).toHaveLength(1);
  expect((await store.audit('0', 1_000, 0)).filter(({ kind }) => kind === 'store')).toMatchObject([{ data: { change: 'failed-over' } }]);
  expect(worker.ended).toBeNull();
});

test('F14: the store comes back empty: what fires is taken again, held, and done once its hold is over', async () => {
  await using scene = await Scene.open();
  const { client, sandbox } = scene.world;
  const worker = await scene.careful(3_000, '');
  // The worker opened a new store: its hold is over before the case begins.
  await client.hdel('{remediad}:identity', 'holdUntil');
  await client.flushall();

  const id = await scene.fire();
  expect(await scene.state(id, 'holding')).toMatchObject({ hold: { reason: 'fresh-store' } });
  expect(await sandbox.admin.journal()).toEqual([]);
  await scene.healedOnce(id);
  const [deleted] = await sandbox.admin.journal({ run: id });
  expect(deleted).toBeDefined();
  expect(worker.ended).toBeNull();
});
