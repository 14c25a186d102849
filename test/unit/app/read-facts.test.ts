import { describe, expect, test } from 'vitest';
import { readFacts, type FactRequest, type FactSources } from '../../../src/app/read-facts.ts';
import { NO_SHARED_LIMITS } from '../../../src/core/shared-limits.ts';
import type { FactName } from '../../../src/core/facts.ts';
import type { PodView } from '../../../src/core/objects.ts';
import { ClusterError, type Cluster } from '../../../src/core/ports.ts';
import { StoreError, type HistoryStore } from '../../../src/core/store.ts';
import { samplePod, sampleWorkload } from '../../support/pod.ts';
import { NOON, sampleEdition, samplePlan, sampleRun } from '../../support/sample.ts';

type HistoryRequest = Parameters<HistoryStore['history']>[0];

const history = {
  locks: {},
  coolingUntil: null,
  targetCoolingUntil: null,
  budgets: [],
  memory: null,
  inFlight: { acts: false, places: [] },
  forgetfulUntil: null,
};
const namespace = { name: 'archivechain-prod', labels: {}, annotations: {} };
const right = { verb: 'delete', group: '', resource: 'pods', subresource: null, namespace: 'archivechain-prod' };

/** A cluster with one StatefulSet of three; only what facts read is there. */
function clusterOf(over: Partial<Cluster> = {}): Cluster {
  const members = ['u-0', 'u-1', 'u-2'].map((uid, i) => samplePod({ uid, name: `node-${i}`, ready: i !== 1 }));
  const cluster: Partial<Cluster> = {
    name: 'main',
    getPod: (_namespace, name) => Promise.resolve(members.find((pod) => pod.name === name) ?? null),
    workloadOf: () => Promise.resolve(sampleWorkload()),
    membersOf: () => Promise.resolve(members),
    getWorkload: () => Promise.resolve(sampleWorkload()),
    getNamespace: () => Promise.resolve(namespace),
    missingRights: () => Promise.resolve([]),
    ...over,
  };
  return cluster as Cluster;
}

function sourcesOf(cluster: Cluster | null, over: Partial<FactSources> = {}): FactSources {
  return {
    clusters: { defaultName: 'main', get: (name) => (name === 'main' ? cluster : null) },
    sources: [{ kind: 'prometheus', state: () => Promise.resolve('firing') }],
    suppression: { suppression: () => Promise.resolve(null) },
    episodes: { episode: () => Promise.resolve(null) },
    sight: { of: () => Promise.resolve({ api: null, prometheus: null }) },
    ownership: null,
    brakes: { brakes: () => Promise.resolve([]) },
    history: { history: () => Promise.resolve(history), now: () => Promise.resolve(NOON), storms: () => Promise.resolve([]) },
    limits: () => NO_SHARED_LIMITS,
    registry: { checks: new Map() },
    metrics: null,
    web: { get: () => Promise.reject(new Error('no web')) },
    digest: (text) => text,
    timing: { readMs: 5_000 },
    ...over,
  };
}

const admitting = (over: Partial<FactRequest> = {}): FactRequest => ({
  run: sampleRun(),
  edition: sampleEdition(),
  phase: 'admit',
  at: NOON,
  ...over,
});
const planned = (over = {}) => ({ phase: 'permit' as const, plan: () => Promise.resolve(samplePlan({ rights: [right], ...over })) });

function unknownsOf(facts: Awaited<ReturnType<typeof readFacts>>): Partial<Record<FactName, string>> {
  const { at: _at, ...all } = facts;
  return Object.fromEntries(Object.entries(all).flatMap(([name, fact]) => (fact.known ? [] : [[name, fact.why]])));
}

test('all that can be read is known, as of the time at which the reading began', async () => {
  const facts = await readFacts(sourcesOf(clusterOf()), admitting(planned()));
  expect(unknownsOf(facts)).toEqual({});
  expect(facts.at).toBe(NOON);
  expect(facts.target).toMatchObject({ value: { found: 'one', pod: { name: 'node-1' }, subject: 'pod:main/archivechain-prod/node-1' } });
  expect(facts.workload).toMatchObject({ value: { workload: { name: 'node' }, health: { desired: 3, healthy: 2 } } });
  expect(facts.namespace).toEqual({ known: true, value: namespace });
  expect(facts.rights).toEqual({ known: true, value: { missing: [] } });
});

describe('what cannot be read hides nothing else', () => {
  const down = () => Promise.reject(new ClusterError('unreachable', 'down'));
  const lost = () => Promise.reject(new StoreError('unavailable', 'gone'));
  const silent = { kind: 'prometheus', state: down } as const;
  const store = { history: lost, now: () => Promise.resolve(NOON), storms: () => Promise.resolve([]) };

  test.each<[string, Partial<Cluster>, Partial<FactSources>, Partial<Record<FactName, string>>]>([
    ['the brakes', {}, { brakes: { brakes: lost } }, { brake: 'gone' }],
    ['the source', {}, { sources: [silent] }, { firing: 'prometheus: down' }],
    ['who suppresses', {}, { suppression: { suppression: down } }, { suppression: 'down' }],
    ['the namespace', { getNamespace: down }, {}, { namespace: 'down' }],
    ['the members', { membersOf: down }, {}, { workload: 'down' }],
    ['the rights', { missingRights: down }, {}, { rights: 'down' }],
    ['the history', {}, { history: store }, { history: 'gone' }],
    ['the target', { getPod: down }, {}, { target: 'down', workload: 'down' }],
    ['the owner of the target', { workloadOf: down }, {}, { target: 'down', workload: 'down' }],
  ])('%s', async (_name, cluster, sources, unread) => {
    expect(unknownsOf(await readFacts(sourcesOf(clusterOf(cluster), sources), admitting(planned())))).toEqual(unread);
  });

  test('but whose history it is cannot be told without a target, unless it is pinned', async () => {
    const facts = await readFacts(sourcesOf(clusterOf({ getPod: down })), admitting({ run: sampleRun({ pinned: null }) }));
    expect(unknownsOf(facts)).toMatchObject({ target: 'down', history: 'whose history it is cannot be told: down' });
  });
});

test('reads that hang are unknown at the deadline, and the others are not', async () => {
  const never = () => new Promise<never>(() => undefined);
  const facts = await readFacts(sourcesOf(clusterOf({ getNamespace: never }), { timing: { readMs: 50 } }), admitting(planned()));
  expect(unknownsOf(facts)).toEqual({ namespace: 'no answer within 50 ms' });
});

test('reads begin at once, not one after the other', async () => {
  const begun: string[] = [];
  let open: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => (open = resolve));
  const held =
    <T>(name: string, value: T) =>
    async (): Promise<T> => {
      begun.push(name);
      if (begun.length === 5) open();
      await gate;
      return value;
    };
  const cluster = clusterOf({ getNamespace: held('namespace', namespace), getPod: held('pod', samplePod()) });
  const sources = sourcesOf(cluster, {
    brakes: { brakes: held('brakes', []) },
    sources: [{ kind: 'prometheus', state: held('firing', 'firing' as const) }],
    suppression: { suppression: held('suppression', null) },
  });
  expect(unknownsOf(await readFacts(sources, admitting(planned())))).toEqual({});
  expect(begun.toSorted()).toEqual(['brakes', 'firing', 'namespace', 'pod', 'suppression']);
});

describe('a target that no reading will find', () => {
  test('because its cluster is not configured', async () => {
    const facts = await readFacts(sourcesOf(null), admitting());
    expect(facts.target).toEqual({ known: true, value: { found: 'unknown', why: 'cluster main is not configured' } });
    expect(facts).toMatchObject({ workload: { known: true, value: null }, namespace: { known: true, value: null } });
  });

  test('because it was never rendered, whatever clusters there are', async () => {
    const { target } = sampleRun();
    const run = sampleRun({ target: { ...target, cluster: '', unresolved: 'the alert has no label pod' }, pinned: null });
    const facts = await readFacts(sourcesOf(clusterOf()), admitting({ run }));
    expect(facts.target).toEqual({ known: true, value: { found: 'unknown', why: 'the alert has no label pod' } });
  });

  test('leaves the rights of a plan unknown', async () => {
    expect(unknownsOf(await readFacts(sourcesOf(null), admitting(planned())))).toEqual({ rights: 'cluster main is not configured' });
  });
});

describe('the history is asked', () => {
  async function asked(request: FactRequest, cluster = clusterOf()): Promise<HistoryRequest> {
    const requests: HistoryRequest[] = [];
    const store = {
      history: (one: HistoryRequest) => Promise.resolve(history).finally(() => requests.push(one)),
      now: () => Promise.resolve(NOON),
      storms: () => Promise.resolve([]),
    };
    await readFacts(sourcesOf(cluster, { history: store }), request);
    return requests[0] ?? expect.unreachable('never asked');
  }
  const budget = { max: 3, perMs: 3_600_000, scope: 'target' } as const;
  const edition = sampleEdition();
  const withBudget = { ...edition, rule: { ...edition.rule, guards: { ...edition.rule.guards, budgets: [budget] } } };

  test('for the locks of the plan and the budgets of the subject', async () => {
    expect(await asked(admitting({ ...planned(), edition: withBudget }))).toEqual({
      run: 'r-1a',
      dry: false,
      rule: 'archivechain-node-down',
      subject: 'pod:main/archivechain-prod/node-1',
      locks: ['pod:main/archivechain-prod/node-1', 'statefulset:main/archivechain-prod/node'],
      budgets: [
        { ...budget, key: 'target:archivechain-node-down|pod:main/archivechain-prod/node-1|3600000' },
        { ...NO_SHARED_LIMITS.budget, key: 'installation|600000' },
      ],
      cost: 1,
      places: [
        { key: 'in-flight:installation', max: null },
        { key: 'in-flight:cluster:main', max: null },
        { key: 'in-flight:rule:archivechain-node-down', max: null },
      ],
    });
  });

  test('for the subject that was just found where none is pinned', async () => {
    const cluster = clusterOf({ workloadOf: () => Promise.resolve(sampleWorkload({ kind: 'Deployment', name: 'api' })) });
    expect(await asked(admitting({ run: sampleRun({ pinned: null }) }), cluster)).toMatchObject({
      subject: 'deployment:main/archivechain-prod/api',
      locks: ['pod:main/archivechain-prod/node-1', 'deployment:main/archivechain-prod/api'],
    });
  });

  test('by the target as rendered where there is no object', async () => {
    const cluster = clusterOf({ getPod: () => Promise.resolve<PodView | null>(null), getWorkload: () => Promise.resolve(null) });
    expect(await asked(admitting({ run: sampleRun({ pinned: null }) }), cluster)).toMatchObject({
      subject: 'pod:main/archivechain-prod/node-1',
    });
  });

  test('in the key space of dry runs', async () => {
    expect(await asked(admitting({ run: sampleRun({ dry: 'flag' }) }))).toMatchObject({ dry: true });
  });

  test('for the smaller of a pinned budget and the one in force', async () => {
    const guards = { ...edition.rule.guards, budgets: [{ ...budget, max: 1 }] };
    expect((await asked(admitting({ edition: withBudget, guards }))).budgets[0]).toMatchObject({ max: 1, scope: 'target' });
  });
});

describe('rights', () => {
  test('are unknown as long as there is no plan', async () => {
    expect(unknownsOf(await readFacts(sourcesOf(clusterOf()), admitting()))).toEqual({ rights: 'there is no plan at admit' });
    const unplannable = { phase: 'permit' as const, plan: () => Promise.resolve(null) };
    expect(unknownsOf(await readFacts(sourcesOf(clusterOf()), admitting(unplannable)))).toEqual({ rights: 'there is no plan at permit' });
  });

  test('are not asked for by a plan that needs none', async () => {
    const cluster = clusterOf({ missingRights: () => Promise.reject(new ClusterError('unreachable', 'down')) });
    const facts = await readFacts(sourcesOf(cluster), admitting(planned({ rights: [] })));
    expect(facts.rights).toEqual({ known: true, value: { missing: [] } });
  });

  test('that are missing are told in words', async () => {
    const missing = [
      right,
      { ...right, verb: 'create', subresource: 'exec' },
      { ...right, verb: 'patch', group: 'apps', resource: 'deployments' },
      { ...right, verb: 'get', resource: 'nodes', namespace: '' },
    ];
    const facts = await readFacts(sourcesOf(clusterOf({ missingRights: () => Promise.resolve(missing) })), admitting(planned()));
    expect(facts.rights).toEqual({
      known: true,
      value: {
        missing: [
          'delete pods in archivechain-prod',
          'create pods/exec in archivechain-prod',
          'patch deployments.apps in archivechain-prod',
          'get nodes',
        ],
      },
    });
  });
});

test('the plan is made of what was found', async () => {
  const found: unknown[] = [];
  const plan: FactRequest['plan'] = (one) => Promise.resolve(null).finally(() => found.push(one));
  const facts = await readFacts(sourcesOf(clusterOf()), admitting({ phase: 'permit', plan }));
  expect(found).toEqual([{ target: facts.target, workload: facts.workload }]);
});
