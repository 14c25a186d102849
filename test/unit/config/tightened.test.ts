import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadConfig } from '../../../src/config/load.ts';
import { rulesInForce } from '../../../src/config/in-force.ts';
import type { Config } from '../../../src/config/config.ts';
import { guardsSchema, ruleSchema } from '../../../src/config/schema/rule.ts';
import { decide } from '../../../src/core/decide-run.ts';
import type { Edition } from '../../../src/core/edition.ts';
import type { FactTypes } from '../../../src/core/facts.ts';
import type { Plan } from '../../../src/core/plan.ts';
import { policyOf } from '../../../src/core/permission.ts';
import { writeFiles } from '../../support/daemon.ts';
import { ago, found, health, history, inputOf, minutes, workload } from '../core/guards/fixture.ts';
import { vocabulary } from './vocabulary.ts';

/**
 * Every way in which a rule can be made stricter while one of its runs is under way, as YAML before and after. The run is pinned to what was
 * before and stands in front of its next effect, where all is well by its own edition.
 */

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'rmd-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

type Map = Readonly<Record<string, unknown>>;

const loose = {
  cooldown: '0s',
  target_cooldown: '0s',
  budgets: [{ max: 9, per: '1h', scope: 'target' }],
  max_unavailable: 3,
  min_healthy: 0,
  quorum: 'off',
  min_age: '0s',
  loop: { max_ineffective: 9, within: '1m' },
  max_hold: '1h',
  unknown_grace: '1h',
};
const before = {
  name: 'node-down',
  matchers: ['alertname="NodeDown"'],
  mode: 'act',
  target: { kind: 'Pod', namespace: '${labels.namespace}', find: { name: '${labels.pod}' } },
  remediations: [{ use: 'restart' }],
  guards: loose,
  escalation: 'oncall',
};
const interval = { name: 'once', time_intervals: [{ years: ['2001'] }] };
const restart = { steps: [{ name: 'go', action: 'kubernetes/delete-pod' }] };

async function load(rules: readonly Map[], global: Map = {}, teams: readonly Map[] = []): Promise<Config> {
  await writeFiles(folder, {
    'remediad.yaml': {
      global,
      teams,
      time_intervals: [interval],
      receivers: [{ name: 'pager', type: 'webhook', url: 'https://pager.test', secret_file: 'key' }],
      escalation_policies: [{ name: 'oncall', steps: [{ after: '0s', notify: ['pager'] }] }],
    },
    'rules/rules.yaml': { rules },
    'remediations/restart.yaml': { name: 'restart', ...restart },
    'remediations/other.yaml': { name: 'other', ...restart },
  });
  const { config, problems } = loadConfig({ flags: {}, environment: {}, cwd: folder, vocabulary });
  if (config === null) throw new Error(JSON.stringify(problems));
  return config;
}

const guards = (over: Map): readonly Map[] => [{ ...before, guards: { ...loose, ...over } }];

/** Decides on the pinned edition with the permission of the rules that are in force. */
function decided(edition: Edition, config: Config, facts: Partial<FactTypes> = {}, plan: Partial<Plan> = {}) {
  const permission = rulesInForce(config).permission('node-down');
  return decide({ ...inputOf({ facts, plan }), edition, permission });
}

interface Case {
  readonly after: readonly Map[];
  readonly global?: Map;
  readonly teams?: readonly Map[];
  readonly then: string;
  readonly reason: string | null;
  /** Facts on which the pinned rule alone would act. */
  readonly facts?: Partial<FactTypes>;
  readonly plan?: Partial<Plan>;
}

const young = found({ createdAt: ago(minutes(3)), readySince: null });
const acted = { rung: 0, outcome: 'verified', acted: true, endedAt: ago(minutes(3)), ineffective: [] };
const inVain = { ...acted, endedAt: ago(minutes(30)), ineffective: [{ run: 'r-0', at: ago(minutes(30)) }] };
const three = (healthy: number) => ({ workload: { workload, health: health(healthy, 3) } });

const cases: Readonly<Record<string, Case>> = {
  'its mode: observe': { after: [{ ...before, mode: 'observe' }], then: 'observe', reason: 'observe-only' },
  'its mode: approve': { after: [{ ...before, mode: 'approve' }], then: 'ask', reason: 'approval-required' },
  'the mode of its rung: observe': {
    after: [{ ...before, remediations: [{ use: 'restart', mode: 'observe' }] }],
    then: 'observe',
    reason: 'observe-only',
  },
  'the mode of its rung: approve': {
    after: [{ ...before, remediations: [{ use: 'restart', mode: 'approve' }] }],
    then: 'ask',
    reason: 'approval-required',
  },
  'its rung, which is gone': { after: [{ ...before, remediations: [{ use: 'other' }] }], then: 'skip', reason: 'rule-removed' },
  'the rule, which is gone': { after: [], then: 'skip', reason: 'rule-removed' },
  'the rule, which has another name': { after: [{ ...before, name: 'node-gone' }], then: 'skip', reason: 'rule-removed' },
  'global.dry_run': { after: [before], global: { dry_run: true }, then: 'observe', reason: 'observe-only' },
  active_time_intervals: { after: [{ ...before, active_time_intervals: ['once'] }], then: 'hold', reason: 'outside-window' },
  mute_time_intervals: {
    after: [{ ...before, mute_time_intervals: ['once'], active_time_intervals: ['once'] }],
    then: 'hold',
    reason: 'outside-window',
  },
  protected_namespaces: { after: guards({ protected_namespaces: ['chain'] }), then: 'escalate', reason: 'protected' },
  'the namespaces of its team': {
    after: [{ ...before, team: 'edge' }],
    teams: [{ name: 'edge', namespaces: ['edge'], highest_mode: 'act' }],
    then: 'escalate',
    reason: 'outside-team',
  },
  cooldown: { after: guards({ cooldown: '10m' }), then: 'hold', reason: 'cooling-down', facts: { history: { ...history, memory: acted } } },
  max_unavailable: { after: guards({ max_unavailable: 1 }), then: 'hold', reason: 'too-few-healthy', facts: three(1) },
  min_healthy: { after: guards({ min_healthy: 3 }), then: 'hold', reason: 'too-few-healthy' },
  quorum: {
    after: guards({ quorum: 'majority' }),
    then: 'escalate',
    reason: 'quorum-at-risk',
    plan: { healthy: { during: -1, after: 0 } },
  },
  min_age: { after: guards({ min_age: '1h' }), then: 'hold', reason: 'settling', facts: { target: young } },
  loop: {
    after: guards({ loop: { max_ineffective: 1, within: '4h' } }),
    then: 'escalate',
    reason: 'not-helping',
    facts: { history: { ...history, memory: inVain } },
  },
};

describe('a run stops at its next effect when somebody tightens', () => {
  test.each(Object.entries(cases))('%s', async (_, { after, global, teams, then, reason, facts, plan }) => {
    const pinned = (await load([before])).rules[0]!.edition;
    expect(decided(pinned, await load([before]), facts, plan)).toMatchObject({ then: 'run', reason: null });
    expect(decided(pinned, await load(after, global, teams), facts, plan)).toMatchObject({ then, reason });
  });

  /** What is taken by the gate, or bounds how long it waits, is in the policy that both use. */
  test.each([
    ['target_cooldown', { target_cooldown: '7m' }, { targetCooldownMs: minutes(7) }],
    ['budgets', { budgets: [{ max: 1, per: '1h', scope: 'target' }] }, { budgets: [{ max: 1, perMs: minutes(60), scope: 'target' }] }],
    ['max_in_flight', { max_in_flight: 1 }, { maxInFlight: 1 }],
    ['max_hold', { max_hold: '5m' }, { maxHoldMs: minutes(5) }],
    ['unknown_grace', { unknown_grace: '1m' }, { unknownGraceMs: minutes(1) }],
  ])('%s', async (_, over, expected) => {
    const { edition } = (await load([before])).rules[0]!;
    const permission = rulesInForce(await load(guards(over))).permission('node-down');
    expect(policyOf({ ...inputOf(), edition, permission })).toMatchObject(expected);
  });

  test('each guard that a rule can have is in one of these tables', () => {
    const told = [...Object.keys(cases), 'target_cooldown', 'budgets', 'max_in_flight', 'max_hold', 'unknown_grace'];
    const settable = [...Object.keys(guardsSchema.shape), ...Object.keys(ruleSchema.shape).filter((key) => key.endsWith('_intervals'))];
    expect(told).toEqual(expect.arrayContaining(settable));
  });
});

describe('and nobody gets more than was pinned when somebody loosens', () => {
  test.each([
    ['the mode', [{ ...before, mode: 'observe' }], 'observe'],
    ['the namespaces', guards({ protected_namespaces: ['chain'] }), 'escalate'],
    ['the windows', [{ ...before, active_time_intervals: ['once'] }], 'hold'],
  ])('%s', async (_, strict, then) => {
    const pinned = (await load(strict)).rules[0]!.edition;
    expect(decided(pinned, await load([before])).then).toBe(then);
  });
});
