import { describe, expect, test } from 'vitest';
import { actionStep } from '../../unit/core/reduce/steps.ts';
import { editionOf } from '../fleet.ts';
import { untilStopped } from '../process.ts';
import { labels, longLease, Scene } from './support.ts';

const once = ['intent 0/restart/1', 'done 0/restart/1'];
/** Nothing but a wake-up brings a parked run back within the time of a test. */
const noPolls = { ...longLease, verifyPollMs: 600_000, approvalMs: 600_000 };
/** Another alert of the same rule about the same pod. */
const second = { ...labels, severity: 'critical' };

describe('F11: something comes in while a worker has the run', () => {
  test('an approval, when the worker is about to park: due again at once', async () => {
    await using scene = await Scene.open();
    const first = await scene.worker('', noPolls);
    const id = await scene.fire({ edition: editionOf([actionStep('restart')], 'approve') });
    const asked = await scene.state(id, 'awaiting-approval');
    await scene.noJobs();
    await first.kill();
    const worker = await scene.worker('commit.before:stop', noPolls);
    await scene.fire({ labels: second, edition: editionOf([actionStep('restart')], 'approve') });
    await untilStopped(worker);
    expect((await scene.fields(id))['worker']).not.toBe('');

    const planHash = asked.approval?.planHash ?? '';
    const answer = await scene.world.store.signal(id, { kind: 'approve', planHash, by: 'ada', at: Date.now() });
    expect(answer.kind).toBe('ok');
    worker.signal('SIGCONT');
    await scene.state(id, 'verifying');
    await scene.fleetReady();
    await scene.resolve(second);
    await scene.healedOnce(id);
    expect(await scene.effects(id)).toEqual(once);
  });

  test('a resolve, when the worker is about to park: due again at once', async () => {
    await using scene = await Scene.open();
    // The first commit is of the settling, the second of the verification.
    const worker = await scene.worker('commit.before:stop:2', noPolls);
    const id = await scene.fire();
    await untilStopped(worker);
    expect(await scene.effects(id)).toEqual(once);
    await scene.resolve();
    worker.signal('SIGCONT');

    await scene.healedOnce(id);
  });

  test('a cancel, when the worker stands before the gate: nothing is begun', async () => {
    await using scene = await Scene.open();
    const worker = await scene.worker('begin.before:stop', noPolls);
    const id = await scene.fire();
    await untilStopped(worker);
    const answer = await scene.world.store.signal(id, { kind: 'cancel', by: 'ada', why: 'a drill', at: Date.now() });
    expect(answer.kind).toBe('ok');
    worker.signal('SIGCONT');

    expect(await scene.ended(id)).toMatchObject({ state: 'cancelled' });
    expect(await scene.effects(id)).toEqual([]);
    expect(await scene.world.sandbox.admin.journal()).toEqual([]);
    await scene.nothingLeft();
  });

  test('a new episode, when the worker is about to end the run: it goes on with it', async () => {
    await using scene = await Scene.open();
    const worker = await scene.worker('end.before:stop', longLease);
    const id = await scene.fire();
    await scene.state(id, 'verifying');
    await scene.resolve();
    await untilStopped(worker);
    const startsAt = Date.now() + 1_000;
    expect(await scene.fire({ startsAt })).toBe('');
    expect(await scene.world.store.runs({ limit: 10 })).toHaveLength(1);
    worker.signal('SIGCONT');

    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect((await scene.run(id)).state).toBe('verifying');
    await scene.resolve(labels, startsAt);
    await scene.healedOnce(id);
    expect(await scene.world.store.runs({ limit: 10 })).toHaveLength(1);
    expect(await scene.effects(id)).toEqual(once);
  });
});
