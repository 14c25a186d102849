import { describe, expect, test } from 'vitest';
import { actionStep } from '../../unit/core/reduce/steps.ts';
import { editionOf } from '../fleet.ts';
import { untilStopped } from '../process.ts';
import { labels, longLease, Scene } from './support.ts';

const once = ['intent 0/restart/1', 'done 0/restart/1'];
/** A second pod of the same workload, and so behind the same lock. */
const sibling = { ...labels, pod: 't0-1' };
/** How often a run read all facts before an effect: its rights are asked for nowhere else. */
const permits = async ({ world }: Scene) => (await world.sandbox.admin.calls())['create selfsubjectaccessreviews'];

describe('F6: the world changes between the facts and the gate', () => {
  test('a brake: the gate says paused, and the run goes on when it is lifted', async () => {
    await using scene = await Scene.open();
    const worker = await scene.worker('facts.after:stop:2', longLease);
    const id = await scene.fire();
    await untilStopped(worker);
    await scene.world.store.setBrake({ scope: 'all', by: 'ada', why: 'a drill', until: null });
    worker.signal('SIGCONT');

    const held = await scene.state(id, 'holding');
    expect(held.hold?.reason).toBe('paused');
    expect(held.verdicts).toMatchObject([{ guard: 'gate', reason: 'paused' }]);
    expect(await scene.effects(id)).toEqual([]);
    await scene.world.store.liftBrake('all', 'ada');
    await scene.healedOnce(id);
    expect(await scene.effects(id)).toEqual(once);
  });

  test('an event: the gate says so, and the run is decided again', async () => {
    await using scene = await Scene.open();
    const worker = await scene.worker('begin.before:stop', longLease);
    const id = await scene.fire();
    await untilStopped(worker);
    await scene.resolve();
    worker.signal('SIGCONT');

    const run = await scene.ended(id);
    expect(run).toMatchObject({ state: 'skipped', end: { reason: 'resolved' } });
    expect(await scene.effects(id)).toEqual([]);
    expect(await scene.world.sandbox.admin.journal()).toEqual([]);
    await scene.nothingLeft();
  });

  test('time: facts that grew old are read again', async () => {
    await using scene = await Scene.open();
    const worker = await scene.worker('begin.before:stop', { ...longLease, factsMaxAgeMs: 2_000 });
    const id = await scene.fire();
    await untilStopped(worker);
    expect(await permits(scene)).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    worker.signal('SIGCONT');

    await scene.healedOnce(id);
    expect(await scene.effects(id)).toEqual(once);
    expect(await permits(scene)).toBe(2);
  });

  test('another run that held the lock has come and gone: its effect is not in the facts, they are read again', async () => {
    await using scene = await Scene.open({ replicas: 2 });
    const worker = await scene.worker('begin.before:stop', longLease);
    const id = await scene.fire();
    await untilStopped(worker);
    await scene.worker();
    const other = await scene.fire({ labels: sibling });
    expect((await scene.ended(other, sibling)).state).toBe('succeeded');
    expect(await permits(scene)).toBe(2);
    worker.signal('SIGCONT');

    await scene.healedOnce(id);
    expect(await scene.effects(id)).toEqual(once);
    expect(await permits(scene)).toBe(3);
  });

  test('another run holds the lock: the run waits in its queue until it is free', async () => {
    await using scene = await Scene.open({ replicas: 2 });
    const worker = await scene.worker('begin.before:stop', longLease);
    const id = await scene.fire();
    await untilStopped(worker);
    await scene.worker();
    const other = await scene.fire({ labels: sibling, edition: editionOf([actionStep('restart', { settleMs: 1_500 })]) });
    await scene.state(other, 'sleeping');
    worker.signal('SIGCONT');

    const held = await scene.state(id, 'holding');
    expect(held.hold?.reason).toBe('target-busy');
    expect(held.verdicts).toMatchObject([{ guard: 'gate', reason: 'target-busy' }]);
    expect(await scene.effects(id)).toEqual([]);
    expect((await scene.ended(other, sibling)).state).toBe('succeeded');
    await scene.healedOnce(id);
    expect(await scene.effects(id)).toEqual(once);
  });
});
