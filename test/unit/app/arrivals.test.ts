import { expect, test } from 'vitest';
import { Arrivals } from '../../../src/app/arrivals.ts';

const alert = (fingerprint: string) => ({ fingerprint, labels: { alertname: fingerprint }, startsAt: 1 });

test('when the last webhook came is remembered', () => {
  const arrivals = new Arrivals();
  expect(arrivals.lastWebhookAt).toBeNull();
  arrivals.webhook(5);
  expect(arrivals.lastWebhookAt).toBe(5);
});

test('alerts that no rule took are remembered once each, the last one first', () => {
  const arrivals = new Arrivals();
  arrivals.notMatched(alert('a'), 1);
  arrivals.notMatched(alert('b'), 2);
  arrivals.notMatched(alert('a'), 3);
  expect(arrivals.unmatched.map(({ fingerprint, at }) => [fingerprint, at])).toEqual([
    ['a', 3],
    ['b', 2],
  ]);
});

test('and no more than a thousand of them', () => {
  const arrivals = new Arrivals();
  for (let at = 0; at < 1_100; at += 1) arrivals.notMatched(alert(`f-${at}`), at);
  expect(arrivals.unmatched).toHaveLength(1_000);
  expect(arrivals.unmatched[0]?.fingerprint).toBe('f-1099');
});
