import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fingerprintOf } from '../../../../src/core/alert/fingerprint.ts';

/** The textbook form, in big integers. */
function reference(labels: Record<string, string>): string {
  const bytes = (text: string): Buffer => Buffer.from(text, 'utf8');
  const sorted = Object.entries(labels).sort(([a], [b]) => Buffer.compare(bytes(a), bytes(b)));
  let hash = 0xcbf29ce484222325n;
  for (const text of sorted.flat()) {
    for (const byte of [...bytes(text), 0xff]) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  }
  return hash.toString(16).padStart(16, '0');
}

test('a fingerprint is FNV-1a over the labels in the order of their bytes', () => {
  const labels = fc.dictionary(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }));
  fc.assert(fc.property(labels, (set) => fingerprintOf(set) === reference(set)));
});

test.each([
  [{}, 'cbf29ce484222325'],
  [{ a: '1', ab: '2' }, reference({ ab: '2', a: '1' })],
  [{ '\uffff': '1', '\u{1f642}': '2' }, reference({ '\uffff': '1', '\u{1f642}': '2' })],
])('the fingerprint of %j does not depend on the order of writing', (labels, expected) => {
  expect(fingerprintOf(labels as Record<string, string>)).toBe(expected);
});
