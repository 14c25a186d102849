import { expect, test } from 'vitest';
import { warningsOf } from './warnings.ts';

const rules = [{ matchers: ['alertname="A"'] }, { matchers: ['alertname="B"'], mode: 'act' }, { matchers: ['alertname="C"'], mode: 'act' }];
const words = 'may act, and nobody can be asked whether an alert still fires: only a webhook that comes again tells, or the lack of one';

test('of all rules that may act without a source of alerts, one is told', () => {
  const prometheus = undefined;
  expect(warningsOf('no-source', rules, { prometheus })).toEqual([`rules[1].mode: the rule and 1 more ${words}`]);
  expect(warningsOf('no-source', rules.slice(0, 2), { prometheus })).toEqual([`rules[1].mode: the rule ${words}`]);
  expect(warningsOf('no-source', rules.slice(0, 1), { prometheus })).toEqual([]);
});

test('either source is enough', () => {
  expect(warningsOf('no-source', rules)).toEqual([]);
  expect(warningsOf('no-source', rules, { prometheus: undefined, alertmanager: { url: 'http://127.0.0.1:9093' } })).toEqual([]);
});
