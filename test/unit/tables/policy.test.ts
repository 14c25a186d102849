import { describe, expect, test } from 'vitest';
import { defaultTiming } from '../../../src/core/timing.ts';
import { NOON, samplePolicy } from '../../support/sample.ts';
import { dueStep, toldSoFar } from '../../support/tables/policy.ts';

const minute = 60_000;

describe('dueStep', () => {
  const progress = { state: 'open', priority: 'P0', openedAt: NOON, policy: samplePolicy(), step: 0, repeats: 0 } as const;
  const due = (over: object, atMs: number) => dueStep({ ...progress, ...over }, NOON + atMs, defaultTiming);

  test('says step 0 at the opening and waits for step 1', () => {
    expect(due({}, 0)).toEqual({
      notify: ['pagerduty-chain', 'webhook'],
      step: 1,
      repeats: 0,
      exhausted: false,
      nextAt: NOON + 30 * minute,
    });
    expect(due({ step: 1 }, 29 * minute)).toMatchObject({ notify: [], step: 1, nextAt: NOON + 30 * minute });
    expect(due({ step: 1 }, 30 * minute)).toMatchObject({ notify: ['sms-oncall'], step: 2, nextAt: NOON + 45 * minute });
  });

  test('skips a step for other priorities, and one that an acknowledgement stops', () => {
    expect(due({ step: 1, priority: 'P1' }, 30 * minute)).toMatchObject({ notify: [], step: 2 });
    expect(due({ step: 1, state: 'acknowledged' }, 30 * minute)).toMatchObject({ notify: [], step: 2 });
    const stubborn = samplePolicy({ steps: [{ afterMs: minute, notify: ['a', 'a', 'b'], unless: null, priorities: null }] });
    expect(due({ policy: stubborn, state: 'acknowledged' }, minute).notify).toEqual(['a', 'b']);
  });

  test('repeats to everybody, as often as it says, and then turns to the fallback once', () => {
    const everybody = ['pagerduty-chain', 'webhook', 'sms-oncall'];
    expect(due({ step: 2 }, 44 * minute)).toMatchObject({ notify: [], repeats: 0, nextAt: NOON + 45 * minute });
    expect(due({ step: 2 }, 45 * minute)).toMatchObject({ notify: everybody, repeats: 1, exhausted: false, nextAt: NOON + 60 * minute });
    expect(due({ step: 2, repeats: 3 }, 90 * minute)).toMatchObject({ notify: everybody, repeats: 4, nextAt: NOON + 105 * minute });
    expect(due({ step: 2, repeats: 4 }, 105 * minute)).toEqual({
      notify: ['email-leads'],
      step: 2,
      repeats: 5,
      exhausted: true,
      nextAt: null,
    });
    expect(due({ step: 2, repeats: 5 }, 1000 * minute)).toMatchObject({ notify: [], exhausted: false, nextAt: null });
  });

  test('goes silent after an acknowledgement, or repeats on where the policy says so', () => {
    expect(due({ step: 2, state: 'acknowledged' }, 45 * minute)).toMatchObject({ notify: [], repeats: 1 });
    expect(due({ step: 2, repeats: 4, state: 'acknowledged' }, 105 * minute)).toMatchObject({ notify: [], repeats: 5, exhausted: false });
    const policy = samplePolicy({ repeat: { everyMs: minute, times: 1, unless: null } });
    expect(due({ step: 2, state: 'acknowledged', policy }, 31 * minute)).toMatchObject({
      notify: ['pagerduty-chain', 'webhook'],
      repeats: 1,
    });
  });

  test('says what was missed once, however long nobody looked', () => {
    expect(due({}, 100 * minute)).toMatchObject({
      notify: ['pagerduty-chain', 'webhook', 'sms-oncall'],
      step: 2,
      repeats: 4,
      exhausted: false,
    });
    expect(due({}, 1000 * minute)).toMatchObject({
      notify: ['pagerduty-chain', 'webhook', 'sms-oncall', 'email-leads'],
      repeats: 5,
      exhausted: true,
    });
  });

  test('without a repeat is exhausted a while after the last step, and without a fallback tells nobody', () => {
    const policy = samplePolicy({ repeat: null, fallback: null });
    expect(due({ step: 2, policy }, 30 * minute)).toMatchObject({ exhausted: false, nextAt: NOON + 45 * minute });
    expect(due({ step: 2, policy }, 45 * minute)).toMatchObject({ notify: [], exhausted: true, nextAt: null });
    const empty = samplePolicy({ steps: [], repeat: null, fallback: 'email-leads' });
    expect(due({ policy: empty }, 15 * minute)).toMatchObject({ notify: ['email-leads'], exhausted: true });
  });

  test('an attached target is told to those whose step has passed', () => {
    expect(toldSoFar({ ...progress, step: 1 })).toEqual(['pagerduty-chain', 'webhook']);
    expect(toldSoFar({ ...progress, step: 2, priority: 'P1' })).toEqual(['pagerduty-chain', 'webhook']);
    expect(toldSoFar({ ...progress, step: 2, state: 'acknowledged' })).toEqual(['pagerduty-chain', 'webhook']);
  });
});
