import { expect, test } from 'vitest';
import { history, inputOf, verdictIn, verdictOf } from './fixture.ts';

test('objects that nobody holds pass', () => {
  expect(verdictOf('lock')).toMatchObject({ result: 'pass', have: 'nobody holds pod:prod/chain/node-1, statefulset:prod/chain/node' });
});

test('a lock on something else does not matter', () => {
  expect(verdictOf('lock', { facts: { history: { ...history, locks: { 'pod:prod/chain/node-2': 'r-9' } } } }).result).toBe('pass');
});

test('a lock on anything that the plan touches is waited for', () => {
  const locks = { 'statefulset:prod/chain/node': 'r-9' };
  expect(verdictOf('lock', { facts: { history: { ...history, locks } } })).toEqual({
    guard: 'lock',
    result: 'refuse',
    reason: 'target-busy',
    have: 'statefulset:prod/chain/node is held by run r-9',
    need: 'nobody else at work on it',
    clears: 'Run r-9 ends.',
    nextEligibleAt: null,
  });
});

test('names that every object has are no locks', () => {
  expect(verdictOf('lock', { plan: { touches: ['constructor', '__proto__'] } }).result).toBe('pass');
});

test('a plan that could not be made is unknown', () => {
  expect(verdictIn(inputOf({ plan: null }), 'lock')).toMatchObject({ reason: 'unknown-plan', have: 'there is no plan' });
});

test('at admit there is no plan yet, and no such verdict', () => {
  expect(() => verdictOf('lock', { phase: 'admit', plan: null })).toThrow('guard lock said nothing in admit');
});
