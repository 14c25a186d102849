import { describe, expect, test } from 'vitest';
import { actionStep } from '../../unit/core/reduce/steps.ts';
import { editionOf } from '../fleet.ts';
import { key } from '../world.ts';
import { labels, restart, Scene } from './support.ts';

/** A worker dies at the point, with the only run that there is. */
async function diedAt(scene: Scene, failPoint: string, edition = restart): Promise<string> {
  const worker = await scene.worker(`${failPoint}:kill`);
  const id = await scene.fire({ edition });
  expect(await worker.waitForEnd()).toBe('SIGKILL');
  return id;
}

test('F4: a worker dies after its claim, and another claims when the lease ends', async () => {
  await using scene = await Scene.open();
  const id = await diedAt(scene, 'claim.after');
  const left = await scene.fields(id);
  expect(left['claims']).toBe('1');
  expect(Number(await scene.world.client.zscore(key('due'), id))).toBe(Number(left['until']));

  await scene.worker();
  await scene.healedOnce(id);
  expect(await scene.effects(id)).toEqual(['intent 0/restart/1', 'done 0/restart/1']);
  expect(Number((await scene.fields(id))['epoch'])).toBeGreaterThan(Number(left['epoch']));
});

describe('F7: a worker dies after GO, before the call', () => {
  const twice = ['intent 0/restart/1', 'abandoned 0/restart/1', 'intent 0/restart/2', 'done 0/restart/2'];

  test('the call is looked up, found not done, and made as a new attempt', async () => {
    await using scene = await Scene.open();
    const id = await diedAt(scene, 'perform.before');
    expect(await scene.world.sandbox.admin.journal()).toEqual([]);

    await scene.worker();
    await scene.healedOnce(id);
    expect(await scene.effects(id)).toEqual(twice);
  });

  test('the worker that looked it up dies before it can commit what it found', async () => {
    await using scene = await Scene.open();
    const id = await diedAt(scene, 'perform.before');
    // Behind the look-up it reads the facts anew.
    const second = await scene.worker('facts.after:kill');
    expect(await second.waitForEnd()).toBe('SIGKILL');
    expect(await scene.effects(id)).toEqual(twice.slice(0, 2));

    await scene.worker();
    await scene.healedOnce(id);
    expect(await scene.effects(id)).toEqual(twice);
  });
});

describe('F8: the call was sent and its answer is lost', () => {
  const asked = { verb: 'delete', resource: 'pods', times: 1 } as const;
  const once = ['intent 0/restart/1', 'done 0/restart/1'];

  test('the worker dies with the answer: the look-up finds it done', async () => {
    await using scene = await Scene.open();
    const id = await diedAt(scene, 'perform.after');
    expect(await scene.world.sandbox.admin.journal({ run: id })).toHaveLength(1);
    expect(await scene.effects(id)).toEqual(once.slice(0, 1));

    await scene.worker();
    await scene.healedOnce(id);
    expect(await scene.effects(id)).toEqual(once);
  });

  test.each([
    ['the connection is reset behind the call', { ...asked, kind: 'lost-after' }, once],
    ['the connection is reset before the call', { ...asked, kind: 'lost-before' }, null],
    ['the API answers 500', { ...asked, kind: 'error' }, null],
    ['the API does not answer', { ...asked, kind: 'hang' }, null],
  ] as const)('%s: never taken for failed, looked up', async (_what, fault, effects) => {
    await using scene = await Scene.open();
    await scene.world.sandbox.admin.breakApi(fault);
    await scene.worker();
    const id = await scene.fire();
    await scene.healedOnce(id);
    expect(await scene.effects(id)).toEqual(
      effects ?? ['intent 0/restart/1', 'abandoned 0/restart/1', 'intent 0/restart/2', 'done 0/restart/2'],
    );
    const { audit = [] } = (await scene.world.store.run(id)) ?? {};
    expect(audit.some(({ kind, data }) => kind === 'state' && data['to'] === 'reconciling')).toBe(true);
  });
});

test('F9: a worker dies between the answer and its record, and the look-up says done', async () => {
  await using scene = await Scene.open();
  const id = await diedAt(scene, 'finish.before');
  expect(await scene.world.sandbox.admin.journal({ run: id })).toHaveLength(1);
  expect(await scene.effects(id)).toEqual(['intent 0/restart/1']);

  await scene.worker();
  await scene.healedOnce(id);
  expect(await scene.effects(id)).toEqual(['intent 0/restart/1', 'done 0/restart/1']);
});

test('F10: a worker dies between the record and the commit, and the next claim goes on behind the effect', async () => {
  await using scene = await Scene.open();
  const id = await diedAt(scene, 'finish.after');
  expect(await scene.effects(id)).toEqual(['intent 0/restart/1', 'done 0/restart/1']);
  expect((await scene.run(id)).effects).toEqual([]);

  await scene.worker();
  await scene.healedOnce(id);
  expect(await scene.effects(id)).toEqual(['intent 0/restart/1', 'done 0/restart/1']);
  expect((await scene.run(id)).effects).toMatchObject([{ id: '0/restart/1', result: 'done' }]);
});

test('F12: a worker dies holding locks: they stay with the run, and who waits for them goes on when it ends', async () => {
  await using scene = await Scene.open({ replicas: 2 });
  const first = await diedAt(scene, 'finish.after', editionOf([actionStep('restart', { settleMs: 1_000 })]));
  const workload = key('lock', 'statefulset:sandbox/torture/t0');
  expect(await scene.world.client.get(workload)).toBe(first);

  await scene.worker();
  const sibling = { ...labels, pod: 't0-1' };
  const second = await scene.fire({ labels: sibling });
  const waiting = await scene.state(second, 'holding');
  expect(waiting.hold?.reason).toBe('expected');
  expect(await scene.world.client.zrange(key('wait', 'statefulset:sandbox/torture/t0'), '0', '-1')).toEqual([second]);
  expect(await scene.world.sandbox.admin.journal({ run: second })).toEqual([]);

  expect((await scene.ended(first)).state).toBe('succeeded');
  await scene.healedOnce(second, sibling);
  expect(await scene.world.sandbox.admin.journal({ run: first })).toHaveLength(1);
});

test('a dry run whose worker dies after GO ends observed, and touches no key of the living', async () => {
  await using scene = await Scene.open();
  const worker = await scene.worker('begin.after:kill');
  const id = await scene.fire({ dry: 'observe' });
  expect(await worker.waitForEnd()).toBe('SIGKILL');
  expect(await scene.effects(id)).toEqual(['intent 0/restart/1']);
  expect(await scene.world.client.keys(key('dry:lock', '*'))).not.toEqual([]);

  await scene.worker();
  const run = await scene.ended(id);
  expect(run, await scene.story(id)).toMatchObject({ state: 'observed', acted: false, end: { would: 'effect' } });
  expect(await scene.world.sandbox.admin.journal()).toEqual([]);
  await scene.nothingLeft();
  const live = (await scene.world.client.keys(key('*'))).map((name) => name.slice(key('').length).split(':')[0]);
  for (const kind of ['active', 'lock', 'wait', 'rel', 'bud', 'cool', 'subject', 'slot']) expect(live).not.toContain(kind);
});
