import { describe, expect, test } from 'vitest';
import type { Run } from '../../../src/core/run.ts';
import { END_STATES, LIVE_STATES } from '../../../src/core/run.ts';
import { reasons, type Reason } from '../../../src/core/reasons.ts';
import {
  clockInWords,
  durationInWords,
  sentenceOfEffect,
  sentenceOfDeed,
  sentenceOfEnding,
  sentenceOfReason,
  sentenceOfForgetful,
  sentenceOfState,
  sentenceOfStorm,
  sentenceOfTrigger,
  sentenceOfUndelivered,
  sentenceOfVerdict,
  timeInWords,
} from '../../../src/core/words.ts';
import { byHand, NOON, onSchedule, sampleEffect, samplePlan, sampleRefusal, sampleRun, sampleHold } from '../../support/sample.ts';

test.each([
  [{ kind: 'alert', id: 'f00dfeed' } as const, 'Started by the alert f00dfeed.'],
  [onSchedule, 'Started on its schedule, for 2025-07-24 12:00 UTC.'],
  [byHand, 'Started by hand of ana.'],
  [{ ...byHand, why: 'it looks odd' }, 'Started by hand of ana: it looks odd.'],
])('what started a run is said: %j', (trigger, sentence) => {
  expect(sentenceOfTrigger(trigger)).toBe(sentence);
});

describe('durations and times', () => {
  test.each([
    [-5, '0ms'],
    [350.4, '350ms'],
    [1000, '1s'],
    [61_000, '1m 1s'],
    [120_000, '2m'],
    [8_000_000, '2h 13m'],
    [86_400_000, '1d'],
    [86_461_000, '1d'],
    [97_200_000, '1d 3h'],
  ])('%d ms is said as %s', (ms, words) => {
    expect(durationInWords(ms)).toBe(words);
  });

  test('are told in UTC and say so', () => {
    expect(timeInWords(NOON)).toBe('2025-07-24 12:00:00 UTC');
    expect(clockInWords(NOON + 1500)).toBe('12:00:01 UTC');
  });
});

test('what was done, with who did it', () => {
  const run = sampleRun({ id: 'r-7', rule: 'node-down' });
  expect(sentenceOfDeed(run, samplePlan({ describe: 'delete pod a/b (uid u)' }))).toBe(
    'delete pod a/b (uid u); run r-7 of rule node-down.',
  );
});

describe('the state of a run', () => {
  const later = NOON + 60_000;
  const hold = sampleHold('too-few-healthy', { detail: '2 of 3', until: later });
  const verifying = { why: 'acted', since: NOON, clearSince: null, against: null, clearedAt: null } as const;
  const approval = { planHash: 'p', plan: samplePlan(), askedAt: NOON, expiresAt: later, approvedBy: null, approvedAt: null };
  test.each<[string, Partial<Run>, string]>([
    ['pending', {}, 'Waits to be looked at.'],
    [
      'holding',
      { state: 'holding', hold },
      'Held since 12:00:00 UTC (too-few-healthy): The effect would leave fewer healthy members than the rule demands: 2 of 3.',
    ],
    [
      'holding with a forecast',
      { state: 'holding', hold: { ...hold, detail: '', nextEligibleAt: later } },
      'Held since 12:00:00 UTC (too-few-healthy): The effect would leave fewer healthy members than the rule demands. It could go on at 12:01:00 UTC at the earliest.',
    ],
    [
      'awaiting approval',
      { state: 'awaiting-approval', approval },
      'Waits for a human to approve until 12:01:00 UTC: delete pod archivechain-prod/node-1 (uid u-1).',
    ],
    ['running', { state: 'running', at: 2 }, 'Works on rung 1, step 3.'],
    ['running dry', { state: 'running', dry: 'observe' }, 'Tries without effect on rung 1, step 1.'],
    ['settling', { state: 'sleeping', sleep: { kind: 'settle', until: later, from: NOON } }, 'Lets the target settle until 12:01:00 UTC.'],
    [
      'waiting',
      { state: 'sleeping', sleep: { kind: 'wait', until: later, from: NOON } },
      'Waits until 12:01:00 UTC, as the remediation says.',
    ],
    ['backing off', { state: 'sleeping', sleep: { kind: 'backoff', until: later, from: NOON } }, 'Tries the step again at 12:01:00 UTC.'],
    [
      'verifying a step',
      { state: 'sleeping', sleep: { kind: 'step-verify', until: later, from: NOON } },
      'Checks whether the step worked, next at 12:01:00 UTC.',
    ],
    ['verifying', { state: 'verifying', verifying }, 'Verifies whether the effect helped. Not clear yet.'],
    [
      'verifying, with evidence against it',
      { state: 'verifying', verifying: { ...verifying, against: { at: NOON, what: 'still firing' } } },
      'Verifies whether the effect helped. Not clear yet: still firing.',
    ],
    [
      'verifying, clear',
      { state: 'verifying', verifying: { ...verifying, why: 'resolved', clearSince: NOON } },
      'Verifies whether the target is healthy now that the alert is resolved. Clear and healthy since 12:00:00 UTC.',
    ],
    [
      'reconciling',
      { state: 'reconciling', open: { effect: '0/restart/1', path: 'restart', notAfter: later, lookUps: 1 } },
      'Finds out whether the effect 0/restart/1 happened; its answer never came.',
    ],
  ])('%s', (_name, over, sentence) => {
    expect(sentenceOfState(sampleRun(over))).toBe(sentence);
  });

  test.each([...LIVE_STATES, ...END_STATES])('%s has a sentence even when its record is not whole', (state) => {
    expect(sentenceOfState(sampleRun({ state }))).toMatch(/^[A-Z].*\.$/);
  });

  test('sleeping without a reason is told too', () => {
    expect(sentenceOfState(sampleRun({ state: 'sleeping' }))).toBe('Waits.');
  });
});

describe('the end of a run', () => {
  const end = (reason: Reason, detail = '', would: NonNullable<Run['end']>['would'] = null) => ({
    end: { reason, detail, would, at: NOON },
  });
  test.each<[Partial<Run>, string | null]>([
    [{}, null],
    [
      { state: 'succeeded', effects: [sampleEffect()], ...end('verified') },
      'Fixed by remediad and verified: delete pod archivechain-prod/node-1 (uid u-1).',
    ],
    [
      { state: 'succeeded', effects: [sampleEffect({ result: 'unknown' })], ...end('verified') },
      'Nothing had to be done. Verified: the target was healthy for stable_for.',
    ],
    [{ state: 'skipped', ...end('self-healed') }, 'Nothing left to do: The object is gone and its workload is whole without it.'],
    [
      { state: 'cancelled', ...end('cancelled', 'by eve: maintenance') },
      'Cancelled. A human cancelled the run: by eve: maintenance. Nothing was done.',
    ],
    [
      { state: 'escalated', effects: [sampleEffect()], ...end('ladder-end') },
      'Handed to a human (ladder-end): Every rung of the ladder was tried. Done so far: delete pod archivechain-prod/node-1 (uid u-1).',
    ],
    [
      { state: 'observed', ...end('observe-only', '', 'effect') },
      'Only observed. It would have acted: The rule or the installation only observes.',
    ],
    [
      { state: 'observed', ...end('approval-required', '', 'ask') },
      'Only observed. It would have asked a human: The rule asks a human before it acts.',
    ],
    [
      { state: 'observed', ...end('ladder-end', '', 'escalate') },
      'Only observed. It would have woken a human: Every rung of the ladder was tried.',
    ],
    [
      { state: 'observed', ...end('rule-removed', '', 'nothing') },
      'Only observed. It would have done nothing: The rule no longer exists, or its ladder no longer has the remediation.',
    ],
  ])('%#', (over, sentence) => {
    expect(sentenceOfEnding(sampleRun(over))).toBe(sentence);
  });

  test('says for every reason what it means, and closes with a full stop', () => {
    for (const reason of Object.keys(reasons) as Reason[]) {
      expect(sentenceOfReason(reason, '')).toMatch(/\.$/);
      expect(sentenceOfReason(reason, 'node-1')).toBe(`${reasons[reason].text.slice(0, -1)}: node-1.`);
    }
  });
});

describe('a verdict', () => {
  test('tells what was found, what is needed and what would change it', () => {
    expect(sentenceOfVerdict(sampleRefusal())).toBe(
      'health refuses (too-few-healthy): 2 of 3 healthy, needs 3. another member becomes ready.',
    );
    expect(sentenceOfVerdict(sampleRefusal({ clears: '', nextEligibleAt: NOON }))).toBe(
      'health refuses (too-few-healthy): 2 of 3 healthy, needs 3. At the earliest at 12:00:00 UTC.',
    );
    expect(sentenceOfVerdict({ guard: 'lock', result: 'pass' })).toBe('lock passes.');
    expect(sentenceOfVerdict({ guard: 'health', result: 'pass', have: '3 healthy' })).toBe('health passes: 3 healthy.');
    expect(sentenceOfVerdict({ guard: 'health', result: 'pass', have: '3 healthy', need: '2' })).toBe('health passes: 3 healthy, needs 2.');
    expect(sentenceOfVerdict({ guard: 'corroboration', result: 'n/a', why: 'no-source' })).toBe('corroboration does not apply: no-source.');
  });
});

describe('an effect', () => {
  test.each([
    ['intent', '', 'delete pod archivechain-prod/node-1 (uid u-1): under way.'],
    ['done', '', 'delete pod archivechain-prod/node-1 (uid u-1): done.'],
    ['rejected', 'conflict', 'delete pod archivechain-prod/node-1 (uid u-1): refused: conflict.'],
    ['abandoned', '', 'delete pod archivechain-prod/node-1 (uid u-1): did not happen.'],
    ['unknown', 'timeout', 'delete pod archivechain-prod/node-1 (uid u-1): nobody can tell whether it happened: timeout.'],
    ['would', '', 'delete pod archivechain-prod/node-1 (uid u-1): would be done; nothing was changed.'],
  ] as const)('%s', (result, message, sentence) => {
    expect(sentenceOfEffect(sampleEffect({ result, message }))).toBe(sentence);
  });
});

test.each([
  [1, '1 page could not be delivered so far, and is tried on.'],
  [3, '3 pages could not be delivered so far, and are tried on.'],
])('%i undelivered', (pages, sentence) => {
  expect(sentenceOfUndelivered(pages)).toBe(sentence);
});

test('a storm', () => {
  expect(sentenceOfStorm({ cluster: 'main', since: NOON, until: NOON + 600_000, targets: 12 })).toBe(
    `Nothing is done in cluster main since ${timeInWords(NOON)}, until ${timeInWords(NOON + 600_000)} unless more begin to fire: 12 targets began to fire at once.`,
  );
});

test('a store that may have forgotten', () => {
  expect(sentenceOfForgetful(570_000)).toBe(
    'Nothing is done for another 9m 30s: The store is new or was failed over and may have forgotten brakes, cooldowns and effects: nothing is done for fresh_store_hold.',
  );
});
