import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { indexRules } from '../../../../src/config/rule-index.ts';
import { createMatcher, formatMatcher } from '../../../../src/core/matcher.ts';
import { shippedEdition } from '../../../support/shipped-rules.ts';
import { warningsOf } from './warnings.ts';

/** The rules, by their matchers, that no alert gets to, and those that take all of theirs. */
const shadowed = (rules: readonly (string | { matchers: string[]; continue: boolean })[]) =>
  warningsOf(
    'shadowed',
    rules.map((rule) => (typeof rule === 'string' ? { matchers: [rule] } : rule)),
  ).map((warning) => {
    const [, rule] = /^rules\[(\d+)\]/.exec(warning) ?? [];
    return `r${rule} by ${[...warning.matchAll(/"(r\d+)"/g)].map(([, name]) => name).join(' ')}`;
  });

const goesOn = (matcher: string) => ({ matchers: [matcher], continue: true });

test.each([
  ['the same matchers', ['alertname="A"', 'alertname="A"'], ['r1 by r0']],
  ['more matchers', ['alertname="A"', 'alertname="A", severity="page"'], ['r1 by r0']],
  ['fewer matchers', ['alertname="A", severity="page"', 'alertname="A"'], []],
  ['another name', ['alertname="A"', 'alertname="B"'], []],
  ['one of several names', ['alertname=~"A|B"', 'alertname="B"'], ['r1 by r0']],
  ['one name more', ['alertname=~"A|B"', 'alertname=~"B|C"'], []],
  ['names in groups', ['alertname=~"Chain(Up|Down)"', 'alertname=~"(?:ChainDown)|ChainUp"'], ['r1 by r0']],
  ['names of two rules', ['alertname="A"', 'alertname="B"', 'alertname=~"A|B"'], ['r2 by r0 r1']],
  ['names of one rule only', ['alertname="A"', 'alertname=~"A|B"'], []],
  ['a name that a pattern takes', ['alertname=~"Chain.*"', 'alertname="ChainDown"'], ['r1 by r0']],
  ['the same pattern', ['alertname=~"Chain.*"', 'alertname=~"Chain.*", severity="page"'], ['r1 by r0']],
  ['a narrower pattern, which cannot be told', ['alertname=~"Chain.*"', 'alertname=~"ChainNode.*"'], []],
  ['a value that is not the refused one', ['alertname="A", env!="test"', 'alertname="A", env="prod"'], ['r1 by r0']],
  ['a refusal of the same values', ['alertname="A", env!~"test|dev"', 'alertname="A", env!="dev", env!="test"'], ['r1 by r0']],
  ['a refusal of fewer values', ['alertname="A", env!~"test|dev"', 'alertname="A", env!="dev"'], []],
  ['a pattern that refuses the same value', ['alertname="A", env!="dev"', 'alertname="A", env=~"prod.*"'], ['r1 by r0']],
  ['a label that must be missing', ['alertname="A", env=""', 'alertname="A"'], []],
  ['a rule that goes on', [goesOn('alertname="A"'), 'alertname="A"'], []],
  ['a shadowed rule that goes on', ['alertname="A"', goesOn('alertname="A"')], ['r1 by r0']],
  ['a rule behind a shadowed one', ['alertname="A"', 'alertname="A"', 'alertname="A"'], ['r1 by r0', 'r2 by r0']],
])('a rule with %s as one before it', (_, rules, expected) => {
  expect(shadowed(rules)).toEqual(expected);
});

const values = ['', 'a', 'b', 'c', 'ab'];
const matcher = fc
  .tuple(
    fc.constantFrom('alertname', 'x'),
    fc.constantFrom('=', '!=', '=~', '!~'),
    fc.constantFrom('a', 'b', 'c', 'a|b', 'b|c', 'a.*', '(a|b)?', 'a(b|)'),
  )
  .map(([name, op, value]) => createMatcher(name, op as '=', value));
const rules = fc.array(fc.record({ matchers: fc.array(matcher, { minLength: 1, maxLength: 3 }), continue: fc.boolean() }), {
  minLength: 2,
  maxLength: 5,
});

test('whatever the matchers are: no alert ever gets to a rule that is said to be shadowed', () => {
  const alerts = values.flatMap((alertname) => values.map((x) => ({ labels: { alertname, x } })));
  const edition = shippedEdition('archivechain-node-down');
  fc.assert(
    fc.property(rules, (written) => {
      let told: string[] = [];
      try {
        told = shadowed(written.map((rule) => ({ ...rule, matchers: rule.matchers.map(formatMatcher) })));
      } catch {
        return; // no rules that can be loaded
      }
      const indexed = written.map((rule, index) => ({
        ...rule,
        name: `r${index}`,
        edition: { ...edition, rule: { ...edition.rule, matchers: rule.matchers } },
      }));
      const takes = indexRules(indexed);
      const reached = new Set(alerts.flatMap((alert) => takes(alert).map(({ name }) => name)));
      for (const words of told) expect(reached).not.toContain(words.split(' ')[0]);
    }),
    { numRuns: 200 },
  );
});
