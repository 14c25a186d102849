import { describe, expect, test } from 'vitest';
import { ADVANCE } from '../../../src/adapters/queue/hints.ts';
import { postWebhook } from '../../integration/http/support.ts';
import { labels, Scene } from './support.ts';
import { key } from '../world.ts';
import { webhookOf } from './webhook.ts';

const webhook = webhookOf(labels);

async function onlyRun(scene: Scene): Promise<string> {
  const runs = await scene.world.store.runs({ limit: 10 });
  expect(runs).toHaveLength(1);
  return runs[0]?.id ?? '';
}

describe('F1: the intake dies before its reply', () => {
  test('nothing was accepted, and the alert that comes again starts the run', async () => {
    await using scene = await Scene.open();
    const first = await scene.intake('accept.before:kill');
    await expect(postWebhook(first.url, webhook)).rejects.toThrow(/socket hang up|ECONNRESET/);
    expect(await first.process.waitForEnd()).toBe('SIGKILL');
    expect(await scene.world.store.runs({ limit: 10 })).toEqual([]);

    const second = await scene.intake();
    expect((await postWebhook(second.url, webhook)).status).toBe(200);
    await scene.worker();
    await scene.healedOnce(await onlyRun(scene));
  });

  test('it was accepted without a 200: the alert that comes again is the same run', async () => {
    await using scene = await Scene.open();
    const first = await scene.intake('accept.after:kill');
    await expect(postWebhook(first.url, webhook)).rejects.toThrow(/socket hang up|ECONNRESET/);
    const id = await onlyRun(scene);

    const second = await scene.intake();
    expect((await postWebhook(second.url, webhook)).status).toBe(200);
    expect((await postWebhook(second.url, webhook)).status).toBe(200);
    expect(await onlyRun(scene)).toBe(id);
    await scene.worker();
    await scene.healedOnce(id);
  });
});

describe('F2: accepted, and nobody is woken', () => {
  test('the intake dies before the wake-up: the sweep finds the run due', async () => {
    await using scene = await Scene.open();
    const { url } = await scene.intake('accept.after:kill');
    await expect(postWebhook(url, webhook)).rejects.toThrow(/socket hang up|ECONNRESET/);
    const id = await onlyRun(scene);
    expect(await scene.world.left()).toMatchObject({ due: 1, jobs: 0 });

    await scene.worker();
    await scene.healedOnce(id);
  });

  test('the queue swallows the wake-up as one that it knows: the sweep finds the run due', async () => {
    await using scene = await Scene.open();
    // The first run of an installation is r-1; a job of its first wake-up lies there, and never runs.
    const swallows = key(ADVANCE, 'r-1.0.0');
    await scene.world.client.hset(swallows, { name: ADVANCE, data: '{}', timestamp: 0 });
    const { url } = await scene.intake();
    expect((await postWebhook(url, webhook)).status).toBe(200);
    expect(await scene.world.hints.waiting()).toBe(0);

    await scene.worker();
    const id = await onlyRun(scene);
    expect(id).toBe('r-1');
    expect((await scene.ended(id)).state).toBe('succeeded');
    expect(await scene.world.sandbox.admin.journal({ run: id })).toHaveLength(1);
    await scene.world.client.del(swallows);
    await scene.nothingLeft();
  });
});
