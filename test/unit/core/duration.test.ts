import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DurationError, formatDuration, parseDuration } from '../../../src/core/duration.ts';

const day = 86_400_000;

describe('parseDuration', () => {
  test.each([
    ['00s', 0],
    ['1ms', 1],
    ['1s500ms', 1500],
    ['4s', 4000],
    ['90m', 5_400_000],
    ['1h30m', 5_400_000],
    ['36h', 129_600_000],
    ['8760h', 365 * day],
    ['1y1w1d1h1m1s1ms', 373 * day + 3_661_001],
    ['292y', 292 * 365 * day],
  ])('reads %s as %i ms', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  test.each([
    ['00', 'not a valid duration string: "00"'],
    ['-1h', 'not a valid duration string: "-1h"'],
    ['1h1h', 'not a valid duration string: "1h1h"'],
    ['1m1h', 'not a valid duration string: "1m1h"'],
    [' 1h', 'not a valid duration string: " 1h"'],
    ['h', 'not a valid duration string: "h"'],
    ['1.5h', 'unknown unit "." in duration "1.5h"'],
    ['5x', 'unknown unit "x" in duration "5x"'],
    ['1us', 'unknown unit "us" in duration "1us"'],
    ['1M', 'unknown unit "M" in duration "1M"'],
    ['1h ', 'unknown unit "h " in duration "1h "'],
    ['1h\n', String.raw`unknown unit "h\n" in duration "1h\n"`],
    ['1h5', 'not a valid duration string: "1h5"'],
    ['1h5x', 'unknown unit "x" in duration "1h5x"'],
    ['99999999999999999999y', 'duration out of range'],
  ])('refuses %j with its reason', (text, message) => {
    expect(() => parseDuration(text)).toThrow(new DurationError(message));
  });
});

describe('formatDuration', () => {
  test.each([
    [0, '0s'],
    [1, '1ms'],
    [1500, '1s500ms'],
    [5_400_000, '1h30m'],
    [129_600_000, '1d12h'],
    [14 * day, '2w'],
    [23 * day + 3_600_000, '23d1h'],
    [365 * day, '1y'],
    [366 * day, '366d'],
  ])('writes %i ms as %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });

  test.each([-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])('refuses %d, which no duration is', (ms) => {
    expect(() => formatDuration(ms)).toThrow(RangeError);
  });

  test('is undone by parseDuration', () => {
    fc.assert(fc.property(fc.nat(9_223_372_036_854), (ms) => parseDuration(formatDuration(ms)) === ms));
  });
});
