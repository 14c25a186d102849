import { expect, test } from 'vitest';
import { warningsOf } from './warnings.ts';

const act = (matchers: string, rest: object = {}) => ({ matchers: [matchers], mode: 'act', ...rest });
const goesOn = { continue: true };
const other = { target: { kind: 'Pod', namespace: 'a', find: { name: 'b' } } };

/** Which rules act on what others act on, and for how many alerts that takes. */
const told = (rules: readonly object[]) =>
  warningsOf('same-target', rules).map((warning) => {
    const [, later, first, words = ''] = /^rules\[(\d+)\]\.matchers: rule "r(\d+)" \(rules.yaml:1\) (.*)$/.exec(warning) ?? [];
    return `r${first} r${later} ${words.startsWith('takes the same alerts') ? 'one alert' : 'two alerts'}`;
  });

test.each([
  ['take one alert, because the first goes on', [act('alertname="A"', goesOn), act('alertname="A"', other)], ['r0 r1 one alert']],
  ['take one alert of several names', [act('alertname=~"A|B"', goesOn), act('alertname=~"B|C"')], ['r0 r1 one alert']],
  ['take one alert of any name', [act('team="a"', goesOn), act('alertname="A"', other)], ['r0 r1 one alert']],
  ['are about other alerts', [act('alertname="A"', goesOn), act('alertname="B"', goesOn)], []],
  ['are about other severities', [act('alertname="A", severity="page"', goesOn), act('alertname="A", severity="info"', goesOn)], []],
  ['observe but for one', [{ matchers: ['alertname="A"'], ...goesOn }, act('alertname="A"')], []],
  ['are kept apart by one in between', [act('alertname="A"', goesOn), { matchers: ['alertname="A"'] }, act('alertname="A"')], []],
  ['differ in a label that is not of the target', [act('alertname="A", severity="page"'), act('alertname="A"')], ['r0 r1 two alerts']],
  ['differ in a label of the target', [act('alertname="A", pod="a-0"'), act('alertname="A"')], []],
  ['differ in the target', [act('alertname="A", severity="page"'), act('alertname="A"', other)], []],
  ['are shadowed', [act('alertname="A"'), act('alertname="A"')], []],
])('rules that may act and %s', (_, rules, expected) => {
  expect(told(rules)).toEqual(expected);
});

test('a rule is told the first that it collides with, and is told once', () => {
  expect(told([act('alertname="A"', goesOn), act('alertname="A"', goesOn), act('alertname="A"')])).toEqual([
    'r0 r1 one alert',
    'r0 r2 one alert',
  ]);
});
