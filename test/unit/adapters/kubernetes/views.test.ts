import { describe, expect, test } from 'vitest';
import { Pod, podView, Node, isNodeReady } from '../../../../src/adapters/kubernetes/pod-view.ts';
import { ApiWorkload, selectorText, workloadView } from '../../../../src/adapters/kubernetes/workload-view.ts';

const meta = { name: 'node-1', namespace: 'chain', uid: 'u-1', creationTimestamp: '2026-11-21T20:00:00Z' };
const AT = Date.parse('2026-11-21T20:00:00Z');

const bare = { metadata: meta, spec: { containers: [{ name: 'main' }] } };
const pod = (given: object = {}) => podView('prod', Pod.parse({ ...bare, ...given }), null);

describe('a pod', () => {
  test('of which nothing is known yet', () => {
    expect(pod()).toEqual({
      cluster: 'prod',
      namespace: 'chain',
      name: 'node-1',
      uid: 'u-1',
      labels: {},
      annotations: {},
      phase: 'Unknown',
      ready: false,
      readySince: null,
      createdAt: AT,
      deletedAt: null,
      ip: null,
      node: null,
      nodeReady: null,
      owner: null,
      containers: [{ name: 'main', ready: false, restarts: 0, state: 'waiting', reason: null, startedAt: null, endedAt: null }],
    });
  });

  test('that runs', () => {
    const view = pod({
      spec: { nodeName: 'worker-1', containers: [{ name: 'main' }, { name: 'side' }] },
      status: {
        phase: 'Running',
        podIP: '10.1.2.3',
        conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: '2026-11-21T20:00:05Z' }],
        containerStatuses: [
          { name: 'side', ready: false, restartCount: 7, state: { waiting: { reason: 'CrashLoopBackOff' } } },
          { name: 'main', ready: true, restartCount: 1, state: { running: { startedAt: '2026-11-21T20:00:03Z' } } },
        ],
      },
    });
    expect(view).toMatchObject({ phase: 'Running', ready: true, readySince: AT + 5_000, ip: '10.1.2.3', node: 'worker-1' });
    expect(view.containers).toEqual([
      { name: 'main', ready: true, restarts: 1, state: 'running', reason: null, startedAt: AT + 3_000, endedAt: null },
      { name: 'side', ready: false, restarts: 7, state: 'waiting', reason: 'CrashLoopBackOff', startedAt: null, endedAt: null },
    ]);
  });

  test('of which a container ended', () => {
    const state = { terminated: { reason: 'OOMKilled', startedAt: '2026-11-21T20:00:03Z', exitCode: 137 } };
    const { containers } = pod({ status: { containerStatuses: [{ name: 'main', ready: false, restartCount: 0, state }] } });
    expect(containers).toMatchObject([{ state: 'terminated', reason: 'OOMKilled', startedAt: AT + 3_000, endedAt: null }]);
    const ended = { terminated: { reason: 'OOMKilled', startedAt: '2026-11-21T20:00:03Z', finishedAt: '2026-11-21T20:00:09Z' } };
    const endOf = (status: object) =>
      pod({ status: { containerStatuses: [{ name: 'main', ready: false, restartCount: 1, ...status }] } }).containers[0]?.endedAt;
    expect(endOf({ state: ended })).toBe(AT + 9_000);
    expect(endOf({ state: { waiting: { reason: 'CrashLoopBackOff' } }, lastState: ended })).toBe(AT + 9_000);
  });

  test('that is being deleted: since the request, not from the end of its grace', () => {
    const deleted = { ...meta, deletionTimestamp: '2026-11-21T20:10:30Z', deletionGracePeriodSeconds: 30 };
    expect(pod({ metadata: deleted }).deletedAt).toBe(AT + 600_000);
  });

  test('belongs to its controller, and to nobody else that it names', () => {
    const owner = (kind: string, controller: boolean) => ({ apiVersion: 'apps/v1', kind, name: 'node', uid: `u-${kind}`, controller });
    const owners = [owner('ConfigMap', false), owner('StatefulSet', true)];
    expect(pod({ metadata: { ...meta, ownerReferences: owners } }).owner).toEqual({
      kind: 'StatefulSet',
      name: 'node',
      uid: 'u-StatefulSet',
    });
    expect(pod({ metadata: { ...meta, ownerReferences: owners.slice(0, 1) } }).owner).toBeNull();
  });

  test('without a time of creation is no pod', () => {
    expect(() => pod({ metadata: { ...meta, creationTimestamp: null } })).toThrow();
  });
});

test.each([
  ['True', true],
  ['False', false],
  ['Unknown', false],
])('a node whose readiness is %s', (status, ready) => {
  expect(isNodeReady(Node.parse({ status: { conditions: [{ type: 'Ready', status }] } }))).toBe(ready);
});

test('a node that says nothing of its readiness', () => {
  expect(isNodeReady(Node.parse({}))).toBeNull();
});

type Kind = Parameters<typeof workloadView>[1];
const workload = (kind: Kind, spec: object, status: object, generation = 1) =>
  workloadView('prod', kind, ApiWorkload.parse({ metadata: { ...meta, generation }, spec: { selector: {}, ...spec }, status }));
const seen = { observedGeneration: 1 };
const progressing = (reason: string, status = 'True') => ({ conditions: [{ type: 'Progressing', status, reason }] });

describe('a workload', () => {
  test('knows who wrote it, each once', () => {
    const managedFields = [{ manager: 'argocd-controller' }, { manager: 'kube-controller-manager' }, { manager: 'argocd-controller' }, {}];
    const found = ApiWorkload.parse({ metadata: { ...meta, managedFields }, spec: { selector: {} }, status: {} });
    expect(workloadView('prod', 'StatefulSet', found).managers).toEqual(['argocd-controller', 'kube-controller-manager']);
    expect(workload('StatefulSet', {}, seen).managers).toEqual([]);
  });

  test.each([
    ['StatefulSet', { replicas: 3 }, {}, 3],
    ['Deployment', { replicas: 0 }, {}, 0],
    ['ReplicaSet', {}, {}, 1],
    ['DaemonSet', {}, { desiredNumberScheduled: 5 }, 5],
  ] as const)('%s has the replicas that it should have', (kind, spec, status, replicas) => {
    expect(workload(kind, spec, { ...seen, ...status }).replicas).toBe(replicas);
  });

  test.each(['StatefulSet', 'Deployment', 'DaemonSet', 'ReplicaSet'] as const)('%s: a change that nobody saw yet is a rollout', (kind) => {
    expect(workload(kind, { replicas: 1 }, seen, 2).rollingOut).toBe(true);
  });

  test.each([
    ['both revisions are one', {}, { currentRevision: 'a', updateRevision: 'a', updatedReplicas: 1 }, false],
    ['they differ', {}, { currentRevision: 'a', updateRevision: 'b', updatedReplicas: 3 }, true],
    ['they differ below the partition', partition(2), { currentRevision: 'a', updateRevision: 'b', updatedReplicas: 1 }, false],
    ['they differ above the partition', partition(2), { currentRevision: 'a', updateRevision: 'b', updatedReplicas: 0 }, true],
    ['nobody rolls', { updateStrategy: { type: 'OnDelete' } }, { currentRevision: 'a', updateRevision: 'b' }, false],
  ])('a StatefulSet: %s', (_, spec, status, rolling) => {
    expect(workload('StatefulSet', { replicas: 3, ...spec }, { ...seen, ...status }).rollingOut).toBe(rolling);
  });

  test.each([
    ['all replicas are new ones', { replicas: 2, updatedReplicas: 2, ...progressing('NewReplicaSetAvailable') }, false],
    ['one is away', { replicas: 1, updatedReplicas: 1, ...progressing('NewReplicaSetAvailable') }, false],
    ['old ones are left', { replicas: 3, updatedReplicas: 2, ...progressing('NewReplicaSetAvailable') }, true],
    ['new ones are on their way', { replicas: 0, updatedReplicas: 0, ...progressing('ReplicaSetUpdated') }, true],
    ['it got stuck with old ones left', { replicas: 3, updatedReplicas: 1, ...progressing('ProgressDeadlineExceeded', 'False') }, true],
    ['it got stuck', { replicas: 2, updatedReplicas: 2, ...progressing('ProgressDeadlineExceeded', 'False') }, false],
    ['nothing is told of its progress', { replicas: 2, updatedReplicas: 2 }, false],
  ])('a Deployment: %s', (_, status, rolling) => {
    expect(workload('Deployment', { replicas: 2 }, { ...seen, ...status }).rollingOut).toBe(rolling);
  });

  test.each([
    [{}, { desiredNumberScheduled: 3, updatedNumberScheduled: 3 }, false],
    [{}, { desiredNumberScheduled: 3, updatedNumberScheduled: 2 }, true],
    [{ updateStrategy: { type: 'OnDelete' } }, { desiredNumberScheduled: 3, updatedNumberScheduled: 2 }, false],
  ])('a DaemonSet %#', (spec, status, rolling) => {
    expect(workload('DaemonSet', spec, { ...seen, ...status }).rollingOut).toBe(rolling);
  });
});

function partition(ordinal: number) {
  return { updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: ordinal } } };
}

test('a selector in words of a query', () => {
  const matchExpressions = [
    { key: 'tier', operator: 'In', values: ['a', 'b'] },
    { key: 'zone', operator: 'NotIn', values: ['x'] },
    { key: 'team', operator: 'Exists' },
    { key: 'old', operator: 'DoesNotExist' },
  ];
  const { spec } = ApiWorkload.parse({ metadata: meta, spec: { selector: { matchLabels: { app: 'node' }, matchExpressions } } });
  expect(selectorText(spec.selector)).toBe('app=node,tier in (a,b),zone notin (x),team,!old');
});

test('a selector with an operator that nobody knows is not guessed', () => {
  const selector = { matchExpressions: [{ key: 'tier', operator: 'Gt', values: ['1'] }] };
  expect(() => ApiWorkload.parse({ metadata: meta, spec: { selector } })).toThrow();
});
