import { describe, expect, test } from 'vitest';
import { decide } from '../../../../src/core/decide-run.ts';
import { unknown, type SightFact } from '../../../../src/core/facts.ts';
import { inputOf, NOW, sight, verdictOf } from './fixture.ts';

const outcomeOf = (fact: SightFact | null) => verdictOf('blindness', { facts: { sight: fact } });
const targets = (up: number, most: number, rest: { minTargets?: number; maxMissingPercent?: number } = {}): SightFact => ({
  api: null,
  prometheus: { up, most, minTargets: 5, maxMissingPercent: 50, ...rest },
});

test('what answers is told, with what is needed', () => {
  expect(outcomeOf(sight)).toEqual({
    guard: 'blindness',
    result: 'pass',
    have: 'the cluster answers, 9 of 10 scrape targets answer',
    need: 'the cluster and Prometheus answer, of 5 scrape targets or more at most 50% are gone',
  });
});

// Answering, the most that there were lately, what comes of it.
test.each([
  [10, 10, 'pass'],
  [5, 10, 'pass'], // half of them is not more than half
  [4, 10, 'refuse'],
  [0, 10, 'refuse'],
  [3, 5, 'pass'],
  [2, 5, 'refuse'],
  [0, 4, 'pass'], // too few to tell
  [1, 3, 'pass'],
  [0, 0, 'pass'], // a Prometheus that scrapes nothing has nothing to lose
  [3, 7, 'refuse'],
  [4, 7, 'pass'],
  [12, 10, 'pass'], // more than ever
])('%i of %i targets: %s', (up, most, result) => {
  expect(outcomeOf(targets(up, most)).result).toBe(result);
});

describe('the limits are those of the configuration', () => {
  test.each([
    [1, 10, { maxMissingPercent: 90 }, 'pass'],
    [0, 10, { maxMissingPercent: 90 }, 'refuse'],
    [0, 10, { maxMissingPercent: 100 }, 'pass'],
    [9, 10, { maxMissingPercent: 0 }, 'refuse'],
    [10, 10, { maxMissingPercent: 0 }, 'pass'],
    [0, 1, { minTargets: 1 }, 'refuse'],
    [0, 9, { minTargets: 10 }, 'pass'],
  ])('%i of %i with %j: %s', (up, most, limits, result) => {
    expect(outcomeOf(targets(up, most, limits)).result).toBe(result);
  });
});

test('most of the targets gone at once is refused with the counts', () => {
  expect(outcomeOf(targets(4, 10))).toEqual({
    guard: 'blindness',
    result: 'refuse',
    reason: 'blind',
    have: '4 of 10 scrape targets answer',
    need: 'the cluster and Prometheus answer, of 5 scrape targets or more at most 50% are gone',
    clears: 'We see again. If everything is down indeed, that is for a human.',
    nextEligibleAt: null,
  });
});

test('a cluster that does not answer is refused, whatever Prometheus says', () => {
  const have = 'cluster prod does not answer: no answer within 5000 ms';
  expect(outcomeOf({ ...sight, api: 'no answer within 5000 ms' })).toMatchObject({ reason: 'blind', have });
  expect(outcomeOf({ api: 'no answer within 5000 ms', prometheus: null })).toMatchObject({ have, need: 'the cluster answers' });
});

test('a Prometheus that does not answer is refused', () => {
  expect(outcomeOf({ api: null, prometheus: { silent: 'refused' } })).toMatchObject({
    reason: 'blind',
    have: 'Prometheus does not answer: refused',
    need: 'the cluster and Prometheus answer',
  });
});

test('without a Prometheus the cluster is all there is to see', () => {
  expect(outcomeOf({ api: null, prometheus: null })).toMatchObject({ result: 'pass', have: 'the cluster answers' });
});

test('a cluster that is not configured is the matter of the target guard', () => {
  expect(outcomeOf(null)).toEqual({ guard: 'blindness', result: 'n/a', why: 'cluster prod is not configured' });
});

test('nothing that cannot be read because of it hides the one reason', () => {
  const input = inputOf({ facts: { sight: { ...sight, api: 'no answer' } } });
  const blind = unknown('no answer');
  const facts = {
    ...input.facts,
    namespace: blind,
    owner: blind,
    firing: blind,
    target: blind,
    workload: blind,
    history: blind,
    rights: blind,
  };
  expect(decide({ ...input, facts, plan: null, now: NOW })).toMatchObject({ then: 'hold', reason: 'blind' });
});
