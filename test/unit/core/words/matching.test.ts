import { expect, test } from 'vitest';
import type { MatchExplanation } from '../../../../src/core/explain-match.ts';
import { linesOfRules, sentenceOfMatch } from '../../../../src/core/words.ts';

const met = { label: 'alertname', matcher: 'alertname="NodeDown"', have: 'NodeDown', matches: true };
const match: MatchExplanation = { rule: 'node-down', mode: 'act', matches: true, takes: true, matchers: [met] };

test.each([
  [match, 'node-down (mode act) takes it: alertname="NodeDown" matches.'],
  [{ ...match, takes: false }, 'node-down (mode act) matches, but a rule before it took it: alertname="NodeDown" matches.'],
  [
    {
      ...match,
      takes: false,
      matches: false,
      matchers: [met, { label: 'severity', matcher: 'severity="critical"', have: 'war\u0007ning', matches: false }],
    },
    String.raw`node-down (mode act) does not match: alertname="NodeDown" matches; severity="critical" does not match "war\\u0007ning".`,
  ],
  [
    { ...match, takes: false, matches: false, matchers: [{ label: 'team', matcher: 'team="a"', have: '', matches: false }] },
    'node-down (mode act) does not match: team="a" does not match an alert without this label.',
  ],
  [{ ...match, takes: false, matches: false, matchers: [] }, 'node-down (mode act) is started by no alert.'],
])('a rule and its matchers: %#', (told, sentence) => {
  expect(sentenceOfMatch(told)).toBe(sentence);
});

test('the rules, and how many others there are', () => {
  expect(linesOfRules({ rules: [match], others: 0 })).toHaveLength(1);
  expect(linesOfRules({ rules: [], others: 1 })).toEqual(['No rule takes it.', '1 other rule does not match.']);
  expect(linesOfRules({ rules: [match], others: 4 })[1]).toBe('4 other rules do not match.');
});
