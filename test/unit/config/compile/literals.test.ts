import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { literalsOf } from '../../../../src/config/compile/literals.ts';
import { compileRegexp } from '../../../../src/core/regexp.ts';

test.each([
  ['a', ['a']],
  ['a|b|a', ['a', 'b']],
  ['', ['']],
  ['a|', ['a', '']],
  ['node(Up|Down)', ['nodeUp', 'nodeDown']],
  ['(?:a|b)(c|d)', ['ac', 'ad', 'bc', 'bd']],
  ['((a))', ['a']],
  ['a\\.b', ['a.b']],
  ['\u{1f642}|имя', ['\u{1f642}', 'имя']],
  ['a.b', null],
  ['a+', null],
  ['(a|b)?', null],
  ['(?i)a', null],
  ['\\d', null],
  ['[ab]', null],
  ['^a$', null],
  ['a{2}', null],
  ['('.repeat(9) + 'a', null],
  ['(a|b)'.repeat(9), null],
])('%j spans %j', (pattern, expected) => {
  expect(literalsOf(pattern)).toEqual(expected);
});

test('whatever the pattern is, it spans the texts that are told and no other', () => {
  const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '|', '(', ')', '?:', '\\', '.', '*'), maxLength: 10 });
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '.', '|', '('), maxLength: 5 });
  fc.assert(
    fc.property(pattern, fc.array(text, { minLength: 1, maxLength: 9 }), (written, texts) => {
      const told = literalsOf(written);
      if (told === null) return;
      const { spans } = compileRegexp(written);
      for (const one of told) expect(spans(one)).toBe(true);
      for (const one of texts) expect(told.includes(one)).toBe(spans(one));
    }),
    { numRuns: 3000 },
  );
});
