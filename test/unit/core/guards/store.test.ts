import { expect, test } from 'vitest';
import { history, minutes, NOW, verdictOf } from './fixture.ts';

const forgetful = (until: number) => ({ facts: { history: { ...history, forgetfulUntil: until } } });

test('a store that remembers passes, and so does one whose hold is over', () => {
  expect(verdictOf('store')).toEqual({ guard: 'store', result: 'pass', have: 'the store remembers' });
  expect(verdictOf('store', forgetful(NOW)).result).toBe('pass');
});

test.each(['admit', 'permit'] as const)('at %s one that is new or was failed over holds the run to the end of its hold', (phase) => {
  expect(verdictOf('store', { phase, ...forgetful(NOW + minutes(4)) })).toEqual({
    guard: 'store',
    result: 'refuse',
    reason: 'fresh-store',
    have: 'the store is new or was failed over, 4m of fresh_store_hold are left',
    need: 'a store that has been the same for fresh_store_hold',
    clears: 'The hold ends by itself; brakes that were set before must be set again.',
    nextEligibleAt: NOW + minutes(4),
  });
});

test('a dry run is not held up', () => {
  expect(verdictOf('store', { run: { dry: 'observe' }, ...forgetful(NOW + minutes(4)) })).toEqual({
    guard: 'store',
    result: 'n/a',
    why: 'a dry run changes nothing',
  });
});
