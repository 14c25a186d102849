import type { Edition, EscalationPolicy } from '../../src/core/edition.ts';
import { untouched } from '../../src/core/run-start.ts';
import type { Hold, Run, Trigger } from '../../src/core/run.ts';
import type { Refusal } from '../../src/core/decide.ts';
import type { Plan } from '../../src/core/plan.ts';

/** A run and its edition as they are met in life; a test overrides what it is about. */

/** 2025-07-24 12:00:00 UTC */
export const NOON = 1_753_358_400_000;

/** Triggers that are no alerts. */
export const byHand = { kind: 'manual', id: 'ana', why: null } as const satisfies Trigger;
export const onSchedule = { kind: 'schedule', id: '2025-07-24T12:00:00.000Z', startBy: NOON + 60_000 } as const satisfies Trigger;

export function sampleRun(over: Partial<Run> = {}): Run {
  return {
    ...untouched,
    schema: 1,
    id: 'r-1a',
    rule: 'archivechain-node-down',
    slot: 'archivechain-node-down|pod:main/archivechain-prod/node-1',
    trigger: { kind: 'alert', id: 'f00dfeed' },
    dry: null,
    edition: 'e'.repeat(64),
    priority: 'P1',
    acceptedAt: NOON,
    labels: { alertname: 'ArchiveChainNodeDown', namespace: 'archivechain-prod', pod: 'node-1', severity: 'critical' },
    annotations: { summary: 'node-1 does not answer' },
    generatorURL: 'http://prometheus:9090/graph?g0.expr=up+%3D%3D+0&g0.tab=1',
    episodes: { f00dfeed: { status: 'firing', startsAt: NOON - 60_000, lastSeen: NOON } },
    target: {
      cluster: 'main',
      kind: 'Pod',
      namespace: 'archivechain-prod',
      find: { by: 'name', value: 'node-1' },
      key: 'pod:main/archivechain-prod/node-1',
      unresolved: null,
    },
    pinned: {
      uid: 'u-1',
      name: 'node-1',
      subject: 'pod:main/archivechain-prod/node-1',
      workload: 'statefulset:main/archivechain-prod/node',
    },
    since: NOON,
    deadlineAt: NOON + 3_600_000,
    ...over,
  };
}

export function sampleEffect(over: Partial<Run['effects'][number]> = {}): Run['effects'][number] {
  return {
    id: '0/restart/1',
    action: 'kubernetes/delete-pod',
    describe: 'delete pod archivechain-prod/node-1 (uid u-1)',
    planHash: 'p'.repeat(64),
    replaces: true,
    uid: 'u-1',
    at: NOON + 5_000,
    result: 'done',
    message: '',
    output: {},
    ...over,
  };
}

/** A hold since `since`, to be looked at again at once. */
export function sampleHold(reason: Hold['reason'], over: Partial<Hold> = {}): Hold {
  const { since = NOON } = over;
  return { reason, detail: '', since, from: since, until: since, nextEligibleAt: null, waitFor: [], ...over };
}

export function sampleRefusal(over: Partial<Refusal> = {}): Refusal {
  return {
    guard: 'health',
    result: 'refuse',
    reason: 'too-few-healthy',
    have: '2 of 3 healthy',
    need: '3',
    clears: 'another member becomes ready',
    nextEligibleAt: null,
    ...over,
  };
}

export function samplePlan(over: Partial<Plan> = {}): Plan {
  return {
    action: 'kubernetes/delete-pod',
    cluster: 'main',
    request: { namespace: 'archivechain-prod', name: 'node-1' },
    preconditions: { uid: 'u-1' },
    touches: ['pod:main/archivechain-prod/node-1', 'statefulset:main/archivechain-prod/node'],
    patches: [],
    cost: 1,
    rights: [],
    describe: 'delete pod archivechain-prod/node-1 (uid u-1)',
    loses: null,
    healthy: { during: -1, after: 0 },
    replaces: true,
    hash: 'p'.repeat(64),
    ...over,
  };
}

export function samplePolicy(over: Partial<EscalationPolicy> = {}): EscalationPolicy {
  return {
    name: 'chain-oncall',
    steps: [
      { afterMs: 0, notify: ['pagerduty-chain', 'webhook'], unless: null, priorities: null },
      { afterMs: 1_800_000, notify: ['sms-oncall'], unless: 'acknowledged', priorities: ['P0'] },
    ],
    repeat: { everyMs: 900_000, times: 4, unless: 'acknowledged' },
    fallback: 'email-leads',
    ...over,
  };
}

export function sampleEdition(over: Partial<Edition> = {}): Edition {
  const priority = { respondWithinMs: 3_600_000, resolveWithinMs: 86_400_000, escalateAfterMs: 300_000, notify: [] };
  return {
    schema: 1,
    rule: {
      name: 'archivechain-node-down',
      description: 'A node no longer answers Prometheus.',
      team: null,
      matchers: [{ name: 'alertname', op: '=', value: 'ArchiveChainNodeDown' }],
      mode: 'act',
      target: { kind: 'Pod', cluster: null, namespace: '${labels.namespace}', find: { by: 'name', value: '${labels.pod}' } },
      verify: { withinMs: 600_000, stableForMs: 120_000, alertLabels: ['pod'], check: null },
      guards: {
        cooldownMs: 600_000,
        targetCooldownMs: 300_000,
        budgets: [],
        maxUnavailable: { count: 1 },
        minHealthy: null,
        quorum: 'majority',
        minAgeMs: 120_000,
        loop: { maxIneffective: 3, withinMs: 14_400_000 },
        maxHoldMs: 1_800_000,
        unknownGraceMs: 120_000,
        protectedNamespaces: [],
        windows: [],
      },
      ladderMemoryMs: 3_600_000,
      deadlineMs: 3_600_000,
      escalateAfterMs: 300_000,
      priority: 'P1',
    },
    ladder: [{ remediation: 'node-recovery', mode: null, when: [], params: {}, steps: [] }],
    workloads: {},
    escalation: samplePolicy(),
    priorities: { P0: priority, P1: priority, P2: priority, P3: priority },
    execAllow: [],
    endpoints: {},
    ...over,
  };
}
