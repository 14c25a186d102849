import { expect, test } from 'vitest';
import type { OwnerFact } from '../../../../src/core/facts.ts';
import { verdictOf } from './fixture.ts';

const verdict = (owner: OwnerFact | null) => verdictOf('installation', { phase: 'admit', plan: null, facts: { owner } });

test('whose namespace it is acts there', () => {
  expect(verdict({ holder: 'remediad-1', ours: true })).toEqual({
    guard: 'installation',
    result: 'pass',
    have: 'no other installation acts in namespace chain',
  });
});

test('another installation at work there holds what would be done', () => {
  expect(verdict({ holder: 'other-7', ours: false })).toEqual({
    guard: 'installation',
    result: 'refuse',
    reason: 'not-owner',
    have: 'other-7 acts in namespace chain',
    need: 'no other installation at work there',
    clears: 'other-7 no longer renews its Lease in namespace chain.',
    nextEligibleAt: null,
  });
});

test('a dry run owns nothing', () => {
  expect(verdict(null)).toEqual({
    guard: 'installation',
    result: 'n/a',
    why: 'nothing is changed, so nobody is asked',
  });
});
