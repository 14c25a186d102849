import { expect, test } from 'vitest';
import { edition, verdictOf } from './fixture.ts';

test('a rule that is in force passes', () => {
  expect(verdictOf('rule')).toEqual({ guard: 'rule', result: 'pass' });
});

test.each(['admit', 'permit'] as const)('at %s a rule that no longer exists is refused', (phase) => {
  const permission = { ruleExists: false, mode: edition.rule.mode, guards: null };
  expect(verdictOf('rule', { phase, permission })).toEqual({
    guard: 'rule',
    result: 'refuse',
    reason: 'rule-removed',
    have: 'no such rule is in force',
    need: 'rule node-down',
    clears: 'A rule named node-down is loaded again; the next firing alert that it matches starts a new run.',
    nextEligibleAt: null,
  });
});
