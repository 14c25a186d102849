import { decide } from '../../../../src/core/decide-run.ts';
import type { DecisionInput, Verdict } from '../../../../src/core/decide.ts';
import type { Edition, GuardPolicy } from '../../../../src/core/edition.ts';
import { known, type FactName, type Facts, type FactTypes, type HistoryFact, type TargetFact } from '../../../../src/core/facts.ts';
import type { GuardName } from '../../../../src/core/guards/index.ts';
import type { PodView, Workload, WorkloadHealth } from '../../../../src/core/objects.ts';
import type { Plan } from '../../../../src/core/plan.ts';
import type { EffectRecord, Run } from '../../../../src/core/run.ts';
import { sampleRun } from '../../../support/sample.ts';

/** A case in which every guard passes: node-1 of a StatefulSet of three is down, the other two are healthy, and the rule may act. */

export const NOW = 1_800_000_000_000;
export const minutes = (count: number): number => count * 60_000;
export const ago = (ms: number): number => NOW - ms;

const anyTime = { times: null, weekdays: null, daysOfMonth: null, months: null, years: null, location: 'UTC' };

export const policy: GuardPolicy = {
  cooldownMs: minutes(10),
  targetCooldownMs: minutes(5),
  budgets: [{ max: 3, perMs: minutes(60), scope: 'target' }],
  maxInFlight: null,
  maxUnavailable: { count: 1 },
  minHealthy: null,
  quorum: 'majority',
  minAgeMs: minutes(2),
  loop: { maxIneffective: 3, withinMs: minutes(240) },
  maxHoldMs: minutes(30),
  unknownGraceMs: minutes(2),
  protectedNamespaces: ['kube-system'],
  namespaces: ['chain'],
  windows: [{ kind: 'active', intervals: [{ name: 'always', spans: [anyTime] }] }],
};

export const edition: Edition = {
  schema: 1,
  rule: {
    name: 'node-down',
    description: '',
    team: null,
    matchers: [{ name: 'alertname', op: '=', value: 'NodeDown' }],
    mode: 'act',
    target: { kind: 'Pod', cluster: null, namespace: '${labels.namespace}', find: { by: 'name', value: '${labels.pod}' } },
    verify: { withinMs: minutes(10), stableForMs: minutes(2), alertLabels: ['alertname', 'namespace', 'pod'], check: null },
    guards: policy,
    ladderMemoryMs: minutes(60),
    deadlineMs: minutes(60),
    escalateAfterMs: minutes(5),
    priority: null,
  },
  ladder: [{ remediation: 'restart', mode: null, when: [], params: {}, steps: [] }],
  workloads: {},
  escalation: null,
  priorities: {
    P0: { respondWithinMs: 1, resolveWithinMs: 1, escalateAfterMs: 0, notify: [] },
    P1: { respondWithinMs: 1, resolveWithinMs: 1, escalateAfterMs: 0, notify: [] },
    P2: { respondWithinMs: 1, resolveWithinMs: 1, escalateAfterMs: 0, notify: [] },
    P3: { respondWithinMs: 1, resolveWithinMs: 1, escalateAfterMs: null, notify: [] },
  },
  execAllow: [],
  endpoints: {},
};

export const run: Run = sampleRun({
  id: 'r-1',
  rule: 'node-down',
  slot: 'node-down|pod:prod/chain/node-1',
  trigger: { kind: 'alert', id: 'f1' },
  dry: null,
  edition: 'e1',
  priority: 'P1',
  acceptedAt: ago(minutes(1)),
  labels: { alertname: 'NodeDown', namespace: 'chain', pod: 'node-1' },
  annotations: {},
  generatorURL: '',
  episodes: { f1: { status: 'firing', startsAt: ago(minutes(5)), lastSeen: ago(minutes(1)) } },
  target: {
    cluster: 'prod',
    kind: 'Pod',
    namespace: 'chain',
    find: { by: 'name', value: 'node-1' },
    key: 'pod:prod/chain/node-1',
    unresolved: null,
  },
  pinned: { uid: 'u1', name: 'node-1', subject: 'pod:prod/chain/node-1', workload: 'statefulset:prod/chain/node' },
  state: 'running',
  since: ago(1000),
  deadlineAt: NOW + minutes(59),
});

export const pod: PodView = {
  cluster: 'prod',
  namespace: 'chain',
  name: 'node-1',
  uid: 'u1',
  labels: { app: 'node' },
  annotations: {},
  phase: 'Running',
  ready: false,
  readySince: ago(minutes(1)),
  createdAt: ago(minutes(600)),
  deletedAt: null,
  ip: '10.0.0.1',
  node: 'worker-1',
  nodeReady: true,
  owner: { kind: 'StatefulSet', name: 'node', uid: 's1' },
  containers: [
    { name: 'main', ready: false, restarts: 0, state: 'running', reason: null, startedAt: ago(minutes(600)), endedAt: null },
    { name: 'side', ready: false, restarts: 4, state: 'waiting', reason: 'CrashLoopBackOff', startedAt: null, endedAt: null },
  ],
};

export const owner = { cluster: 'prod', kind: 'StatefulSet', namespace: 'chain', name: 'node', uid: 's1' };

export const workload: Workload = {
  cluster: 'prod',
  kind: 'StatefulSet',
  namespace: 'chain',
  name: 'node',
  uid: 's1',
  labels: { app: 'node' },
  annotations: {},
  managers: ['kubectl'],
  replicas: 3,
  rollingOut: false,
};

export function health(healthy: number, desired: number): WorkloadHealth {
  const members = Array.from({ length: desired }, (_, i) => ({ name: `node-${i}`, uid: `u${i}`, healthy: i < healthy }));
  return { desired, healthy, members };
}

export const history: HistoryFact = {
  locks: {},
  coolingUntil: null,
  targetCoolingUntil: null,
  budgets: [{ key: 'b', scope: 'target', used: 0, max: 3, perMs: minutes(60), freesAt: null }],
  memory: null,
  inFlight: { acts: false, places: [] },
  forgetfulUntil: null,
};

export const plan: Plan = {
  action: 'kubernetes/delete-pod',
  cluster: 'prod',
  request: { namespace: 'chain', name: 'node-1' },
  preconditions: { uid: 'u1' },
  touches: ['pod:prod/chain/node-1', 'statefulset:prod/chain/node'],
  patches: [],
  cost: 1,
  rights: [{ verb: 'delete', group: '', resource: 'pods', subresource: null, namespace: 'chain' }],
  describe: 'delete pod chain/node-1',
  loses: null,
  healthy: { during: 0, after: 1 },
  replaces: true,
  hash: 'h1',
};

export const effect: EffectRecord = {
  id: '0/restart/1',
  action: 'kubernetes/delete-pod',
  describe: 'delete pod chain/node-1',
  planHash: 'h0',
  replaces: true,
  uid: 'u1',
  at: ago(minutes(1)),
  result: 'done',
  message: '',
  output: {},
};

export const found = (view: Partial<PodView> = {}, rest: { ownSuccessor?: boolean; orphan?: boolean } = {}): TargetFact => ({
  found: 'one',
  pod: { ...pod, ...view },
  owner: rest.orphan === true ? null : owner,
  subject: 'pod:prod/chain/node-1',
  ownSuccessor: rest.ownSuccessor ?? false,
});

export const sight = { api: null, prometheus: { up: 9, most: 10, maxMissingPercent: 50, minTargets: 5 } } as const;

export const values: FactTypes = {
  sight,
  brake: [],
  storm: null,
  owner: { holder: 'remediad-1', ours: true },
  firing: { source: 'prometheus', state: 'firing', resolvedByWebhook: false },
  suppression: { silencedBy: [], inhibitedBy: [] },
  target: found(),
  workload: { workload, health: health(2, 3) },
  namespace: { name: 'chain', labels: {}, annotations: {} },
  history,
  rights: { missing: [] },
};

export const FACT_NAMES = Object.keys(values) as FactName[];

export function factsOf(changes: Partial<FactTypes> = {}): Facts {
  const all: FactTypes = { ...values, ...changes };
  return {
    at: NOW,
    sight: known(all.sight),
    brake: known(all.brake),
    storm: known(all.storm),
    owner: known(all.owner),
    firing: known(all.firing),
    suppression: known(all.suppression),
    target: known(all.target),
    workload: known(all.workload),
    namespace: known(all.namespace),
    history: known(all.history),
    rights: known(all.rights),
  };
}

/** What differs from the case in which all is well; `facts` by value, `guards` of the pinned rule. */
export interface Changes extends Partial<Omit<DecisionInput, 'facts' | 'run' | 'plan'>> {
  readonly run?: Partial<Run>;
  readonly facts?: Partial<FactTypes>;
  readonly guards?: Partial<GuardPolicy>;
  readonly plan?: Partial<Plan> | null;
}

export function inputOf({ run: runChanges, facts, guards, plan: planChanges, ...rest }: Changes = {}): DecisionInput {
  const guarded = { ...policy, ...guards };
  return {
    phase: 'permit',
    now: NOW,
    run: { ...run, ...runChanges },
    edition: { ...edition, rule: { ...edition.rule, guards: guarded } },
    permission: { ruleExists: true, mode: 'act', guards: guarded, rungs: edition.ladder },
    facts: factsOf(facts),
    plan: planChanges === null ? null : { ...plan, ...planChanges },
    ...rest,
  };
}

export function verdictIn(input: DecisionInput, guard: GuardName): Verdict {
  const verdict = decide(input).verdicts.find((one) => one.guard === guard);
  if (verdict === undefined) throw new Error(`guard ${guard} said nothing in ${input.phase}`);
  return verdict;
}

export function verdictOf(guard: GuardName, changes: Changes = {}): Verdict {
  return verdictIn(inputOf(changes), guard);
}
