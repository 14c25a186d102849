import { describe, expect, test } from 'vitest';
import { createMatcher, formatMatcher, MatcherError, parseMatchers, type MatcherOp } from '../../../../src/core/matcher.ts';
import { outcome, readTable } from './read.ts';

interface Table {
  readonly cases: readonly (readonly [input: string, read: readonly string[] | string])[];
  readonly classic: readonly (readonly [input: string, read: readonly string[]])[];
}

const { cases, classic } = readTable('matchers') as Table;
const read = (text: string): readonly string[] | string => outcome(MatcherError, () => parseMatchers(text).map(formatMatcher));

/** Alertmanager's pattern is wrapped in `^(?:…)$` in its message and has no place; ours is as it was written, and where. */
const otherwise = new Map([['{foo=~"invalid[regexp"}', '6:22: "invalid[regexp": error parsing regexp: missing closing ]: `[regexp`']]);

describe('matchers are read as Alertmanager reads them', () => {
  test.each(cases)('%j', (input, expected) => {
    expect(read(input)).toEqual(otherwise.get(input) ?? expected);
  });
});

/** Alertmanager tries this older grammar too and prefers it; a rule is read in one grammar, so that nobody has to know which won. */
describe('what only the older grammar of Alertmanager reads is refused', () => {
  /** The newer grammar reads these too, otherwise: escapes are Go's. */
  const both = ['foo="\\xf0\\x9f\\x99\\x82"', '{foo="\\xf0\\x9f\\x99\\x82"}'];

  test.each(classic.filter(([input]) => !both.includes(input)))('%j', (input) => {
    expect(read(input)).toBeTypeOf('string');
  });

  test.each(both)('but for %j, which says the same in quotes', (input) => {
    expect(read(input)).toEqual(['foo="🙂"']);
  });
});

/** pkg/labels/matcher_test.go of Alertmanager 0.33.1. */
describe('a matcher tests a value as in Alertmanager', () => {
  test.each<[MatcherOp, string, string, boolean]>([
    ['=', 'bar', 'bar', true],
    ['=', 'bar', 'foo-bar', false],
    ['!=', 'bar', 'bar', false],
    ['!=', 'bar', 'foo-bar', true],
    ['=~', 'bar', 'bar', true],
    ['=~', 'bar', 'foo-bar', false],
    ['=~', '.*bar', 'foo-bar', true],
    ['!~', 'bar', 'bar', false],
    ['!~', 'bar', 'foo-bar', true],
    ['!~', '.*bar', 'foo-bar', false],
    ['=~', 'foo.bar', 'foo-bar', true],
    ['=~', String.raw`foo\.bar`, 'foo-bar', false],
    ['=~', String.raw`foo\.bar`, 'foo.bar', true],
    ['=', 'foo\nbar', 'foo\nbar', true],
    ['=~', 'foo.bar', 'foo\nbar', false],
    ['=~', '(?s)foo.bar', 'foo\nbar', true],
    ['=', '~!="', '~!="', true],
  ])('%s %j on %j: %s', (op, pattern, value, expected) => {
    expect(createMatcher('foo', op, pattern).matches({ foo: value })).toBe(expected);
  });

  test.each<[string, MatcherOp, string, string]>([
    ['foo', '=', 'bar', 'foo="bar"'],
    ['foo', '!=', 'bar', 'foo!="bar"'],
    ['foo', '=~', 'bar', 'foo=~"bar"'],
    ['foo', '!~', 'bar', 'foo!~"bar"'],
    ['foo', '=', 'back\\slash', String.raw`foo="back\\slash"`],
    ['foo', '=', 'double"quote', String.raw`foo="double\"quote"`],
    ['foo', '=', 'new\nline', String.raw`foo="new\nline"`],
    ['foo', '=', 'tab\tstop', 'foo="tab\tstop"'],
    ['foo', '=', '🙂', 'foo="🙂"'],
    ['foo!', '!=', 'bar', '"foo!"!="bar"'],
    ['foo🙂', '=', 'bar', 'foo🙂="bar"'],
    ['foo bar', '=', 'baz', '"foo bar"="baz"'],
  ])('%s %s %j is printed %s', (name, op, value, printed) => {
    expect(formatMatcher(createMatcher(name, op, value))).toBe(printed);
  });
});
