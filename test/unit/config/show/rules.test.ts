import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../../../src/config/load.ts';
import { guardsSchema } from '../../../../src/config/schema/rule.ts';
import { effectiveRules, type EffectiveRule } from '../../../../src/config/show/rules.ts';
import { valueText } from '../../../../src/config/show/setting.ts';
import { vocabulary } from '../vocabulary.ts';

const cwd = join(import.meta.dirname, '../../../fixtures/config/good');
const { written } = loadConfig({ flags: {}, environment: {}, cwd, vocabulary });
const [down, observed] = effectiveRules(written, false) as [EffectiveRule, EffectiveRule];

const said = ({ settings, guards }: EffectiveRule, name: string) =>
  [...settings, ...guards].filter((setting) => setting.name === name).map(({ value, from, file, line }) => [value, from, file, line]);

const file = 'rules/archivechain.yaml';

test('a rule is shown with its matchers, its ladder and the mode of each rung', () => {
  expect(down).toMatchObject({
    name: 'archivechain-node-down',
    team: 'archivechain',
    file,
    line: 2,
    continue: true,
    mode: 'act',
    dryRun: false,
    matchers: [
      { name: 'alertname', op: '=', value: 'ArchiveChainNodeDown' },
      { name: 'severity', op: '=', value: 'critical' },
      { name: 'app', op: '=', value: 'archivechain' },
    ],
    ladder: [
      { remediation: 'node-recovery', mode: 'act', when: [], with: { min_peers: 4 } },
      { remediation: 'restart', mode: 'approve', when: ['not-applicable'], with: {} },
    ],
    windows: { active: [], mute: [] },
    workloads: ['archivechain'],
  });
  expect(down.ladder[1]?.steps.map(({ does }) => does)).toContain('action kubernetes/delete-pod');
});

describe('each value is told with who said it, and where', () => {
  test.each([
    ['cooldown', [[{ text: '15m', ms: 900_000 }, 'rule', file, 22]]],
    ['min_age', [[{ text: '3m', ms: 180_000 }, 'defaults', 'remediad.yaml', 49]]],
    ['target_cooldown', [[{ text: '5m', ms: 300_000 }, 'built in', null, null]]],
    ['max_unavailable', [['34%', 'rule', file, 24]]],
    ['min_healthy', [[2, 'rule', file, 25]]],
    ['budgets', [[[{ max: 3, per: { text: '1h', ms: 3_600_000 }, scope: 'target' }], 'rule', file, 23]]],
    ['loop', [[{ max_ineffective: 2, within: { text: '2h', ms: 7_200_000 } }, 'rule', file, 27]]],
    [
      'protected_namespaces',
      [
        [['kube-system', 'monitoring'], 'defaults', 'remediad.yaml', 49],
        [['vault'], 'rule', file, 28],
      ],
    ],
    ['verify.within', [[{ text: '12m', ms: 720_000 }, 'rule', file, 20]]],
    ['verify.stable_for', [[{ text: '1m', ms: 60_000 }, 'defaults', 'remediad.yaml', 50]]],
    ['verify.check', [['http/probe', 'rule', file, 20]]],
    ['deadline', [[{ text: '2h', ms: 7_200_000 }, 'rule', file, 30]]],
    ['escalate_after', [['never', 'rule', file, 31]]],
    ['escalation', [['chain-oncall', 'rule', file, 33]]],
  ])('%s', (name, expected) => {
    expect(said(down, name)).toEqual(expected);
  });

  test('what depends on the priority is told for each that the alert may have', () => {
    expect(said(observed, 'escalate_after of P0')).toEqual([[{ text: '0s', ms: 0 }, 'priorities', 'remediad.yaml', 29]]);
    expect(said(observed, 'escalate_after of P1')).toEqual([[{ text: '20m', ms: 1_200_000 }, 'defaults', 'remediad.yaml', 51]]);
    expect(said(observed, 'escalate_after of P3')).toEqual([['never', 'priorities', 'remediad.yaml', 30]]);
  });

  test('every guard that can be set is there', () => {
    expect(new Set(observed.guards.map(({ name }) => name))).toEqual(new Set(Object.keys(guardsSchema.shape)));
  });

  test('a time that is raised because nobody can be asked about alerts comes from nobody', () => {
    const alone = { ...written, rules: written.rules.map((rule) => withWithin(rule, 900_000)) };
    expect(said(effectiveRules(alone, false)[0] as EffectiveRule, 'verify.within')).toEqual([
      [{ text: '15m', ms: 900_000 }, 'built in', null, null],
    ]);
  });
});

type Rule = (typeof written.rules)[number];

function withWithin(rule: Rule, withinMs: number): Rule {
  const { verify } = rule.edition.rule;
  return { ...rule, edition: { ...rule.edition, rule: { ...rule.edition.rule, verify: { ...verify, withinMs } } } };
}

test.each([
  [null, 'none'],
  [[], 'none'],
  [['a', 'b'], 'a, b'],
  [{ text: '5m', ms: 300_000 }, '5m'],
  [[{ max: 3, per: { text: '1h', ms: 3_600_000 }, scope: 'target' }], 'max 3 per 1h scope target'],
  [2, '2'],
  ['${labels.a}', '${labels.a}'],
])('a value reads as it is written: %j', (value, text) => {
  expect(valueText(value)).toBe(text);
});
