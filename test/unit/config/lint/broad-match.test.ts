import { expect, test } from 'vitest';
import { warningsOf } from './warnings.ts';

const broad = ['rules[0].matchers: the rule may act on alerts of any name, whatever they are about'];

test.each([
  ['by severity alone', ['severity="critical"'], broad],
  ['all but one name', ['alertname!="Watchdog"', 'severity="critical"'], broad],
  ['any name there is', ['alertname=~".+"'], broad],
  ['one name', ['alertname="NodeDown"'], []],
  ['names of one family', ['alertname=~"Chain.*"'], []],
])('a rule that may act and takes alerts %s', (_, matchers, expected) => {
  expect(warningsOf('broad-match', [{ matchers, mode: 'act' }])).toEqual(expected);
});

test('a rule that asks is told what it may do, one that observes may look at everything', () => {
  expect(warningsOf('broad-match', [{ matchers: ['team="chain"'], mode: 'approve' }])).toEqual([
    'rules[0].matchers: the rule may ask on alerts of any name, whatever they are about',
  ]);
  expect(warningsOf('broad-match', [{ matchers: ['team="chain"'] }])).toEqual([]);
});
