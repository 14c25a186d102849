import { expect, test } from 'vitest';
import { minutes, ago, NOW, verdictOf } from './fixture.ts';

const storm = { cluster: 'prod', since: ago(minutes(3)), until: NOW + minutes(7), targets: 12 };

test('a cluster without a storm passes', () => {
  expect(verdictOf('storm')).toEqual({ guard: 'storm', result: 'pass', have: 'no storm in cluster prod' });
});

test('in a storm nothing is done, for as long as it lasts', () => {
  expect(verdictOf('storm', { facts: { storm } })).toEqual({
    guard: 'storm',
    result: 'refuse',
    reason: 'storm',
    have: '12 targets of cluster prod began to fire at once, since 2027-01-15T07:57:00.000Z',
    need: 'a cluster in which few targets begin to fire',
    clears: 'It ends at 2027-01-15T08:07:00.000Z unless more targets begin to fire; then runs go on in the order of priority and age.',
    nextEligibleAt: NOW + minutes(7),
  });
});

test('at its end it is over, recorded or not', () => {
  expect(verdictOf('storm', { facts: { storm: { ...storm, until: NOW } } }).result).toBe('pass');
});
