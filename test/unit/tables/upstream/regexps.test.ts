import { describe, expect, test } from 'vitest';
import { compileRegexp, RegexpError } from '../../../../src/core/regexp.ts';
import { outcome, readTable } from './read.ts';

type Found = 'no' | 'finds' | 'spans';

interface Table {
  readonly cases: readonly (readonly [pattern: string, texts: readonly (readonly [text: string, found: Found])[]])[];
  readonly refused: readonly (readonly [pattern: string, message: string])[];
}

const { cases, refused } = readTable('regexps') as Table;

describe('a pattern finds and spans what it does in Go', () => {
  test.each(cases)('%j', (pattern, texts) => {
    const { finds, spans } = compileRegexp(pattern);
    const found = (text: string): Found => (spans(text) ? 'spans' : finds(text) ? 'finds' : 'no');
    expect(texts.map(([text]) => [text, found(text)])).toEqual(texts);
  });
});

const why = (pattern: string): unknown => outcome(RegexpError, () => compileRegexp(pattern));

describe('a pattern is refused as in Go', () => {
  /** Go quotes the empty rest behind the message. */
  const otherwise = new Map([['abc\\', 'error parsing regexp: trailing backslash at end of expression']]);

  test.each(refused)('%j', (pattern, message) => {
    expect(why(pattern)).toBe(otherwise.get(pattern) ?? message);
  });
});

/** Go takes two groups of one name, RE2 in C++ does not; nothing here reads groups, so it can only be a slip. */
test('two groups of one name are refused', () => {
  expect(why('(?P<n>a)(?P<n>b)')).toBe('error parsing regexp: duplicate capture group name: `n`');
});

/** Alone it does so in Go too. In a matcher of Alertmanager it would swallow the end of the group that anchors it, which no longer happens here. */
test('a quotation that is not ended reaches to the end of the pattern', () => {
  expect(compileRegexp(String.raw`\Qa.b`).spans('a.b')).toBe(true);
  expect(compileRegexp(String.raw`\Qa.b`).spans('acb')).toBe(false);
});
