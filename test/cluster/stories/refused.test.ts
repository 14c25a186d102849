import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { ShownRun } from '../../support/daemon.ts';
import type { Strike } from '../api-proxy.ts';
import { statefulSet } from '../objects.ts';
import { openStage, type Stage } from './stage.ts';

// What an API server answers to a deletion besides yes. Each test has a pod of its own.
let stage: Stage;
beforeAll(async () => {
  stage = await openStage({ workloads: ['budget', 'before', 'after', 'busy', 'changed'].map((name) => statefulSet(name, 2)) });
});
afterAll(() => stage[Symbol.asyncDispose]());
afterEach(() => {
  stage.proxy.strike = () => null;
});

/** Meets the deletions of pods; how many of them it met is what it gives. */
function strikeDeletions(strike: Strike, times = Number.POSITIVE_INFINITY): () => number {
  let met = 0;
  stage.proxy.strike = ({ verb, resource, namespace }) => {
    if (verb !== 'delete' || resource !== 'pods' || namespace !== stage.space.name || met >= times) return null;
    met += 1;
    return strike;
  };
  return () => met;
}

const answered = async (pod: string) => (await stage.deletions(pod)).map(({ status }) => status);

test('a disruption budget that is used up holds the run, which acts once when there is room again', async () => {
  const causes = [{ reason: 'DisruptionBudget', message: 'The disruption budget budget needs 2 healthy pods and has 2 currently' }];
  const message = "Cannot evict pod as it would violate the pod's disruption budget.";
  strikeDeletions({ status: 429, body: { reason: 'TooManyRequests', message, details: { causes } } });
  const former = await stage.takeDown('budget-0');
  const held = await stage.remediad.runWhere('holds', 'budget-0', ({ hold }) => hold?.reason === 'disruption-budget', 30_000);
  expect(held.hold?.detail).toContain(message);
  expect(held).toMatchObject({ acted: false, end: null });
  expect(await stage.uidOf('budget-0')).toBe(former);

  stage.proxy.strike = () => null;
  await stage.comeBack('budget-0', former);

  expect(await stage.remediad.ended('budget-0', 60_000)).toMatchObject({ state: 'succeeded' });
  expect(await answered('budget-0')).toEqual([200]);
});

test('an API server that has too much to do may have done it or not: the world is looked at, and the deletion is asked for anew', async () => {
  const met = strikeDeletions({ status: 429, body: { reason: 'TooManyRequests', message: 'please try again later' } }, 1);
  const former = await stage.takeDown('busy-0');
  await stage.comeBack('busy-0', former);

  const run = await stage.remediad.ended('busy-0', 60_000);

  expect(met()).toBe(1);
  expect(run).toMatchObject({ state: 'succeeded', effects: [{ result: 'abandoned' }, { result: 'done' }] });
  expect(await answered('busy-0')).toEqual([200]);
});

test('a conflict is planned again on what is there now, and the deletion is asked for anew', async () => {
  const message = 'Operation cannot be fulfilled on pods "changed-0": the object has been modified';
  const met = strikeDeletions({ status: 409, body: { reason: 'Conflict', message } }, 1);
  const former = await stage.takeDown('changed-0');
  await stage.comeBack('changed-0', former);

  const run = await stage.remediad.ended('changed-0', 60_000);

  expect(met()).toBe(1);
  expect(run).toMatchObject({
    state: 'succeeded',
    effects: [{ result: 'rejected', message: expect.stringContaining(message) as string }, { result: 'done' }],
  });
  expect(await answered('changed-0')).toEqual([200]);
});

describe('a connection that is cut', () => {
  test('before the API server got the deletion leads to a look at the world and one more, which is the only one', async () => {
    const met = strikeDeletions('cut-before', 1);
    const former = await stage.takeDown('before-0');
    await stage.comeBack('before-0', former);

    const run = await stage.remediad.ended('before-0', 60_000);

    expect(met()).toBe(1);
    expect(run).toMatchObject({
      state: 'succeeded',
      effects: [
        { result: 'abandoned', uid: former },
        { result: 'done', uid: former },
      ],
    });
    expect(statesOf(run)).toContain('reconciling');
    expect(await answered('before-0')).toEqual([200]);
  });

  test('after the API server has deleted leads to a look at the world, which shows that it is done', async () => {
    const met = strikeDeletions('cut-after', 1);
    const former = await stage.takeDown('after-0');
    await stage.comeBack('after-0', former);

    const run = await stage.remediad.ended('after-0', 60_000);

    expect(met()).toBe(1);
    expect(run).toMatchObject({ state: 'succeeded', effects: [{ result: 'done', uid: former }] });
    expect(statesOf(run)).toContain('reconciling');
    expect(await answered('after-0')).toEqual([200]);
  });
});

const statesOf = ({ audit }: ShownRun) => audit.filter(({ kind }) => kind === 'state').map(({ data }) => data['to']);
