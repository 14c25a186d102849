import { describe, expect, test } from 'vitest';
import { decide } from '../../../../src/core/decide-run.ts';
import { edition, inputOf, verdictOf } from './fixture.ts';

test('a rule that is in force passes', () => {
  expect(verdictOf('rule')).toEqual({ guard: 'rule', result: 'pass' });
});

test.each(['admit', 'permit'] as const)('at %s a rule that no longer exists is refused', (phase) => {
  const permission = { ruleExists: false, mode: edition.rule.mode, guards: null, rungs: null };
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

describe('a rung that is no longer in the ladder', () => {
  const permission = { ...inputOf().permission, rungs: [{ remediation: 'other', mode: null }] };

  test('is refused before its effect as a rule that was removed', () => {
    expect(verdictOf('rule', { permission })).toEqual({
      guard: 'rule',
      result: 'refuse',
      reason: 'rule-removed',
      have: 'the rule in force no longer has this rung',
      need: 'remediation restart in the ladder of rule node-down',
      clears: 'The next firing alert that the rule matches starts a new run on the ladder in force.',
      nextEligibleAt: null,
    });
  });

  test('is refused too where the ladder has its remediation less often', () => {
    const [restart] = edition.ladder;
    if (restart === undefined) throw new Error('the case has no rung');
    const input = inputOf({ run: { rung: 1 } });
    const twice = { ...input, edition: { ...input.edition, ladder: [restart, restart] } };
    expect(decide(twice)).toMatchObject({ then: 'skip', reason: 'rule-removed' });
    expect(decide({ ...twice, permission: { ...input.permission, rungs: [restart, restart] } }).then).toBe('run');
  });

  test('is no matter at admit, which tells where the ladder starts', () => {
    expect(verdictOf('rule', { phase: 'admit', permission }).result).toBe('pass');
  });
});
