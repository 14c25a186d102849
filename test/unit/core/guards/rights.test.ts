import { expect, test } from 'vitest';
import { unknown } from '../../../../src/core/facts.ts';
import { factsOf, inputOf, verdictIn, verdictOf } from './fixture.ts';

test('a plan that the API permits passes', () => {
  expect(verdictOf('rights')).toEqual({ guard: 'rights', result: 'pass', have: 'permitted' });
});

test('a missing right is named with verb and resource', () => {
  expect(verdictOf('rights', { facts: { rights: { missing: ['delete pods in chain', 'create pods/exec in chain'] } } })).toEqual({
    guard: 'rights',
    result: 'refuse',
    reason: 'not-permitted',
    have: 'the service account may not delete pods in chain, create pods/exec in chain',
    need: 'delete pods in chain, create pods/exec in chain',
    clears: 'The service account of remediad is given the right to delete pods in chain, create pods/exec in chain.',
    nextEligibleAt: null,
  });
});

test('a plan that needs no rights does not ask for them', () => {
  const facts = { ...factsOf(), rights: unknown('timeout') };
  expect(verdictIn({ ...inputOf({ plan: { rights: [] } }), facts }, 'rights')).toEqual({
    guard: 'rights',
    result: 'n/a',
    why: 'the plan needs no rights',
  });
});
