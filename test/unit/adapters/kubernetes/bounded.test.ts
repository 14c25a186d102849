import { expect, test } from 'vitest';
import { Bounded } from '../../../../src/adapters/kubernetes/bounded.ts';

function bounded(limit: number, ...chunks: readonly (string | Buffer)[]): Pick<Bounded, 'text' | 'cut'> {
  const kept = new Bounded(limit);
  for (const chunk of chunks) kept.add(Buffer.from(chunk));
  return { text: kept.text, cut: kept.cut };
}

test.each([
  ['all that fits', bounded(5, 'ab', 'cde'), { text: 'abcde', cut: false }],
  ['the first bytes of more', bounded(4, 'ab', 'cde', 'f'), { text: 'abcd', cut: true }],
  ['nothing of nothing', bounded(3), { text: '', cut: false }],
  ['nothing where nothing is wanted', bounded(0, 'a'), { text: '', cut: true }],
  ['no half of a character at the limit', bounded(3, 'ää'), { text: 'ä', cut: true }],
  ['a character that came in two pieces', bounded(9, Buffer.of(0xc3), Buffer.of(0xa4)), { text: 'ä', cut: false }],
])('keeps %s', (_, kept, expected) => {
  expect(kept).toEqual(expected);
});

test('what comes later does not change what is kept', () => {
  const chunk = Buffer.from('abc');
  const kept = new Bounded(10);
  kept.add(chunk);
  chunk.fill('x');
  expect(kept.text).toBe('abc');
});
