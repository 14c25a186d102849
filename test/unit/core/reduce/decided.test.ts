import { describe, expect, test } from 'vitest';
import type { EffectOutcome, RunEvent } from '../../../../src/core/run.ts';
import { NOON, samplePlan, sampleRefusal, sampleRun } from '../../../support/sample.ts';
import { admitted, Driver, MINUTE, permitted } from './driver.ts';
import { acted, atAction, dry, holding, pending, twoRungs, verdict } from './scenario.ts';

/** What a run keeps of a decision, and what becomes of it. */

const ask = verdict('permit', 'ask', 'approval-required');
const another = { uid: 'u-2', name: 'node-1', subject: 'pod:main/archivechain-prod/node-1', workload: null };

describe('a decision leaves', () => {
  test('its verdicts on record, whatever it is', () => {
    const driver = new Driver(pending, twoRungs);
    driver.tell(verdict('admit', 'hold', 'settling'));
    expect(driver.run.verdicts).toEqual([sampleRefusal({ reason: 'settling' })]);
    driver.tell(admitted);
    expect(driver.run.verdicts).toEqual([]);
  });

  test.each(['run', 'ask', 'observe'] as const)('what it found pinned, where every guard of the target passed: %s', (then) => {
    const driver = new Driver(acted(atAction), twoRungs);
    driver.tell({ ...verdict('permit', then), pinned: another } as RunEvent);
    expect(driver.run.pinned).toEqual(another);
  });

  test('the first object that was found pinned, though the run has to wait', () => {
    const driver = new Driver(pending, twoRungs);
    driver.tell({ ...verdict('admit', 'hold', 'settling'), pinned: another } as RunEvent);
    expect(driver.run.pinned).toEqual(another);
  });

  test('nothing pinned where nothing was found yet', () => {
    const driver = new Driver(pending, twoRungs);
    driver.tell({ ...verdict('admit', 'hold', 'unknown-target'), pinned: null } as RunEvent);
    expect(driver.run.pinned).toBeNull();
  });

  test('what is pinned as it was, when it refuses: an object put there by others is not slipped in under a brake', () => {
    const driver = new Driver(holding, twoRungs);
    driver.tell({ ...verdict('admit', 'hold', 'paused'), pinned: another } as RunEvent);
    expect(driver.run.pinned).toEqual(holding.pinned);
    driver.tell({ ...verdict('admit', 'hold', 'settling'), pinned: null } as RunEvent);
    expect(driver.run.pinned).toEqual(holding.pinned);
  });

  test('what was found and what is needed as the detail of the end', () => {
    const driver = new Driver(pending, twoRungs);
    driver.tell(verdict('admit', 'escalate', 'protected'));
    expect(driver.run.end?.detail).toBe('2 of 3 healthy; needs 3');
    const wordless = new Driver(pending, twoRungs);
    wordless.tell({
      ...verdict('admit', 'skip', 'resolved'),
      decision: { then: 'skip', reason: 'resolved', verdicts: [], nextEligibleAt: null },
    } as RunEvent);
    expect(wordless.run.end).toMatchObject({ reason: 'resolved', detail: '' });
  });
});

describe('a human is asked', () => {
  test.each([
    ['P0', 5],
    ['P1', 15],
    ['P3', 15],
  ] as const)('for a %s during %d minutes, about one plan', (priority, minutes) => {
    const driver = new Driver({ ...atAction, priority }, twoRungs);
    driver.tell(ask);
    expect(driver.run.approval).toEqual({
      planHash: samplePlan().hash,
      plan: samplePlan(),
      askedAt: NOON,
      expiresAt: NOON + minutes * MINUTE,
      approvedBy: null,
      approvedAt: null,
    });
    expect(driver.wake()).toBe(minutes * MINUTE);
    driver.due();
    expect(driver.ending).toBe('escalated(approval-expired)');
    expect(driver.run.end?.detail).toBe(samplePlan().describe);
  });

  test.each<[string, EffectOutcome]>([
    ['done', { kind: 'done', output: {} }],
    ['refused by the world', { kind: 'rejected', reason: 'disruption-budget', message: '' }],
    ['whose answer never came', { kind: 'unknown', message: '' }],
  ])('and the approval stands on record until an effect used it: one %s', (_what, outcome) => {
    const driver = new Driver(atAction, twoRungs);
    driver.tell(ask);
    driver.tell({ kind: 'approve', planHash: samplePlan().hash, by: 'ada', at: NOON + 1 });
    expect(driver.run.approval).toMatchObject({ approvedBy: 'ada', approvedAt: NOON + 1 });
    driver.tell(permitted);
    const { command } = driver;
    if (command?.kind !== 'begin') throw new Error('nothing was begun');
    driver.tell({ kind: 'effect', effect: command.effect, plan: command.plan, outcome, notAfter: NOON });
    expect(driver.run.approval).toBeNull();
  });

  test('in time: an answer that comes behind the expiry does not let anything happen', () => {
    const driver = new Driver(atAction, twoRungs);
    driver.tell(ask);
    driver.time = 15 * MINUTE;
    expect(driver.tell({ kind: 'approve', planHash: samplePlan().hash, by: 'ada', at: NOON + driver.time })).toBeNull();
    driver.due();
    expect(driver.ending).toBe('escalated(approval-expired)');
  });

  test('whose rejection says who and what', () => {
    const driver = new Driver(acted(atAction), twoRungs);
    driver.tell(ask);
    driver.tell({ kind: 'reject', planHash: samplePlan().hash, by: 'ada', at: NOON });
    expect(driver.run.end).toMatchObject({ reason: 'rejected', detail: `by ada: ${samplePlan().describe}` });
  });
});

describe('what a dry run would have come to', () => {
  test.each([
    ['asking a human', ask, 'ask'],
    ['waking a human', verdict('permit', 'escalate', 'quorum-at-risk'), 'escalate'],
    ['nothing', verdict('permit', 'skip', 'resolved'), 'nothing'],
  ] as const)('is %s', (_name, event, would) => {
    const driver = new Driver(dry(atAction), twoRungs);
    driver.tell(event);
    expect(driver.run).toMatchObject({ state: 'observed', end: { would } });
  });

  test('is its effect, with the answer that the server gave to its own dry run', () => {
    const driver = new Driver(dry(atAction), twoRungs);
    driver.tell(verdict('permit', 'observe', 'observe-only'));
    const { command } = driver;
    if (command?.kind !== 'begin') throw new Error('nothing was begun');
    const outcome = { kind: 'would', message: 'the server accepts it' } as const;
    driver.tell({ kind: 'effect', effect: command.effect, plan: command.plan, outcome, notAfter: NOON });
    expect(driver.run).toMatchObject({ state: 'observed', acted: false, effects: [{ result: 'would' }] });
    expect(driver.run.end).toMatchObject({ would: 'effect', detail: `would ${samplePlan().describe}; the server accepts it` });
  });
});

test('facts that grew old are read again twice, and then the run holds for it', () => {
  const driver = new Driver(atAction, twoRungs);
  const old = verdict('permit', 'hold', 'old-facts');
  for (const round of [1, 2]) {
    expect(driver.tell(old), `round ${round}`).toEqual({ kind: 'permit', path: 'restart' });
    driver.tell(permitted);
  }
  driver.tell(old);
  expect(driver.run).toMatchObject({ state: 'holding', hold: { reason: 'old-facts' }, conflicts: 0 });
});

test('nothing is left of a run at its end but what it did', () => {
  const driver = new Driver(sampleRun({ state: 'running', at: 1 }), twoRungs);
  driver.tell(ask);
  driver.tell({ kind: 'cancel', by: 'ada', why: 'enough', at: NOON });
  expect(driver.run).toMatchObject({ state: 'cancelled', approval: null, hold: null, sleep: null, verifying: null, frozenSince: null });
  expect(driver.run.end).toEqual({ reason: 'cancelled', detail: 'by ada: enough', would: null, at: NOON });
});
