import { expect, test } from 'vitest';
import type { SubjectMemory } from '../../../../src/core/facts.ts';
import { ago, history, minutes, NOW, verdictOf } from './fixture.ts';

const hour = minutes(60);
const memory = (...ineffective: [run: string, at: number][]): SubjectMemory => ({
  rung: 0,
  outcome: 'ineffective',
  acted: true,
  endedAt: ago(1),
  ineffective: ineffective.map(([run, at]) => ({ run, at })),
});
const remembering = (one: SubjectMemory | null, maxIneffective = 3) => ({
  facts: { history: { ...history, memory: one } },
  guards: { loop: { maxIneffective, withinMs: 4 * hour } },
});

test('a subject without memory passes', () => {
  expect(verdictOf('loop', remembering(null))).toEqual({
    guard: 'loop',
    result: 'pass',
    have: '0 runs without success in 4h',
    need: 'fewer than 3',
  });
});

test('three runs in vain within the window are enough', () => {
  const one = memory(['r-2', ago(3 * hour)], ['r-3', ago(2 * hour)], ['r-4', ago(hour)]);
  expect(verdictOf('loop', remembering(one))).toEqual({
    guard: 'loop',
    result: 'refuse',
    reason: 'not-helping',
    have: '3 runs without success in 4h: r-2, r-3, r-4',
    need: 'fewer than 3',
    clears: 'A human finds the cause, or the earlier runs leave the window.',
    nextEligibleAt: NOW + hour,
  });
});

test('what has left the window does not count', () => {
  const one = memory(['r-2', ago(4 * hour)], ['r-3', ago(2 * hour)], ['r-4', ago(hour)]);
  expect(verdictOf('loop', remembering(one))).toMatchObject({ result: 'pass', have: '2 runs without success in 4h' });
});

test('the run itself does not count', () => {
  const one = memory(['r-2', ago(3 * hour)], ['r-3', ago(2 * hour)], ['r-1', ago(hour)]);
  expect(verdictOf('loop', remembering(one)).result).toBe('pass');
});

test('with more than enough it takes until enough of them have left', () => {
  const one = memory(['r-2', ago(3 * hour)], ['r-3', ago(2 * hour)], ['r-4', ago(hour)], ['r-5', ago(0)]);
  expect(verdictOf('loop', remembering(one))).toMatchObject({ nextEligibleAt: NOW + 2 * hour });
});

test('a rule that allows none never passes, and cannot say when it would', () => {
  expect(verdictOf('loop', remembering(null, 0))).toMatchObject({ reason: 'not-helping', nextEligibleAt: null });
});
