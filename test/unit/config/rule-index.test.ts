import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ActiveRule } from '../../../src/config/config.ts';
import { rulesInForce } from '../../../src/config/in-force.ts';
import { indexRules } from '../../../src/config/rule-index.ts';
import type { Edition, GuardPolicy } from '../../../src/core/edition.ts';
import { parseMatchers } from '../../../src/core/matcher.ts';

const guards = { cooldownMs: 1 } as GuardPolicy;
const ladder = [{ remediation: 'restart', mode: 'observe' }] as unknown as Edition['ladder'];

function rule(name: string, matchers: string, goesOn = false): ActiveRule {
  const edition = { rule: { name, mode: 'act', matchers: parseMatchers(matchers), guards }, ladder } as unknown as Edition;
  return { rule: name, hash: name, edition, dry: null, starts: { schedule: null, manual: false, labels: {} }, continue: goesOn };
}

const names = (rules: readonly ActiveRule[], labels: Record<string, string>): string[] =>
  indexRules(rules)({ labels }).map((one) => one.rule);

describe('of the rules that match', () => {
  test('the first takes the alert', () => {
    const rules = [rule('a', 'alertname=A, team=x'), rule('b', 'alertname=A'), rule('c', 'alertname=~".+"')];
    expect(names(rules, { alertname: 'A', team: 'x' })).toEqual(['a']);
    expect(names(rules, { alertname: 'A' })).toEqual(['b']);
    expect(names(rules, { alertname: 'B' })).toEqual(['c']);
    expect(names(rules, { team: 'x' })).toEqual([]);
  });

  test('later ones are asked as long as each says so', () => {
    const rules = [rule('a', 'alertname=A', true), rule('b', 'team=x', true), rule('c', 'alertname=~"A|B"'), rule('d', 'alertname=A')];
    expect(names(rules, { alertname: 'A', team: 'x' })).toEqual(['a', 'b', 'c']);
    expect(names(rules, { alertname: 'B', team: 'x' })).toEqual(['b', 'c']);
  });

  test('none is named by the prototype of a label set', () => {
    const rules = [rule('a', 'alertname=constructor'), rule('b', 'alertname=""')];
    expect(names(rules, {})).toEqual(['b']);
    expect(names(rules, { alertname: 'constructor' })).toEqual(['a']);
  });
});

/** Written out, patterns of each kind, negations, what only a missing label matches, names that objects have of themselves. */
const lines = `
  alertname="A" alertname="B" alertname="C" alertname="" alertname=~"A|B" alertname=~"A|A|C" alertname=~"A.*" alertname=~"|A"
  alertname=~"" alertname!="A" alertname!~"A|B" alertname!~"A.*"
  team=x team!=x team=~".+" team=~"x|y" team="" team!="" team!~"x|"
  constructor=x constructor="" "__proto__"=x "__proto__"!=x toString=~"x|y"
`
  .trim()
  .split(/\s+/);

test('the index finds what asking one rule after the other would find', () => {
  const spec = fc.record({ matchers: fc.array(fc.constantFrom(...lines), { minLength: 1, maxLength: 3 }), goesOn: fc.boolean() });
  const value = fc.constantFrom('A', 'B', 'C', 'x', 'y', '');
  const labelSet = fc.dictionary(fc.constantFrom('alertname', 'team', 'constructor', '__proto__', 'toString'), value);
  fc.assert(
    fc.property(fc.array(spec, { maxLength: 12 }), labelSet, (specs, labels) => {
      const rules = specs.map(({ matchers, goesOn }, index) => rule(`r${index}`, matchers.join(','), goesOn));
      const matching = rules.filter((_, index) =>
        parseMatchers(specs[index]?.matchers.join(',') ?? '').every((one) => one.matches(labels)),
      );
      const end = matching.findIndex((one) => !one.continue);
      expect(indexRules(rules)({ labels })).toEqual(end === -1 ? matching : matching.slice(0, end + 1));
    }),
    { numRuns: 1000 },
  );
});

describe('ten thousand rules ask no more of an alert than a hundred, told apart by', () => {
  const labels = { alertname: 'A50', namespace: 'ns-50', severity: 'critical' };

  test.each([
    ['their alert', (index: number) => `alertname=A${index}, severity=critical`],
    ['a label besides one alert', (index: number) => `alertname=A50, namespace=ns-${index}, severity=critical`],
    ['several values of a label', (index: number) => `alertname=~".+", namespace=~"ns-${index}|other-${index}"`],
  ])('%s', (_what, matchers) => {
    const asked = (count: number): number => {
      const match = indexRules(Array.from({ length: count }, (_, index) => rule(`r${index}`, matchers(index))));
      let reads = 0;
      const counted = new Proxy<Record<string, string>>(labels, { get: (target, key: string) => ((reads += 1), target[key]) });
      expect(match({ labels: counted }).map((one) => one.rule)).toEqual(['r50']);
      return reads;
    };
    expect(asked(10_000)).toBe(asked(100));
  });
});

describe('what is in force', () => {
  const rules = [rule('a', 'alertname=A')];

  test('is what the rule says', () => {
    const inForce = rulesInForce({ rules, dryRun: false });
    expect(inForce.permission('a')).toEqual({ ruleExists: true, mode: 'act', guards, rungs: ladder });
    expect(inForce.rule('a')).toBe(rules[0]);
    expect(inForce.match({ labels: { alertname: 'A' } })).toEqual(rules);
  });

  test('is to observe under --dry-run', () => {
    expect(rulesInForce({ rules, dryRun: true }).permission('a').mode).toBe('observe');
  });

  test('is nothing for a rule that is no longer there', () => {
    expect(rulesInForce({ rules, dryRun: false }).permission('b')).toEqual({
      ruleExists: false,
      mode: 'observe',
      guards: null,
      rungs: null,
    });
  });
});
