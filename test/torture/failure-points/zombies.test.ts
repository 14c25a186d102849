import { describe, expect, test } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import type { Process } from '../../support/process.ts';
import { TORTURE, tortureTiming } from '../plan.ts';
import { untilStopped } from '../process.ts';
import { Scene } from './support.ts';

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const again = ['intent 0/restart/1', 'abandoned 0/restart/1', 'intent 0/restart/2', 'done 0/restart/2'];

/** A worker stops at the point for twice its lease, and another one takes its run over and brings it to the verification. */
async function outlived(scene: Scene, point: string): Promise<{ zombie: Process; id: string }> {
  const zombie = await scene.worker(`${point}:stop`);
  const id = await scene.fire();
  await untilStopped(zombie);
  const stopped = pause(TORTURE.stoppedLeases * tortureTiming.leaseMs);
  await scene.worker();
  await scene.state(id, 'verifying');
  await stopped;
  return { zombie, id };
}

describe('F5: a worker stands still for twice its lease and goes on', () => {
  test('between GO and its reply: the call is not made, its clock says that the time is up', async () => {
    await using scene = await Scene.open();
    const { zombie, id } = await outlived(scene, 'begin.after');
    zombie.signal('SIGCONT');
    await pause(500);
    expect(zombie.stdout).not.toContain('calls for');
    expect(zombie.ended).toBeNull();
    await scene.healedOnce(id);
    expect(await scene.effects(id)).toEqual(again);
  });

  test('inside the call, before it is sent: nothing is sent', async () => {
    await using scene = await Scene.open();
    const { zombie, id } = await outlived(scene, 'perform.inside');
    expect(zombie.stdout).toContain(`calls for ${id}`);
    zombie.signal('SIGCONT');
    await pause(500);
    expect(await scene.world.sandbox.admin.calls()).toMatchObject({ 'delete pods': 1 });
    await scene.healedOnce(id);
    expect(await scene.effects(id)).toEqual(again);
  });

  test('and without a clock: the server refuses, for the uid is another one by now', async () => {
    await using scene = await Scene.open();
    const zombie = await scene.clockless('perform.inside:stop');
    const id = await scene.fire();
    await untilStopped(zombie);
    await scene.worker();
    await scene.state(id, 'verifying');
    zombie.signal('SIGCONT');
    await eventually('the late call to arrive', async () => (await scene.world.sandbox.admin.calls())['delete pods'] === 2);
    await scene.healedOnce(id);
    expect(await scene.effects(id)).toEqual(again);
  });

  test('between the answer and its record: it is known by then, and the late one changes nothing', async () => {
    await using scene = await Scene.open();
    const { zombie, id } = await outlived(scene, 'finish.before');
    zombie.signal('SIGCONT');
    await pause(500);
    await scene.healedOnce(id);
    expect(await scene.effects(id)).toEqual(['intent 0/restart/1', 'done 0/restart/1']);
  });
});

test('F9: the result of a zombie is taken while nobody else can look, and wakes the run', async () => {
  await using scene = await Scene.open();
  const zombie = await scene.worker('finish.before:stop');
  const id = await scene.fire();
  await untilStopped(zombie);
  const blind = await scene.world.sandbox.admin.breakApi({ kind: 'error', verb: 'get', resource: 'pods' });
  await scene.worker();
  const reconciling = await scene.state(id, 'reconciling');
  expect(reconciling.open).toMatchObject({ effect: '0/restart/1' });

  zombie.signal('SIGCONT');
  const told = await scene.state(id, 'verifying');
  expect(told.effects).toMatchObject([{ id: '0/restart/1', result: 'done' }]);
  await scene.world.sandbox.admin.lift(blind);
  await scene.healedOnce(id);
  expect(await scene.effects(id)).toEqual(['intent 0/restart/1', 'done 0/restart/1']);
});
