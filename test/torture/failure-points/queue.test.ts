import { Queue } from 'bullmq';
import { describe, expect, test } from 'vitest';
import { ADVANCE } from '../../../src/adapters/queue/hints.ts';
import { eventually } from '../../support/eventually.ts';
import { actionStep } from '../../unit/core/reduce/steps.ts';
import { editionOf } from '../fleet.ts';
import { key } from '../world.ts';
import { tortureTiming } from '../plan.ts';
import { Scene } from './support.ts';

const once = ['intent 0/restart/1', 'done 0/restart/1'];

describe('F3: what happens to a job happens to no run', () => {
  test('the job fails: the run is due at the end of its lease', async () => {
    await using scene = await Scene.open();
    await scene.worker('claim.after:throw');
    const id = await scene.fire();
    await scene.healedOnce(id);
    expect(await scene.effects(id)).toEqual(once);
    const { effects, acceptedAt } = await scene.run(id);
    expect((effects[0]?.at ?? 0) - acceptedAt).toBeGreaterThanOrEqual(tortureTiming.leaseMs);
  });

  test('the queue is removed by hand, with the job of a dead worker in it', async () => {
    await using scene = await Scene.open();
    const worker = await scene.worker('claim.after:kill');
    const id = await scene.fire();
    expect(await worker.waitForEnd()).toBe('SIGKILL');
    const keys = await scene.world.client.keys(key(ADVANCE, '*'));
    expect(keys).toContain(key(ADVANCE, 'active'));
    await scene.world.client.del(...keys);

    await scene.worker();
    await scene.healedOnce(id);
    expect(await scene.effects(id)).toEqual(once);
  });

  test('a job stalls with its worker: another has long done its work when it comes again', async () => {
    await using scene = await Scene.open();
    const stalled = await scene.worker('claim.after:stop');
    const id = await scene.fire();
    await scene.worker();
    await scene.healedOnce(id);
    stalled.signal('SIGCONT');
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect(stalled.ended).toBeNull();
    expect(stalled.stdout).not.toContain('calls for');
    expect(await scene.effects(id)).toEqual(once);
    await scene.nothingLeft();
  });

  test('every job comes ten times, to two workers: all but one find the run taken or changed', async () => {
    await using scene = await Scene.open();
    await Promise.all([scene.worker(), scene.worker()]);
    const queue = new Queue(ADVANCE, { connection: scene.world.client, prefix: key(), skipVersionCheck: true });
    const id = await scene.fire();
    await eventually('the run to verify', async () => {
      const { v = '0', state } = await scene.fields(id);
      const copies = Array.from({ length: 10 }, (_, copy) => ({
        jobId: `${id}.${v}.0.x${copy}`,
        removeOnComplete: true,
        removeOnFail: true,
      }));
      await queue.addBulk(copies.map((opts) => ({ name: ADVANCE, data: {}, opts })));
      return state === 'verifying';
    });
    await scene.healedOnce(id);
    expect(await scene.effects(id)).toEqual(once);
    await queue.close();
  });
});

test('a run that waits for longer than the queue keeps a timer has no job, and comes with the sweep', async () => {
  await using scene = await Scene.open();
  await scene.worker('', { timerMs: 1_000, approvalMs: 3_000 });
  const id = await scene.fire({ edition: editionOf([actionStep('restart')], 'approve') });
  await scene.state(id, 'awaiting-approval');
  await eventually('the job that parked it to be gone', async () => (await scene.world.left()).jobs === 0, { withinMs: 2_000 });

  expect(await scene.ended(id)).toMatchObject({ state: 'escalated', end: { reason: 'approval-expired' } });
  expect(await scene.world.sandbox.admin.journal()).toEqual([]);
  await scene.nothingLeft();
});
