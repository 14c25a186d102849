import { describe, expect, test } from 'vitest';
import { DurationError, formatDuration, parseDuration } from '../../../../src/core/duration.ts';
import { outcome, readTable } from './read.ts';

interface Table {
  readonly cases: readonly (readonly [text: string, ms: number, printed: string])[];
  readonly refused: readonly (readonly [text: string, message: string])[];
}

/** Durations below zero, which PromQL's offsets may have, mean nothing in a rule. */
const { cases, refused } = readTable('durations') as Table;

describe('durations are those of Prometheus', () => {
  test.each(cases)('%s is %i ms and printed %s', (text, ms, printed) => {
    expect(parseDuration(text)).toBe(ms);
    expect(formatDuration(ms)).toBe(printed);
  });

  test.each(refused)('not %j', (text, message) => {
    expect(outcome(DurationError, () => parseDuration(text))).toBe(message);
  });
});
