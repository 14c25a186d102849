import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createMatcher, formatMatcher, MatcherError, parseMatcher, parseMatchers } from '../../../src/core/matcher.ts';

const plain = (text: string): string[] => parseMatchers(text).map(({ name, op, value }) => `${name}|${op}|${value}`);

describe('parseMatchers reads', () => {
  test.each([
    [' { } ', []],
    [String.raw`{"foo"="é\101"}`, ['foo|=|éA']],
    [String.raw`{foo=~"\\d+"}`, [String.raw`foo|=~|\d+`]],
    ['""=bar', ['|=|bar']],
    [String.raw`{quote="She said: \"Hi, that's neutral…\""}`, [`quote|=|She said: "Hi, that's neutral…"`]],
    ['foo.bar=baz', ['foo.bar|=|baz']],
    ['"with space"=имя', ['with space|=|имя']],
    ['foo\u202f=\n\tbar', ['foo|=|bar']],
    ['instance=~host:9100', ['instance|=~|host:9100']],
  ])('%j', (text, matchers) => {
    expect(plain(text)).toEqual(matchers);
  });
});

describe('parseMatchers refuses', () => {
  test.each([
    ['{foo=bar,,}', '9:10: unexpected ,: expected a matcher or close brace after comma'],
    ['{foo=bar,', '0:9: end of input: expected close brace'],
    ['{foo=bar} baz', '10:13: baz: expected end of input'],
    ['{{foo=bar}', '1:2: unexpected {: expected label name'],
    ['foo=bar baz', '8:11: unexpected baz: expected a comma or close brace'],
    ['foo==bar', '4:5: unexpected =: expected label value'],
    ['foo=', 'end of input: expected label value'],
    ['foo bar', "4:7: unexpected bar: expected an operator such as '=', '!=', '=~' or '!~'"],
    ['=bar', '0:1: unexpected =: expected label name'],
    ['🙂🙂=', 'end of input: expected label value'],
    ['"🙂"=a b', '6:7: unexpected b: expected a comma or close brace'],
    [String.raw`{foo=~"\d+"}`, String.raw`6:11: "\d+": invalid input`],
    [String.raw`{foo="\'"}`, String.raw`5:9: "\'": invalid input`],
    [String.raw`{foo="\ud800"}`, String.raw`5:13: "\ud800": invalid input`],
    [String.raw`{foo="\U00110000"}`, String.raw`5:17: "\U00110000": invalid input`],
    [String.raw`{foo="\400"}`, String.raw`5:11: "\400": invalid input`],
    ['{foo="a\nb"}', '5:10: "a\nb": invalid input'],
    [String.raw`{"\x"="a"}`, String.raw`1:5: "\x": invalid input`],
    ["foo='bar'", "4:5: ': invalid input: expected label value"],
    ['foo=`bar`', '4:5: `: invalid input: expected label value'],
    ['foo!', "3:4: unexpected end of input, expected one of '=~': expected an operator such as '=', '!=', '=~' or '!~'"],
    ['foo=~"[a"', '5:9: "[a": error parsing regexp: missing closing ]: `[a`'],
    ['foo=~"(?=x)"', '5:12: "(?=x)": error parsing regexp: invalid or unsupported Perl syntax: `(?=`'],
    ['foo=~"a)|(?:b"', '5:14: "a)|(?:b": error parsing regexp: unexpected ): `a)|(?:b`'],
  ])('%j', (text, message) => {
    expect(() => parseMatchers(text)).toThrow(new MatcherError(message));
  });
});

describe('parseMatcher', () => {
  test('reads exactly one', () => {
    expect(parseMatcher('{foo=bar,}')).toMatchObject({ name: 'foo', op: '=', value: 'bar' });
  });

  test.each([
    ['', 'no matchers'],
    ['{}', 'no matchers'],
    ['foo=bar,bar=baz', 'expected 1 matcher, found 2'],
  ])('refuses %j', (text, message) => {
    expect(() => parseMatcher(text)).toThrow(new MatcherError(message));
  });
});

describe('a matcher', () => {
  test.each([
    ['foo=bar', { foo: 'bar' }, true],
    ['foo=bar', { foo: 'Bar' }, false],
    ['foo=bar', {}, false],
    ['foo=""', {}, true],
    ['foo=""', { foo: '' }, true],
    ['foo!=""', {}, false],
    ['foo!=bar', {}, true],
    ['foo=~"a|b"', { foo: 'b' }, true],
    ['foo=~"a|b"', { foo: 'ab' }, false],
    ['foo=~"a.*"', {}, false],
    ['foo=~".*"', {}, true],
    ['foo!~".+"', {}, true],
    ['foo!~"a.*"', { foo: 'abc' }, false],
    ['foo=~"(?i)ABC"', { foo: 'abc' }, true],
    [String.raw`foo=~"\\w+"`, { foo: 'é' }, false],
    [String.raw`foo=~"\\pL+"`, { foo: 'é' }, true],
    ['foo=~"[[:alpha:]]+"', { foo: 'abc' }, true],
    [String.raw`foo=~"\\Qa.b\\E"`, { foo: 'a.b' }, true],
    ['foo=~"foo.bar"', { foo: 'foo\nbar' }, false],
    ['foo=~"(?s)foo.bar"', { foo: 'foo\nbar' }, true],
    ['foo=~"a$"', { foo: 'a\n' }, false],
    ['foo=~"."', { foo: '🙂' }, true],
    ['constructor=""', {}, true],
    ['constructor=~".+"', {}, false],
    ['"__proto__"=x', JSON.parse('{"__proto__": "x"}') as Record<string, string>, true],
  ])('%s on %j says %s', (text, labels, expected) => {
    expect(parseMatcher(text).matches(labels)).toBe(expected);
  });

  test('takes a hostile value in linear time', () => {
    const value = `${'a'.repeat(50_000)}!`;
    expect(parseMatcher('foo=~"^(a+)+$"').matches({ foo: value })).toBe(false);
  });

  test('is printed so that it parses to itself', () => {
    const text = fc.string({ unit: 'grapheme' });
    const op = fc.constantFrom('=' as const, '!=' as const);
    fc.assert(
      fc.property(text, op, text, (name, sign, value) => {
        const printed = formatMatcher(createMatcher(name, sign, value));
        expect(parseMatcher(printed)).toMatchObject({ name, op: sign, value });
      }),
    );
  });

  test.each([
    [{ name: 'foo', op: '=', value: 'a"b\\c\nd' }, String.raw`foo="a\"b\\c\nd"`],
    [{ name: 'foo.bar', op: '=~', value: '' }, 'foo.bar=~""'],
    [{ name: 'with space', op: '!=', value: 'x' }, '"with space"!="x"'],
    [{ name: '', op: '!~', value: 'x' }, '""!~"x"'],
  ] as const)('%j is printed as %s', (matcher, printed) => {
    expect(formatMatcher(matcher)).toBe(printed);
  });
});
