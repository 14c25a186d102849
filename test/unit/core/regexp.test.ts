import { describe, expect, test } from 'vitest';
import { compileRegexp, literalsOf, RegexpError } from '../../../src/core/regexp.ts';

describe('a regexp', () => {
  test('finds a part and spans the whole', () => {
    const regexp = compileRegexp('b+');
    expect([regexp.finds('abbc'), regexp.spans('abbc'), regexp.spans('bb')]).toEqual([true, false, true]);
  });

  test('does not read a newline as a dot', () => {
    expect(compileRegexp('a.c').finds('a\nc')).toBe(false);
  });

  test.each([
    ['[a', 'error parsing regexp: missing closing ]: `[a`'],
    [String.raw`(a)\1`, 'error parsing regexp: invalid escape sequence: `\\1`'],
    ['a{1001}', 'error parsing regexp: invalid repeat count: `{1001}`'],
    ['a'.repeat(4097), 'error parsing regexp: longer than 4096 characters'],
  ])('refuses %.20s', (pattern, message) => {
    expect(() => compileRegexp(pattern)).toThrow(new RegexpError(message));
  });
});

test.each([
  ['a', ['a']],
  ['a-1|b_2|a-1', ['a-1', 'b_2']],
  ['', null],
  ['a|', null],
  ['a.b', null],
  ['é', null],
  ['a'.repeat(4097), null],
])('%.20s is written out as %j', (pattern, texts) => {
  expect(literalsOf(pattern)).toEqual(texts === null ? null : new Set(texts));
});
