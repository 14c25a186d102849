import { expect, test } from 'vitest';
import { TokenBucket } from '../../../../src/adapters/kubernetes/token-bucket.ts';

const of = (limit: { qps: number; burst: number }) => new TokenBucket(limit, 0);

test('a burst leaves at once, and then so many a second', () => {
  const bucket = of({ qps: 10, burst: 3 });
  expect([0, 0, 0, 0, 0].map((now) => bucket.take(now))).toEqual([0, 0, 0, 100, 200]);
});

test('whoever comes later waits behind those who came before', () => {
  const bucket = of({ qps: 4, burst: 1 });
  bucket.take(0);
  expect([0, 125, 250].map((now) => bucket.take(now))).toEqual([250, 375, 500]);
});

test('rest earns tokens, no more than the burst', () => {
  const bucket = of({ qps: 10, burst: 2 });
  bucket.take(0);
  bucket.take(0);
  expect([60_000, 60_000, 60_000].map((now) => bucket.take(now))).toEqual([0, 0, 100]);
});

test('what was given up is there for the next one', () => {
  const bucket = of({ qps: 10, burst: 1 });
  bucket.take(0);
  expect(bucket.take(0)).toBe(100);
  bucket.giveBack();
  expect(bucket.take(0)).toBe(100);
});

test('a token that is given back too often is not more than the burst', () => {
  const bucket = of({ qps: 10, burst: 1 });
  bucket.giveBack();
  expect([0, 0].map((now) => bucket.take(now))).toEqual([0, 100]);
});

test('a clock that steps back earns nothing', () => {
  const bucket = of({ qps: 10, burst: 1 });
  expect([1000, 0, 1000].map((now) => bucket.take(now))).toEqual([0, 100, 200]);
});
