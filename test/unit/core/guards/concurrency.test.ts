import { expect, test } from 'vitest';
import type { PlaceUse } from '../../../../src/core/facts.ts';
import { actionStep, collectStep, ladder } from '../reduce/steps.ts';
import type { Hold } from '../../../../src/core/run.ts';
import { ago, history, NOW, verdictOf } from './fixture.ts';
import { sampleHold } from '../../../support/sample.ts';

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

const held = (reason: Hold['reason'], since: number) => ({
  run: { state: 'holding' as const, hold: sampleHold(reason, { since, until: NOW }) },
});

test.each(['storm', 'paused', 'muted', 'outside-window', 'silenced', 'awaiting-budget'] as const)(
  'what %s held lines up before anything else, though there is a place',
  (reason) => {
    expect(verdictOf('concurrency', { ...withPlaces(use('cluster:prod', 3, 0)), ...held(reason, ago(60_000)) })).toEqual({
      guard: 'concurrency',
      result: 'refuse',
      reason: 'lining-up',
      have: 'what held it and others is over',
      need: 'a place in the line, 15s more',
      clears: 'All of them have come; then they go on in the order of priority and age.',
      nextEligibleAt: NOW + 15_000,
    });
  },
);

test('one that lines up does so for a while, however often it is looked at', () => {
  const free = withPlaces(use('cluster:prod', 3, 0));
  expect(verdictOf('concurrency', { ...free, ...held('lining-up', ago(14_000)) })).toMatchObject({
    reason: 'lining-up',
    nextEligibleAt: NOW + 1_000,
  });
  expect(verdictOf('concurrency', { ...free, ...held('lining-up', ago(15_000)) })).toMatchObject({ result: 'pass' });
});

test('a hold of its own needs no line', () => {
  expect(verdictOf('concurrency', { ...withPlaces(use('cluster:prod', 3, 0)), ...held('settling', ago(1)) })).toMatchObject({
    result: 'pass',
  });
});

test('where nothing is limited there is nothing to line up for', () => {
  expect(verdictOf('concurrency', { ...withPlaces(use('cluster:prod', null, 0)), ...held('storm', ago(1)) })).toMatchObject({
    result: 'pass',
  });
});
