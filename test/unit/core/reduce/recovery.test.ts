import { describe, expect, test } from 'vitest';
import type { BegunEffect, EffectOutcome, Run, RunEvent } from '../../../../src/core/run.ts';
import { NOON, sampleEffect, samplePlan } from '../../../support/sample.ts';
import { Driver, MINUTE, permitted, SECOND } from './driver.ts';
import { abandoned, acted, atAction, dry, gaveUp, reconciling, twoRungs, verdict } from './scenario.ts';
import { actionStep, checkStep, escalateStep, ladder } from './steps.ts';

/** What a run makes of an effect whose worker died, was lost or spoke late. A call has 10 s from its begin. */

const done: EffectOutcome = { kind: 'done', output: { uid: 'u-1' } };
const begun = (over: Partial<BegunEffect> = {}): BegunEffect => ({
  effect: '0/restart/1',
  state: 'intent',
  at: NOON,
  notAfter: NOON + 10 * SECOND,
  plan: samplePlan(),
  outcome: null,
  ...over,
});
const claimed = (...effects: BegunEffect[]): RunEvent => ({ kind: 'claimed', effects, unblocked: false });
const answered = (outcome: EffectOutcome, over: Partial<Extract<RunEvent, { kind: 'effect' }>> = {}): RunEvent => ({
  kind: 'effect',
  effect: '0/restart/1',
  plan: samplePlan(),
  outcome,
  notAfter: NOON + 10 * SECOND,
  ...over,
});
const lookedUp = (result: 'done' | 'not-done'): RunEvent => ({
  kind: 'looked-up',
  effect: '0/restart/1',
  result,
  again: true,
  message: '',
  output: {},
});
const at = (run: Run, time: number, edition = twoRungs): Driver => {
  const driver = new Driver(run, edition);
  driver.time = time;
  return driver;
};

describe('an effect counts from when it was begun', () => {
  test('though its answer came seconds later', () => {
    const driver = at(atAction, 7 * SECOND);
    driver.tell(answered(done));
    expect(driver.run.effects[0]).toMatchObject({ at: NOON, result: 'done' });
    expect(driver.run.actedAt).toBe(NOON + 7 * SECOND);
  });

  test.each([
    ['an intent', begun()],
    ['a result', begun({ state: 'done', outcome: done })],
  ])('though a worker died with it and another found %s much later: what it made is younger than it', (_name, effect) => {
    const driver = at(atAction, 10 * MINUTE);
    driver.tell(claimed(effect));
    expect(driver.run.effects[0]?.at).toBe(NOON);
  });

  test('and what speaks against it must be younger than its last answer', () => {
    const driver = at(acted({ ...atAction, actedAt: NOON - MINUTE }), 7 * SECOND);
    driver.tell(answered({ kind: 'unknown', message: 'timeout' }));
    expect(driver.run.actedAt).toBe(NOON + 7 * SECOND);
    driver.time = MINUTE;
    driver.tell(lookedUp('done'));
    expect(driver.run.actedAt).toBe(NOON + 7 * SECOND);
  });
});

describe('a claim finds in the store what the run does not know', () => {
  test('the last effect alone is unknown to it: those before were written down before it was begun', () => {
    const known = { ...atAction, effects: [sampleEffect({ id: '0/restart/1', result: 'rejected' })], attempts: { '0/restart': 1 } };
    const first = begun({ state: 'rejected', outcome: { kind: 'rejected', reason: 'conflict', message: '' } });
    const driver = at(known, MINUTE);
    driver.tell(claimed(first, begun({ effect: '0/restart/2' })));
    expect(driver.run).toMatchObject({ state: 'reconciling', open: { effect: '0/restart/2', path: 'restart' }, acted: true });
  });

  test('a look-up that was recorded before its worker died is not made again', () => {
    const driver = at(reconciling, MINUTE);
    driver.tell(claimed(begun({ state: 'done', outcome: done })));
    expect(driver.run).toMatchObject({ state: 'verifying', open: null, effects: [{ result: 'done', output: { uid: 'u-1' } }] });
  });

  test('a refusal that was recorded by a worker which had lost the run makes a new attempt', () => {
    const driver = at(reconciling, MINUTE);
    const refusal: EffectOutcome = { kind: 'rejected', reason: 'conflict', message: 'another uid' };
    expect(driver.tell(claimed(begun({ state: 'rejected', outcome: refusal })))).toEqual({ kind: 'permit', path: 'restart' });
    expect(driver.run).toMatchObject({
      acted: false,
      rungActed: false,
      actedAt: null,
      effects: [{ result: 'rejected', message: 'another uid' }],
    });
    driver.tell(permitted);
    expect(driver.command).toMatchObject({ kind: 'begin', effect: '0/restart/2' });
  });

  test.each([
    ['still an intent', begun()],
    [
      'given up as not done, which only its action can say whether to repeat',
      begun({ state: 'abandoned', outcome: { kind: 'unknown', message: '' } }),
    ],
  ])('an open effect that is %s is looked up', (_name, effect) => {
    const driver = at(reconciling, MINUTE);
    expect(driver.tell(claimed(effect))).toBeNull();
    expect(driver.due()).toEqual({ kind: 'look-up', effect: '0/restart/1' });
  });

  test('a result of a dry run that was lost is what it would have done', () => {
    const driver = at(dry(atAction), MINUTE);
    driver.tell(claimed(begun()));
    expect(driver.run).toMatchObject({ state: 'observed', end: { would: 'effect' }, effects: [{ result: 'would' }] });
  });

  test('an effect for which the run has no action is told to a human', () => {
    const driver = at({ ...atAction, at: 2 }, MINUTE);
    driver.tell(claimed(begun({ state: 'done', outcome: done })));
    expect(driver.ending).toBe('escalated(unknown-edition)');
    expect(driver.run.acted).toBe(true);
  });
});

describe('an attempt that was given up as not done', () => {
  const gone = verdict('permit', 'escalate', 'target-gone');

  test('is looked up once more at once where the target is found gone, and counts as done if it is', () => {
    const driver = at(gaveUp(atAction), 5 * MINUTE);
    driver.tell(gone);
    expect(driver.wake()).toBeLessThanOrEqual(5 * MINUTE);
    expect(driver.due()).toEqual({ kind: 'look-up', effect: abandoned.id });
    driver.tell({ ...lookedUp('done'), effect: abandoned.id } as RunEvent);
    expect(driver.run).toMatchObject({ state: 'verifying', acted: true, effects: [{ id: abandoned.id, result: 'done' }] });
    expect(driver.tell({ kind: 'late-result', effect: abandoned.id, outcome: done, at: NOON })).toBeNull();
    expect(driver.run.state).toBe('verifying');
  });

  test('is not looked up a third time', () => {
    const driver = at(gaveUp(atAction), 5 * MINUTE);
    driver.tell(gone);
    driver.tell({ ...lookedUp('not-done'), effect: abandoned.id } as RunEvent);
    expect(driver.run).toMatchObject({ acted: false, effects: [{ result: 'abandoned', lookedAgain: true }] });
    driver.tell(gone);
    expect(driver.ending).toBe('escalated(target-gone)');
  });

  test('has nothing to do with it behind the last step, where a resolve is corroborated', () => {
    const driver = at({ ...gaveUp(atAction), at: 2 }, 5 * MINUTE);
    driver.tell(verdict('admit', 'skip', 'self-healed'));
    expect(driver.ending).toBe('skipped(self-healed)');
  });

  test('of another step has nothing to do with it', () => {
    const other = { ...abandoned, id: '0/other/1' };
    const driver = at({ ...atAction, effects: [other] }, 5 * MINUTE);
    driver.tell(gone);
    expect(driver.ending).toBe('escalated(target-gone)');
  });
});

describe('an end behind an effect', () => {
  const handsOver = ladder([checkStep('health'), actionStep('restart'), escalateStep('storage-team')]);

  test('waits for the next due, so that an end which is refused does not take the answer with it', () => {
    const driver = at(atAction, SECOND, handsOver);
    expect(driver.tell(answered(done))).toBeNull();
    expect(driver.run).toMatchObject({ state: 'running', acted: true, at: 2, effects: [{ result: 'done' }] });
    driver.due();
    expect(driver.ending).toBe('escalated(handed-over)');
  });

  test('waits after a look-up too, whose answer is told only once', () => {
    const driver = at(reconciling, MINUTE, handsOver);
    driver.tell(lookedUp('done'));
    expect(driver.run).toMatchObject({ state: 'running', acted: true, at: 2 });
  });

  test('is another if the alert resolves meanwhile', () => {
    const driver = at(atAction, SECOND, handsOver);
    driver.tell(answered(done));
    driver.tell({ kind: 'resolved', fingerprint: 'f00dfeed', at: NOON + SECOND });
    driver.due();
    expect(driver.run).toMatchObject({ state: 'verifying', verifying: { why: 'resolved' } });
  });
});

describe('an effect turns out not to have happened', () => {
  test('then the run has not acted, and is admitted anew like one that never did', () => {
    const driver = at(reconciling, MINUTE);
    driver.tell(lookedUp('not-done'));
    expect(driver.run).toMatchObject({ acted: false, rungActed: false, actedAt: null, open: null, attempts: { '0/restart': 1 } });
  });

  test('then it has acted all the same if an earlier one did, and on this rung only if that was on it', () => {
    const earlier = sampleEffect({ id: '0/signal/1' });
    const below = at(
      {
        ...reconciling,
        rung: 1,
        at: 1,
        effects: [earlier, ...reconciling.effects.map((one) => ({ ...one, id: '1/harder/1' }))],
        open: { ...reconciling.open!, effect: '1/harder/1' },
      },
      MINUTE,
    );
    below.tell({ ...lookedUp('not-done'), effect: '1/harder/1' } as RunEvent);
    expect(below.run).toMatchObject({ acted: true, rungActed: false, actedAt: NOON });
    const same = at({ ...reconciling, effects: [earlier, ...reconciling.effects] }, MINUTE);
    same.tell(lookedUp('not-done'));
    expect(same.run).toMatchObject({ acted: true, rungActed: true });
  });
});

test('an effect that was looked up and done is on record, even if a human had cancelled the run meanwhile', () => {
  const driver = at({ ...reconciling, cancelRequested: { by: 'ada', why: 'taken over' } }, MINUTE);
  driver.tell(lookedUp('done'));
  expect(driver.run).toMatchObject({ state: 'cancelled', acted: true, open: null, effects: [{ result: 'done' }] });
  expect(driver.run.end?.detail).toBe('by ada: taken over after it had acted');
});

test('a late result that was known already changes nothing, not even since when evidence counts', () => {
  const driver = at(acted({ ...atAction, effects: [sampleEffect()] }), MINUTE);
  expect(driver.tell({ kind: 'late-result', effect: '0/restart/1', outcome: done, at: NOON })).toBeNull();
  expect(driver.run.actedAt).toBe(NOON);
});

test('a plan that names no uid has none on record', () => {
  const driver = at(atAction, SECOND);
  driver.tell(answered(done, { plan: samplePlan({ preconditions: {} }) }));
  expect(driver.run.effects[0]?.uid).toBeNull();
});
