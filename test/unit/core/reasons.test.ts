import { expect, test } from 'vitest';
import { isClusterWide, isFrozen, isQuiet, reasons, type Reason } from '../../../src/core/reasons.ts';

const all = Object.keys(reasons) as Reason[];

test('humans need not be woken for what they asked to be quiet about', () => {
  expect(all.filter(isQuiet)).toEqual(['silenced', 'inhibited', 'muted']);
});

test('what is quiet, and what holds a whole cluster, holds without a bound: something else tells of it', () => {
  for (const reason of all.filter((one) => isQuiet(one) || isClusterWide(one))) {
    expect(reasons[reason].then, reason).toBe('hold');
    expect(isFrozen(reason), reason).toBe(true);
  }
  expect(all.filter(isClusterWide)).toContain('blind');
});
