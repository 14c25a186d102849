import { expect, test } from 'vitest';
import { history, minutes, NOW, verdictOf } from './fixture.ts';

test.each([
  ['nothing', {}],
  ['a cooldown that is just over', { coolingUntil: NOW, targetCoolingUntil: NOW - 1 }],
])('%s passes', (_name, changes) => {
  expect(verdictOf('cooldown', { facts: { history: { ...history, ...changes } } })).toEqual({
    guard: 'cooldown',
    result: 'pass',
    have: 'not cooling down',
  });
});

test('the subject cools down', () => {
  expect(verdictOf('cooldown', { facts: { history: { ...history, coolingUntil: NOW + minutes(4) } } })).toEqual({
    guard: 'cooldown',
    result: 'refuse',
    reason: 'cooling-down',
    have: 'this rule acted on the subject, 4m of the cooldown are left',
    need: '10m since then',
    clears: 'The cooldown ends.',
    nextEligibleAt: NOW + minutes(4),
  });
});

test('the target cools down whatever rule acted', () => {
  expect(verdictOf('cooldown', { facts: { history: { ...history, targetCoolingUntil: NOW + 1 } } })).toMatchObject({
    reason: 'cooling-down',
    have: 'a rule acted on the target, 0s of the cooldown are left',
    need: '5m since then',
    nextEligibleAt: NOW + 1,
  });
});

test('of two the later one counts', () => {
  const both = { ...history, coolingUntil: NOW + minutes(1), targetCoolingUntil: NOW + minutes(3) };
  expect(verdictOf('cooldown', { facts: { history: both } })).toMatchObject({ nextEligibleAt: NOW + minutes(3) });
});
