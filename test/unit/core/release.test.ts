import { expect, test } from 'vitest';
import { isReleased, shareOf } from '../../../src/core/release.ts';
import { sampleHold as hold } from '../../support/sample.ts';

test.each(['paused', 'storm', 'muted', 'outside-window', 'silenced', 'inhibited', 'fresh-store', 'blind'] as const)(
  'out of %s many come at once',
  (reason) => {
    expect(isReleased({ hold: hold(reason), held: null })).toBe(true);
    expect(isReleased({ hold: null, held: { reason, since: 0, from: 0, left: 1 } })).toBe(true);
  },
);

test('out of another hold each comes for itself', () => {
  expect(isReleased({ hold: null, held: null })).toBe(false);
  expect(isReleased({ hold: hold('target-busy'), held: null })).toBe(false);
});

test('the mark outlasts other holds', () => {
  expect(isReleased({ hold: hold('target-busy', { released: true }), held: null })).toBe(true);
  expect(isReleased({ hold: null, held: { reason: 'settling', since: 0, from: 0, left: 1, released: true } })).toBe(true);
});

test("half of the installation's budgets is theirs, and never less than one effect costs", () => {
  const charge = (scope: 'installation' | 'rule', max: number) => ({ scope, max, perMs: 1, key: scope });
  const shared = shareOf([charge('installation', 21), charge('installation', 1), charge('rule', 20)], 1);
  expect(shared.map(({ max }) => max)).toEqual([10, 1, 20]);
});
