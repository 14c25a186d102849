import { mkdir, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { postWebhook } from '../../integration/http/support.ts';
import { eventually } from '../../support/eventually.ts';
import { labelsOf } from '../fleet.ts';
import { untilStopped } from '../process.ts';
import { labels, Scene } from './support.ts';
import { webhookOf } from './webhook.ts';

const once = ['intent 0/restart/1', 'done 0/restart/1'];

/** The id of the only run there is. */
async function onlyRun(scene: Scene): Promise<string> {
  const [run, ...others] = await scene.world.store.runs({ limit: 10 });
  expect(others).toEqual([]);
  return run?.id ?? '';
}

async function eventuallyTaken(url: string, webhook: string): Promise<void> {
  await eventually('the webhook to be taken', async () => (await postWebhook(url, webhook)).status === 200, {
    withinMs: 10_000,
    everyMs: 100,
  });
}

test('F13: the store dies with a result on its way and comes back: all is there, and nobody was started anew', async () => {
  await using scene = await Scene.open();
  const { process: intake, url } = await scene.intake();
  const worker = await scene.worker('finish.before:stop');
  expect((await postWebhook(url, webhookOf(labels))).status).toBe(200);
  await untilStopped(worker);
  const id = await onlyRun(scene);
  expect(await scene.world.sandbox.admin.journal({ run: id })).toHaveLength(1);

  await scene.world.redis.kill();
  worker.signal('SIGCONT');
  expect((await postWebhook(url, webhookOf(labelsOf(1)))).status).toBe(503);
  await scene.world.redis.restart();

  await eventuallyTaken(url, webhookOf(labels));
  await scene.healedOnce(id);
  expect(await scene.effects(id)).toEqual(once);
  expect(await onlyRun(scene)).toBe(id);
  expect([intake.ended, worker.ended]).toEqual([null, null]);
});

type Change = (scene: Scene) => Promise<unknown>;
const config = ({ world }: Scene, name: string, value: string) => world.client.config('SET', name, value);

/** Snapshots fail: where one would be renamed to, there is a folder. */
const breakSnapshots: Change = async (scene) => {
  await mkdir(join(scene.world.redis.dir, 'dump.rdb'));
  await config(scene, 'save', '3600 1');
  await scene.world.client.bgsave();
  await eventually('the snapshot to fail', async () =>
    (await scene.world.client.info('persistence')).includes('rdb_last_bgsave_status:err'),
  );
};
const mendSnapshots: Change = async (scene) => {
  await rmdir(join(scene.world.redis.dir, 'dump.rdb'));
  await config(scene, 'save', '');
};

describe('F15: the store refuses to write', () => {
  test.each<[string, Change, Change]>([
    ['OOM', (scene) => config(scene, 'maxmemory', '1mb'), (scene) => config(scene, 'maxmemory', '0')],
    ['READONLY', ({ world }) => world.client.replicaof('127.0.0.1', 1), ({ world }) => world.client.replicaof('NO', 'ONE')],
    ['MISCONF', breakSnapshots, mendSnapshots],
  ])('%s: nothing is begun, workers pause, alerts get 503, and all goes on afterwards', async (_word, refuse, allow) => {
    await using scene = await Scene.open();
    const { url } = await scene.intake();
    const worker = await scene.worker('begin.before:stop');
    expect((await postWebhook(url, webhookOf(labels))).status).toBe(200);
    await untilStopped(worker);
    await refuse(scene);
    worker.signal('SIGCONT');

    await worker.waitForLine(/the store refuses; worker paused/);
    expect((await postWebhook(url, webhookOf(labelsOf(1)))).status).toBe(503);
    const id = await onlyRun(scene);
    expect(await scene.effects(id)).toEqual([]);
    expect(await scene.world.sandbox.admin.journal()).toEqual([]);

    await allow(scene);
    await scene.healedOnce(id);
    expect(await scene.effects(id)).toEqual(once);
    await eventuallyTaken(url, webhookOf(labelsOf(1)));
    expect(worker.ended).toBeNull();
  });

  test('above 80 % of its memory alerts get 503, while what runs is finished and ended', async () => {
    await using scene = await Scene.open();
    const { url } = await scene.intake();
    const worker = await scene.worker('finish.before:stop');
    expect((await postWebhook(url, webhookOf(labels))).status).toBe(200);
    await untilStopped(worker);
    // So that what is left above the limit is room for what runs, and not for a handful of commands.
    await scene.world.client.setrange('ballast', 20_000_000, 'x');
    const used = Number(/used_memory:(\d+)/.exec(await scene.world.client.info('memory'))?.[1]);
    await config(scene, 'maxmemory', String(Math.round(used / 0.85)));
    worker.signal('SIGCONT');

    await eventually('alerts to be refused', async () => (await postWebhook(url, webhookOf(labels))).status === 503);
    expect((await postWebhook(url, webhookOf(labelsOf(1)))).status).toBe(503);
    const id = await onlyRun(scene);
    await scene.healedOnce(id);
    expect(await scene.effects(id)).toEqual(once);
    await config(scene, 'maxmemory', '0');
    await eventuallyTaken(url, webhookOf(labelsOf(1)));
  });
});
