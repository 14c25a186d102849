import { expect, test } from 'vitest';
import type { BudgetUse } from '../../../../src/core/facts.ts';
import { actionStep, collectStep, ladder } from '../reduce/steps.ts';
import { history, minutes, NOW, verdictOf } from './fixture.ts';

const use = (used: number, max: number, freesAt: number | null = NOW + 1000, scope = 'target'): BudgetUse => ({
  key: scope,
  scope,
  used,
  max,
  perMs: minutes(60),
  freesAt,
});
const withBudgets = (...budgets: BudgetUse[]) => ({ facts: { history: { ...history, budgets } } });

test('room in every budget passes', () => {
  expect(verdictOf('budget', withBudgets(use(2, 3), use(19, 20, null, 'installation')))).toEqual({
    guard: 'budget',
    result: 'pass',
    have: '2 of 3 per 1h used (target); 19 of 20 per 1h used (installation)',
    need: '1 effect',
  });
});

test('a budget that is used up is refused', () => {
  expect(verdictOf('budget', withBudgets(use(2, 3), use(20, 20, NOW + 9000, 'installation')))).toEqual({
    guard: 'budget',
    result: 'refuse',
    reason: 'budget-spent',
    have: '20 of 20 per 1h used (installation)',
    need: 'room for 1 effect',
    clears: 'Earlier effects leave the window, or the budget is made larger.',
    nextEligibleAt: NOW + 9000,
  });
});

test('a plan that costs more needs more room', () => {
  expect(verdictOf('budget', { ...withBudgets(use(1, 3)), plan: { cost: 2 } }).result).toBe('pass');
  expect(verdictOf('budget', { ...withBudgets(use(2, 3)), plan: { cost: 2 } })).toMatchObject({ need: 'room for 2 effects' });
});

test('a plan that costs nothing fits into a full budget', () => {
  expect(verdictOf('budget', { ...withBudgets(use(3, 3)), plan: { cost: 0 } }).result).toBe('pass');
});

test('at admit one effect is reckoned with where the ladder may act', () => {
  const spent = { ...withBudgets(use(3, 3)), phase: 'admit', plan: null } as const;
  expect(verdictOf('budget', { ...spent, edition: ladder([actionStep('restart')]) })).toMatchObject({ reason: 'budget-spent' });
  expect(verdictOf('budget', { ...spent, edition: ladder([collectStep('logs')]) })).toMatchObject({ result: 'n/a' });
});

test('of several the one that frees last counts, and one that cannot tell hides it', () => {
  expect(verdictOf('budget', withBudgets(use(3, 3, NOW + 1), use(3, 3, NOW + 2)))).toMatchObject({ nextEligibleAt: NOW + 2 });
  expect(verdictOf('budget', withBudgets(use(3, 3, NOW + 1), use(0, 0, null)))).toMatchObject({ nextEligibleAt: null });
});

const released = { run: { held: { reason: 'storm' as const, since: 0, from: 0, left: 0 } } };

test('a run that was held together with others waits for what they use up', () => {
  const spent = withBudgets(use(20, 20, NOW + 9000, 'installation'), use(2, 2, NOW + 1000, 'workload'));
  expect(verdictOf('budget', { ...spent, ...released })).toMatchObject({ reason: 'awaiting-budget', nextEligibleAt: NOW + 9000 });
});

test('but not for what its own target used up, nor for room that never comes', () => {
  expect(verdictOf('budget', { ...withBudgets(use(3, 3)), ...released })).toMatchObject({ reason: 'budget-spent' });
  expect(verdictOf('budget', { ...withBudgets(use(1, 1, null, 'rule')), ...released })).toMatchObject({ reason: 'budget-spent' });
});
