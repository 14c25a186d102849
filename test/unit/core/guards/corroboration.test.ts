import { describe, expect, test } from 'vitest';
import type { FiringFact } from '../../../../src/core/facts.ts';
import type { Hold } from '../../../../src/core/run.ts';
import { byHand, sampleHold } from '../../../support/sample.ts';
import { ago, NOW, verdictOf } from './fixture.ts';

const firing = (source: FiringFact['source'], state: FiringFact['state'], resolvedByWebhook: boolean): FiringFact => ({
  source,
  state,
  resolvedByWebhook,
});
const held = (reason: Hold['reason'], since: number) => sampleHold(reason, { since, until: NOW });

describe('what the source and the webhook say', () => {
  test.each([
    ['prometheus', 'firing', false, 'pass', undefined],
    ['prometheus', 'firing', true, 'pass', undefined],
    ['prometheus', 'pending', false, 'pass', undefined],
    ['prometheus', 'pending', true, 'refuse', 'not-firing'],
    ['prometheus', 'not-firing', false, 'refuse', 'not-firing'],
    ['prometheus', 'not-firing', true, 'refuse', 'resolved'],
    ['alertmanager', 'firing', true, 'pass', undefined],
    ['alertmanager', 'not-firing', false, 'refuse', 'not-firing'],
    ['alertmanager', 'not-firing', true, 'refuse', 'resolved'],
    [null, 'firing', false, 'n/a', undefined],
    [null, 'not-firing', true, 'refuse', 'resolved'],
  ] as const)('%s says %s, all resolved by webhook: %s → %s %s', (source, state, resolved, result, reason) => {
    expect(verdictOf('corroboration', { facts: { firing: firing(source, state, resolved) } })).toMatchObject({
      result,
      ...(reason === undefined ? {} : { reason }),
    });
  });
});

describe('a source that contradicts a firing webhook', () => {
  const facts = { firing: firing('prometheus', 'not-firing', false) };

  test('holds for a minute', () => {
    expect(verdictOf('corroboration', { facts })).toEqual({
      guard: 'corroboration',
      result: 'refuse',
      reason: 'not-firing',
      have: 'prometheus says that it does not fire, the webhook says firing',
      need: 'firing',
      clears: 'The alert fires again at the source; if it still does not after 1m, it counts as resolved.',
      nextEligibleAt: NOW + 60_000,
    });
  });

  test('is asked again until the minute is over', () => {
    expect(verdictOf('corroboration', { facts, run: { hold: held('not-firing', ago(59_999)) } })).toMatchObject({
      reason: 'not-firing',
      nextEligibleAt: NOW + 1,
    });
  });

  test('is believed after the minute', () => {
    expect(verdictOf('corroboration', { facts, run: { hold: held('not-firing', ago(60_000)) } })).toMatchObject({
      reason: 'resolved',
      have: 'prometheus has said for 1m that it does not fire',
    });
  });

  test('starts its minute anew after a hold for another reason', () => {
    expect(verdictOf('corroboration', { facts, run: { hold: held('settling', ago(600_000)) } })).toMatchObject({
      reason: 'not-firing',
      nextEligibleAt: NOW + 60_000,
    });
  });

  test('counts with the time given', () => {
    const timing = { notFiringHoldMs: 2000, approvalLapseMs: 1000, holdPollMs: 1000 };
    expect(verdictOf('corroboration', { facts, timing, run: { hold: held('not-firing', ago(2000)) } })).toMatchObject({
      reason: 'resolved',
    });
  });
});

test('an alert that is pending again after it resolved is waited for, however long', () => {
  const facts = { firing: firing('prometheus', 'pending', true) };
  expect(verdictOf('corroboration', { facts, run: { hold: held('not-firing', ago(600_000)) } })).toMatchObject({
    reason: 'not-firing',
    nextEligibleAt: NOW + 60_000,
  });
});

test('a run that no alert started has nothing to corroborate', () => {
  const run = { trigger: byHand } as const;
  expect(verdictOf('corroboration', { run, facts: { firing: firing('prometheus', 'not-firing', false) } })).toEqual({
    guard: 'corroboration',
    result: 'n/a',
    why: 'the run was not started by an alert',
  });
});
