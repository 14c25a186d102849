import { describe, expect, test } from 'vitest';
import { explainMatch, explainRules, nearestOf, type RuleInForce } from '../../../src/core/explain-match.ts';
import type { EditionRule } from '../../../src/core/edition.ts';
import { sampleEdition } from '../../support/sample.ts';

const edition = sampleEdition();
function rule(name: string, ...matchers: EditionRule['matchers']): RuleInForce {
  return { rule: name, edition: { ...edition, rule: { ...edition.rule, name, matchers } }, dry: null };
}
const named = (value: string) => ({ name: 'alertname', op: '=', value }) as const;
const labels = { alertname: 'NodeDown', severity: 'warning' };

test('each matcher is told with the value that it met', () => {
  const told = explainMatch(labels, rule('a', named('NodeDown'), { name: 'severity', op: '=~', value: 'critical|page' }), false);
  expect(told).toEqual({
    rule: 'a',
    mode: 'act',
    matches: false,
    takes: false,
    matchers: [
      { label: 'alertname', matcher: 'alertname="NodeDown"', have: 'NodeDown', matches: true },
      { label: 'severity', matcher: 'severity=~"critical|page"', have: 'warning', matches: false },
    ],
  });
});

test('a label that is missing is empty, though every object has a property of its name', () => {
  expect(explainMatch(labels, rule('a', named('constructor'), { name: 'constructor', op: '=', value: '' }), false).matchers[1]).toEqual({
    label: 'constructor',
    matcher: 'constructor=""',
    have: '',
    matches: true,
  });
});

describe('of many rules', () => {
  const near = rule('near', named('NodeDown'), { name: 'severity', op: '=', value: 'critical' });
  const shadowed = rule('shadowed', named('NodeDown'));
  const far = rule('far', named('Other'), { name: 'severity', op: '!=', value: 'warning' });
  const takes = rule('takes', named('NodeDown'));

  test('those that take the alert come first, then the nearest, and the rest is counted', () => {
    const told = explainRules(labels, [far, near, takes, shadowed], ['takes']);
    expect(told.rules.map((one) => [one.rule, one.matches, one.takes])).toEqual([
      ['takes', true, true],
      ['shadowed', true, false],
      ['near', false, false],
    ]);
    expect(told.others).toBe(1);
  });

  test('a rule is near only by a label that is there', () => {
    const absent = rule('absent', named('Other'), { name: 'team', op: '!=', value: 'x' });
    expect(explainRules(labels, [absent], [])).toEqual({ rules: [], others: 1 });
  });

  test('three near ones are told, however many there are, and those with a pattern among them', () => {
    const many = Array.from({ length: 120 }, (_, at) => rule(`r-${at}`, named(`Other${at}`), { name: 'severity', op: '=~', value: 'w.*' }));
    const told = explainRules(labels, [...many, near], []);
    expect(told.rules.map((one) => one.rule)).toEqual(['near', 'r-0', 'r-1']);
    expect(told.others).toBe(118);
  });

  test('the same of rules that were explained already', () => {
    const all = [far, near, takes].map((one) => explainMatch(labels, one, one === takes));
    expect(nearestOf(all).rules.map((one) => one.rule)).toEqual(['takes', 'near']);
  });
});
