import { expect, test } from 'vitest';
import type { PlaceUse } from '../../../../src/core/facts.ts';
import { actionStep, collectStep, ladder } from '../reduce/steps.ts';
import { history, verdictOf } from './fixture.ts';

const use = (scope: string, max: number | null, acting: number, ahead = 0): PlaceUse => ({ key: `in-flight:${scope}`, max, acting, ahead });
const withPlaces = (...places: PlaceUse[]) => ({ facts: { history: { ...history, inFlight: { acts: false, places } } } });

test('a place under every limit passes', () => {
  expect(verdictOf('concurrency', withPlaces(use('installation', 5, 4), use('cluster:prod', 3, 1, 1)))).toEqual({
    guard: 'concurrency',
    result: 'pass',
    have: '4 of 5 act (installation); 1 of 3 act (cluster:prod), 1 run to come first',
    need: 'a place in each',
  });
});

test('as many as may act at once are waited for', () => {
  expect(verdictOf('concurrency', withPlaces(use('installation', 5, 3), use('cluster:prod', 3, 3)))).toEqual({
    guard: 'concurrency',
    result: 'refuse',
    reason: 'too-many-in-flight',
    have: '3 of 3 act (cluster:prod)',
    need: 'a place in each',
    clears: 'One of the runs that act ends, and those that come first have had their turn.',
    nextEligibleAt: null,
  });
});

test('a place that belongs to runs which come first is none', () => {
  expect(verdictOf('concurrency', withPlaces(use('cluster:prod', 3, 1, 2)))).toMatchObject({
    reason: 'too-many-in-flight',
    have: '1 of 3 act (cluster:prod), 2 runs to come first',
  });
});

test('what has no maximum is never full', () => {
  expect(verdictOf('concurrency', withPlaces(use('rule:node-down', null, 99)))).toMatchObject({ result: 'pass', have: '' });
});

test('a run that acts already keeps its place', () => {
  const inFlight = { acts: true, places: [use('cluster:prod', 3, 3)] };
  expect(verdictOf('concurrency', { facts: { history: { ...history, inFlight } } })).toMatchObject({ result: 'pass' });
});

test('at admit it matters only where the ladder may act', () => {
  const full = { ...withPlaces(use('installation', 1, 1)), phase: 'admit', plan: null } as const;
  expect(verdictOf('concurrency', { ...full, edition: ladder([actionStep('restart')]) })).toMatchObject({ reason: 'too-many-in-flight' });
  expect(verdictOf('concurrency', { ...full, edition: ladder([collectStep('logs')]) })).toMatchObject({ result: 'n/a' });
});
