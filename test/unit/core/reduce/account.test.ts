import { describe, expect, test } from 'vitest';
import type { Run, RunEvent } from '../../../../src/core/run.ts';
import { NOON, samplePlan, sampleRefusal } from '../../../support/sample.ts';
import { Driver, held, MINUTE, permitted, SECOND } from './driver.ts';
import { atAction, pending, running, twoRungs, verdict, verifying } from './scenario.ts';
import { actionStep, escalateStep, ladder } from './steps.ts';

/** What a run tells of its way: who refused it, and how far it came. */

const dry = (run: Run): Run => ({ ...run, dry: 'observe' });
const wouldBe: RunEvent = {
  kind: 'effect',
  effect: '0/restart/1',
  plan: samplePlan(),
  outcome: { kind: 'would', message: 'the server accepts it' },
  notAfter: NOON + 10 * SECOND,
};

describe('every refusal is kept', () => {
  test('with how often it was met and since when, also where the run went on', () => {
    const driver = new Driver(atAction, twoRungs);
    driver.tell(held('permit', 'cooling-down'));
    driver.time = 20 * SECOND;
    driver.tell(held('permit', 'cooling-down'));
    driver.time = 40 * SECOND;
    driver.tell(held('permit', 'target-busy'));
    driver.tell(permitted);
    expect(driver.run.refused).toMatchObject([
      { reason: 'cooling-down', times: 2, first: NOON, last: NOON + 20 * SECOND },
      { reason: 'target-busy', times: 1, first: NOON + 40 * SECOND, last: NOON + 40 * SECOND },
    ]);
  });

  test('but not that it only observes', () => {
    const driver = new Driver(dry(atAction), twoRungs);
    driver.tell(verdict('permit', 'observe', 'observe-only'));
    expect(driver.run.refused).toBeUndefined();
  });

  test('by two guards at once as two', () => {
    const event = verdict('permit', 'hold', 'cooling-down') as Extract<RunEvent, { kind: 'decided' }>;
    const verdicts = [sampleRefusal({ guard: 'cooldown', reason: 'cooling-down' }), sampleRefusal()];
    const driver = new Driver(atAction, twoRungs);
    driver.tell({ ...event, decision: { ...event.decision, verdicts } });
    expect(driver.run.refused?.map(({ guard }) => guard)).toEqual(['cooldown', 'health']);
  });

  test('a run in a state that takes no verdict stays as it is', () => {
    const driver = new Driver({ ...atAction, state: 'sleeping', sleep: { kind: 'wait', until: NOON, from: NOON } }, twoRungs);
    driver.tell(held('permit', 'cooling-down'));
    expect(driver.run.refused).toBeUndefined();
  });
});

describe('a run that only observed says where its path ended', () => {
  test('on its first effect, with what it never came to', () => {
    const driver = new Driver(dry(atAction), twoRungs);
    driver.tell(verdict('permit', 'observe', 'observe-only'));
    driver.tell(wouldBe);
    expect(driver.run.end).toMatchObject({
      would: 'effect',
      reached: {
        rung: 0,
        rungs: 2,
        step: 'restart',
        plan: samplePlan().describe,
        missed: [expect.stringContaining('/harder: ')],
      },
    });
  });

  test('of a rung with several effects the later ones are among what it never came to', () => {
    const edition = ladder([actionStep('reconnect'), actionStep('restart')]);
    const driver = new Driver(dry({ ...running, at: 0 }), edition);
    driver.tell(verdict('permit', 'observe', 'observe-only'));
    driver.tell({ ...wouldBe, effect: '0/reconnect/1' });
    expect(driver.run.end?.reached).toMatchObject({ step: 'reconnect', missed: [expect.stringContaining('/restart: ')] });
  });

  test('on an effect that a guard refused, which it had planned', () => {
    const driver = new Driver(dry(atAction), twoRungs);
    driver.tell(verdict('permit', 'escalate', 'budget-spent'));
    expect(driver.run.end).toMatchObject({
      would: 'escalate',
      reason: 'budget-spent',
      reached: { step: 'restart', plan: samplePlan().describe, missed: [expect.stringContaining('/harder: ')] },
    });
  });

  test('before the first step, where it was never let start', () => {
    const driver = new Driver(dry(pending), twoRungs);
    driver.tell(verdict('admit', 'escalate', 'protected'));
    expect(driver.run.end?.reached).toMatchObject({
      step: null,
      plan: null,
      missed: [expect.stringContaining('/restart: '), expect.stringContaining('/harder: ')],
    });
  });

  test('on the step that hands over, with no effect planned', () => {
    const driver = new Driver(dry({ ...running, at: 0 }), ladder([escalateStep('over')]));
    driver.due();
    expect(driver.run.end).toMatchObject({ would: 'escalate', reached: { step: 'over', plan: null, missed: [] } });
  });

  test('on its effect, when its worker died before it said so', () => {
    const holding = new Driver(dry({ ...atAction, at: 0 }), ladder([actionStep('restart')]));
    holding.tell(held('permit', 'cooling-down'));
    const begun = { effect: '0/restart/1', at: NOON, notAfter: NOON + MINUTE, plan: samplePlan() };
    holding.tell({ kind: 'claimed', effects: [{ ...begun, state: 'intent', outcome: null }], unblocked: false });
    expect(holding.run.end?.reached).toMatchObject({ step: 'restart', plan: samplePlan().describe, missed: [] });
  });

  test('behind the last step of a later rung, when a human stopped it there', () => {
    const driver = new Driver(dry({ ...verifying, rung: 1, acted: false, actedAt: null, rungActed: false }), twoRungs);
    driver.tell({ kind: 'cancel', by: 'ada', why: 'by hand', at: NOON });
    expect(driver.run.end).toMatchObject({
      would: 'nothing',
      reason: 'cancelled',
      reached: { rung: 1, step: null, plan: null, missed: [] },
    });
  });

  test('a run that acts tells nothing of the kind', () => {
    const driver = new Driver(atAction, twoRungs);
    driver.tell(verdict('permit', 'escalate', 'budget-spent'));
    expect(driver.run.end?.reached).toBeUndefined();
  });
});
