import { expect, test } from 'vitest';
import type { Timing } from '../../../src/core/timing.ts';
import { eventually } from '../../support/eventually.ts';
import { untilStopped } from '../process.ts';
import { Scene } from './support.ts';

/** A call gets three seconds, and is looked up soon after: what comes behind it is the second attempt. */
const timing: Partial<Timing> = { performMs: 3_000, leaseMs: 9_000 };
/** The server carries the call out between its look-up and the end of the second attempt. */
const LATE_MS = 3_000 + 1_500;
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** A run whose first call is carried out late, and its worker. */
async function runCarriedOutLate(scene: Scene, failPoint = '') {
  await scene.world.sandbox.admin.breakApi({ kind: 'late', verb: 'delete', resource: 'pods', times: 1, ms: LATE_MS });
  const worker = await scene.worker(failPoint, timing);
  return { worker, id: await scene.fire() };
}

async function landed(scene: Scene): Promise<void> {
  const journal = async () => (await scene.world.sandbox.admin.journal()).length === 1;
  await eventually('the late call to be carried out', journal, { withinMs: 10_000 });
  await scene.fleetReady();
}

/** The first attempt is what happened, and the run knows it. */
async function knownAsDone(scene: Scene, id: string, attempts: readonly string[]): Promise<void> {
  await scene.healedOnce(id);
  expect(await scene.effects(id)).toEqual(['intent 0/restart/1', 'abandoned 0/restart/1', ...attempts, 'late 0/restart/1']);
  const { effects } = await scene.run(id);
  expect(effects.find(({ id: effect }) => effect === '0/restart/1')).toMatchObject({ result: 'done' });
}

test('F8: a call that is carried out after it was looked up makes the next attempt fail, and is then known as done', async () => {
  await using scene = await Scene.open();
  const { worker, id } = await runCarriedOutLate(scene, 'perform.inside:stop:2');
  await untilStopped(worker);
  await landed(scene);
  worker.signal('SIGCONT');
  await knownAsDone(scene, id, ['intent 0/restart/2', 'rejected 0/restart/2']);
});

test('F8: the same while the run is held: nobody else is named for it', async () => {
  await using scene = await Scene.open();
  const { id } = await runCarriedOutLate(scene);
  await scene.state(id, 'reconciling');
  await scene.world.store.setBrake({ scope: 'all', by: 'ada', why: 'a drill', until: null });
  await scene.state(id, 'holding');
  await landed(scene);
  await scene.world.store.liftBrake('all', 'ada');
  await knownAsDone(scene, id, []);
});

test('F8: a call that is carried out late and finds the next attempt done changes nothing', async () => {
  await using scene = await Scene.open();
  const { id } = await runCarriedOutLate(scene);
  await scene.state(id, 'verifying');
  await pause(2_000);
  await scene.healedOnce(id);
  expect(await scene.effects(id)).toEqual(['intent 0/restart/1', 'abandoned 0/restart/1', 'intent 0/restart/2', 'done 0/restart/2']);
});
