import { describe, expect, test } from 'vitest';
import type { Reason } from '../../../../src/core/reasons.ts';
import type { RunEvent } from '../../../../src/core/run.ts';
import { NOON, samplePlan, sampleRefusal, sampleHold } from '../../../support/sample.ts';
import { admitted, Driver, held, HOUR, MINUTE, permitted, SECOND } from './driver.ts';
import { acted, atAction, awaiting, holding, pending, running, verdict } from './scenario.ts';
import { actionStep, checkStep, ladder, waitStep } from './steps.ts';

/** max_hold is 30 m, unknown_grace 2 m, the run's deadline 1 h; what holds is looked at every 15 s. */

const one = ladder([actionStep('restart')]);
const fresh = () => new Driver(pending, one);
const refusedBy = (reason: 'disruption-budget' | 'not-replicated' | 'conflict'): RunEvent => ({
  kind: 'effect',
  effect: '0/restart/1',
  plan: samplePlan(),
  outcome: { kind: 'rejected', reason, message: 'not now' },
  notAfter: NOON,
});

describe('a hold is bounded by max_hold', () => {
  test('when a guard of admit gives it', () => {
    const driver = fresh();
    expect(driver.decideUntilElse(held('admit', 'settling'), permitted)).toBe(30 * MINUTE);
    expect(driver.ending).toBe('escalated(held-too-long)');
    expect(driver.run.end?.detail).toMatch(/^settling: /);
  });

  test('when only a guard of permit gives it, and each new admission passes', () => {
    const driver = fresh();
    expect(driver.decideUntilElse(admitted, held('permit', 'too-few-healthy'))).toBe(30 * MINUTE);
    expect(driver.ending).toBe('escalated(held-too-long)');
  });

  test('when it goes on behind an effect, where nothing is admitted any more', () => {
    const driver = new Driver(acted({ ...holding, at: 1 }), ladder([checkStep('health'), actionStep('restart')]));
    expect(driver.decideUntilElse(admitted, held('permit', 'target-busy'))).toBe(30 * MINUTE);
    expect(driver.ending).toBe('escalated(held-too-long)');
  });

  test.each(['disruption-budget', 'not-replicated', 'conflict'] as const)('when the world refuses each attempt: %s', (reason) => {
    const driver = fresh();
    let attempts = 0;
    for (; driver.run.end === null; attempts += 1) {
      driver.decideUntilElse(admitted, permitted);
      const command = driver.command;
      if (command?.kind === 'begin') driver.tell({ ...refusedBy(reason), effect: command.effect } as RunEvent);
      if (driver.run.end === null && driver.command?.kind === 'park') driver.wake();
    }
    expect(driver.ending).toBe('escalated(held-too-long)');
    expect(driver.time).toBe(30 * MINUTE);
    expect(attempts).toBeGreaterThan(100);
  });

  test('when the gate refuses what the guards let pass', () => {
    const driver = fresh();
    while (driver.run.end === null) {
      driver.decideUntilElse(admitted, permitted);
      if (driver.command?.kind === 'begin') driver.tell(held('permit', 'target-busy'));
      if (driver.command?.kind === 'park') driver.wake();
    }
    expect([driver.ending, driver.time]).toEqual(['escalated(held-too-long)', 30 * MINUTE]);
  });

  test('when its reason changes all the time', () => {
    const driver = fresh();
    const reasons: Reason[] = ['settling', 'unknown-target', 'cooling-down', 'unknown-workload'];
    for (let turn = 0; driver.run.end === null; turn += 1) {
      driver.due();
      driver.tell(held('admit', reasons[turn % reasons.length] ?? 'settling'));
      if (driver.run.end === null) driver.wake();
    }
    expect(driver.time).toBe(30 * MINUTE);
    expect(driver.run.state).toBe('escalated');
  });

  test('at once, when it cannot pass before', () => {
    const driver = fresh();
    driver.due();
    driver.tell(held('admit', 'cooling-down', NOON + 30 * MINUTE + 1));
    expect(driver.ending).toBe('escalated(held-too-long)');
  });

  test('of the rule in force, where that is shorter than the pinned one, also for what holds already', () => {
    const driver = fresh();
    driver.due();
    driver.tell(held('admit', 'settling', NOON + 6 * MINUTE));
    driver.inForce = { maxHoldMs: 5 * MINUTE, unknownGraceMs: HOUR };
    driver.wake();
    driver.due();
    driver.tell(held('admit', 'settling'));
    expect([driver.ending, driver.time]).toEqual(['escalated(held-too-long)', 6 * MINUTE]);
  });

  test('as pinned, where the rule in force allows more', () => {
    const driver = fresh();
    driver.inForce = { maxHoldMs: HOUR, unknownGraceMs: HOUR };
    expect(driver.decideUntilElse(held('admit', 'settling'), permitted)).toBe(30 * MINUTE);
    expect(driver.ending).toBe('escalated(held-too-long)');
  });

  test("by the run's deadline, if that comes first", () => {
    const driver = new Driver({ ...pending, deadlineAt: NOON + 10 * MINUTE }, one);
    expect(driver.decideUntilElse(held('admit', 'settling'), permitted)).toBe(10 * MINUTE);
    expect(driver.ending).toBe('escalated(held-too-long)');
  });
});

describe('what cannot be read', () => {
  test('is asked for during unknown_grace, and then told by its own name', () => {
    const driver = fresh();
    expect(driver.decideUntilElse(held('admit', 'unknown-target'), permitted)).toBe(2 * MINUTE);
    expect(driver.ending).toBe('escalated(unknown-target)');
  });

  test('has no longer grace than the rule in force gives', () => {
    const driver = fresh();
    driver.inForce = { maxHoldMs: HOUR, unknownGraceMs: MINUTE };
    expect(driver.decideUntilElse(held('admit', 'unknown-target'), permitted)).toBe(MINUTE);
    expect(driver.ending).toBe('escalated(unknown-target)');
  });

  test('is asked for no longer where only permit needs it', () => {
    const driver = fresh();
    expect(driver.decideUntilElse(admitted, held('permit', 'unknown-rights'))).toBe(2 * MINUTE);
    expect(driver.ending).toBe('escalated(unknown-rights)');
  });

  test('has its grace from when it became unreadable, not from when the run began to hold', () => {
    const driver = fresh();
    driver.due();
    driver.tell(held('admit', 'settling'));
    driver.time = 10 * MINUTE;
    expect(driver.decideUntilElse(held('admit', 'unknown-target'), permitted)).toBe(2 * MINUTE);
    expect(driver.run.state).toBe('escalated');
  });

  test.each(['run', 'ask', 'observe'] as const)('a plan: then %s is no decision that anything could be done by', (then) => {
    const driver = new Driver(atAction, ladder([checkStep('health'), actionStep('restart')]));
    driver.tell({ ...verdict('permit', then), plan: null } as RunEvent);
    expect(driver.run.hold).toMatchObject({ reason: 'unknown-plan', detail: 'there is no plan' });
    expect(driver.run.state).toBe('holding');
  });
});

describe('a hold is looked at again', () => {
  const parkedFor = (reason: Reason, nextEligibleAt: number | null): number => {
    const driver = fresh();
    driver.due();
    driver.tell(held('admit', reason, nextEligibleAt === null ? null : NOON + nextEligibleAt));
    return driver.wake();
  };

  test.each([
    ['when its guard says that it may pass', 'cooling-down', 10 * MINUTE, 10 * MINUTE],
    ['soon, when that time is already past', 'cooling-down', -MINUTE, SECOND],
    ['every 15 s where nobody can tell', 'settling', null, 15 * SECOND],
    ['every 15 s under a brake, whenever that is to expire: it may be lifted', 'paused', 5 * HOUR, 15 * SECOND],
    ['at the end of a brake that expires before', 'paused', 5 * SECOND, 5 * SECOND],
  ] as const)('%s', (_name, reason, nextEligibleAt, ms) => {
    expect(parkedFor(reason, nextEligibleAt)).toBe(ms);
  });

  test('not before its time, unless its last alert resolves', () => {
    const driver = fresh();
    driver.tell({ kind: 'episode', fingerprint: 'beef', startsAt: NOON, at: NOON, change: 'new' });
    driver.due();
    driver.tell(held('admit', 'cooling-down', NOON + 10 * MINUTE));
    driver.time = MINUTE;
    driver.tell({ kind: 'resolved', fingerprint: 'beef', at: NOON + MINUTE });
    expect(driver.due()).toEqual({ kind: 'park', until: NOON + 10 * MINUTE });
    driver.tell({ kind: 'resolved', fingerprint: 'f00dfeed', at: NOON + MINUTE });
    expect(driver.due()).toEqual({ kind: 'admit' });
  });

  test('at once when what held it is gone, as the claim tells; every other claim leaves it be', () => {
    const driver = fresh();
    driver.due();
    driver.tell(held('admit', 'paused'));
    driver.time = SECOND;
    expect(driver.tell({ kind: 'claimed', effects: [], unblocked: false })).toBeNull();
    expect(driver.due()).toEqual({ kind: 'park', until: NOON + 15 * SECOND });
    driver.tell({ kind: 'claimed', effects: [], unblocked: true });
    expect(driver.due()).toEqual({ kind: 'admit' });
  });

  test('and stands in the queue of a lock only if it waits for that', () => {
    const driver = fresh();
    driver.due();
    driver.tell(admitted);
    driver.tell(held('permit', 'target-busy'));
    expect(driver.run.hold?.waitFor).toEqual(samplePlan().touches);
    driver.wake();
    driver.due();
    const refusal = sampleRefusal({ reason: 'expected', waitFor: ['statefulset:main/chain/node'] });
    driver.tell(verdict('admit', 'hold', 'expected', { verdicts: [refusal] }));
    expect(driver.run.hold?.waitFor).toEqual(['statefulset:main/chain/node']);
    driver.wake();
    driver.due();
    driver.tell(held('admit', 'settling'));
    expect(driver.run.hold?.waitFor).toEqual([]);
  });
});

describe('holds add up', () => {
  const waiting = ladder([waitStep('pause', 20 * MINUTE), actionStep('restart')]);

  test('across an attempt that came to nothing, without the time in between', () => {
    const driver = new Driver(pending, waiting);
    driver.due();
    driver.tell(held('admit', 'settling', NOON + 20 * MINUTE));
    driver.wake();
    driver.due();
    driver.tell(admitted);
    expect(driver.run.sleep?.kind).toBe('wait');
    expect(driver.wake()).toBe(40 * MINUTE);
    driver.due();
    driver.tell(held('permit', 'target-busy'));
    expect(driver.run.hold).toMatchObject({ reason: 'target-busy', since: NOON + 40 * MINUTE, from: NOON + 20 * MINUTE });
    driver.time = 50 * MINUTE;
    driver.due();
    driver.tell(held('admit', 'settling'));
    expect(driver.ending).toBe('escalated(held-too-long)');
  });

  test('per reason too: a grace that was used up in part is not given anew', () => {
    const driver = new Driver(running, one);
    driver.tell(held('permit', 'unknown-rights'));
    driver.time = 90 * SECOND;
    driver.due();
    driver.tell(admitted);
    driver.time = 100 * SECOND;
    driver.tell(held('permit', 'unknown-rights'));
    expect(driver.run.hold?.since).toBe(NOON + 10 * SECOND);
  });

  const since = NOON - 20 * MINUTE;
  const busy = sampleHold('target-busy', { since, until: NOON });
  const inHold = acted({ ...holding, at: 1, hold: busy });
  const two = ladder([checkStep('health'), actionStep('restart', { settleMs: MINUTE }), actionStep('signal')], [actionStep('harder')]);
  const effect = (outcome: Extract<RunEvent, { kind: 'effect' }>['outcome']): RunEvent => ({
    kind: 'effect',
    effect: '0/restart/1',
    plan: samplePlan(),
    outcome,
    notAfter: NOON + 10 * SECOND,
  });

  test.each([
    ['an effect is done', effect({ kind: 'done', output: {} })],
    ['an effect may have happened', effect({ kind: 'unknown', message: 'timeout' })],
    ['the rung failed and the next is climbed', effect({ kind: 'rejected', reason: 'invalid', message: '' })],
    ['a human is asked', verdict('permit', 'ask', 'approval-required')],
    ['the rest is only verified', verdict('permit', 'skip', 'resolved')],
  ])('until %s', (_name, event) => {
    const driver = new Driver(inHold, two);
    driver.due();
    driver.tell(permitted);
    expect(driver.run.held).toEqual({ reason: 'target-busy', since, from: since, left: NOON });
    driver.tell(event);
    expect(driver.run.held).toBeNull();
  });
});

describe('time that does not count', () => {
  test.each(['paused', 'silenced', 'inhibited'] as const)('%s: neither max_hold nor the deadline runs', (reason) => {
    const driver = fresh();
    driver.due();
    driver.tell(held('admit', reason));
    for (; driver.time < 3 * HOUR; driver.wake()) {
      driver.due();
      driver.tell(held('admit', reason));
      expect(driver.run.state).toBe('holding');
    }
    driver.due();
    driver.tell(held('admit', 'settling'));
    expect(driver.run).toMatchObject({ state: 'holding', deadlineAt: NOON + driver.time + HOUR, frozenSince: null });
    expect(driver.run.hold).toMatchObject({ since: NOON + driver.time, from: NOON + driver.time });
  });

  test('is left out of a hold that began before it', () => {
    const driver = fresh();
    driver.due();
    driver.tell(held('admit', 'settling'));
    driver.time = 10 * MINUTE;
    driver.due();
    driver.tell(held('admit', 'paused'));
    driver.time = 2 * HOUR;
    expect(driver.decideUntilElse(held('admit', 'settling'), permitted)).toBe(20 * MINUTE);
    expect(driver.ending).toBe('escalated(held-too-long)');
  });

  test('is left out even if the run is admitted when it ends', () => {
    const driver = new Driver(pending, ladder([actionStep('restart')]));
    driver.due();
    driver.tell(held('admit', 'paused'));
    driver.time = 5 * HOUR;
    driver.due();
    driver.tell(admitted);
    expect(driver.run).toMatchObject({ deadlineAt: NOON + 6 * HOUR, frozenSince: null, held: { from: NOON + 5 * HOUR } });
    driver.tell(held('permit', 'too-few-healthy'));
    expect(driver.run.hold?.from).toBe(NOON + 5 * HOUR);
  });

  test('is what a human takes to answer', () => {
    const driver = new Driver({ ...awaiting, frozenSince: NOON }, ladder([checkStep('health'), actionStep('restart')]));
    driver.time = 14 * MINUTE;
    expect(driver.tell({ kind: 'approve', planHash: 'p'.repeat(64), by: 'ada', at: NOON + driver.time })).toEqual({
      kind: 'permit',
      path: 'restart',
    });
    expect(driver.run.deadlineAt).toBe(NOON + HOUR + 14 * MINUTE);
  });

  test('ends with the run', () => {
    const driver = fresh();
    driver.due();
    driver.tell(held('admit', 'paused'));
    driver.time = 2 * HOUR;
    driver.tell({ kind: 'cancel', by: 'ada', why: 'enough', at: NOON });
    expect(driver.run).toMatchObject({ state: 'cancelled', frozenSince: null, hold: null, held: null });
  });
});
