import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import type { PodView, Workload } from '../../src/core/objects.ts';
import type { Cluster } from '../../src/core/ports.ts';
import { eventually } from '../support/eventually.ts';
import { ALL_PERMISSIONS } from './account.ts';
import { connectTo } from './adapter.ts';
import { TestNamespace } from './namespace.ts';
import { deployment, statefulSet } from './objects.ts';

// What the controllers of a real control plane write, and what we make of it.

let parts: AsyncDisposableStack;
let space: TestNamespace;
let cluster: Cluster;
beforeEach(async () => {
  parts = new AsyncDisposableStack();
  space = parts.use(await TestNamespace.open(inject('cluster')));
  cluster = parts.use(await connectTo(await space.account(ALL_PERMISSIONS)));
});
afterEach(() => parts.disposeAsync());

const soon = () => AbortSignal.timeout(10_000);

async function workload(kind: Workload['kind'], name: string): Promise<Workload> {
  const found = await cluster.getWorkload(kind, space.name, name, soon());
  if (found === null) throw new Error(`there is no ${kind} ${name}`);
  return found;
}

const rollingOut = async (kind: Workload['kind'], name: string) => (await workload(kind, name)).rollingOut;

async function pods(app: string): Promise<readonly PodView[]> {
  return cluster.listPods(space.name, { selector: `app=${app}` }, soon());
}

const path = (kind: Workload['kind'], name: string) => `/apis/apps/v1/namespaces/${space.name}/${kind.toLowerCase()}s/${name}`;

/** A new revision of the pods. */
async function change(kind: Workload['kind'], name: string): Promise<void> {
  await space.api.patch(path(kind, name), { spec: { template: { metadata: { annotations: { revision: 'next' } } } } });
}

const others = (kind: 'DaemonSet' | 'ReplicaSet', name: string) => {
  const { spec, ...rest } = deployment(name, 2);
  const { replicas, ...each } = spec;
  return { ...rest, kind, spec: kind === 'DaemonSet' ? onThisNode(each) : { ...each, replicas } };
};

/** There is a node for each test: all others are none of its business. */
function onThisNode<T extends { template: { spec: object } }>(spec: T) {
  const nodeSelector = { 'test/namespace': space.name };
  return { ...spec, template: { ...spec.template, spec: { ...spec.template.spec, nodeSelector } } };
}

describe.each([
  ['StatefulSet', statefulSet],
  ['Deployment', deployment],
] as const)('a %s', (kind, manifest) => {
  test('rolls out while its pods are replaced by those of another revision, and then no more', async () => {
    await space.apply(manifest('chain', 2));
    await space.ready(2);
    await eventually('the end of the first rollout', async () => !(await rollingOut(kind, 'chain')));
    space.kubelet.fate = () => ({ readyMs: 1_500 });
    await change(kind, 'chain');
    expect(await rollingOut(kind, 'chain')).toBe(true);
    await eventually('the end of the rollout', async () => !(await rollingOut(kind, 'chain')), { withinMs: 30_000 });
    const now = await pods('chain');
    expect(now.map(({ ready, annotations }) => [ready, annotations['revision']])).toEqual([
      [true, 'next'],
      [true, 'next'],
    ]);
  }, 60_000);

  test('does not roll out while pods of it are away', async () => {
    await space.apply(manifest('chain', 2));
    await space.ready(2);
    await eventually('the end of the first rollout', async () => !(await rollingOut(kind, 'chain')));
    space.kubelet.fate = () => ({ readyMs: null });
    const [pod] = await pods('chain');
    const request = { namespace: space.name, name: pod?.name ?? '', uid: pod?.uid ?? '', graceSeconds: 0, dryRun: false, run: 'r-1' };
    expect(await cluster.deletePod(request, soon())).toMatchObject({ kind: 'done' });
    await eventually('a successor that is not ready', async () => {
      const now = await pods('chain');
      return now.length === 2 && now.some(({ uid, ready }) => uid !== pod?.uid && !ready);
    });
    expect(await rollingOut(kind, 'chain')).toBe(false);
    expect(await workload(kind, 'chain')).toMatchObject({ replicas: 2 });
  });
});

test.each(['DaemonSet', 'ReplicaSet'] as const)('the pods of a bare %s are its own', async (kind) => {
  const count = kind === 'DaemonSet' ? 1 : 2;
  await space.apply(others(kind, 'agent'));
  await space.ready(count);
  const [pod] = await pods('agent');
  const owner = pod === undefined ? null : await cluster.workloadOf(pod, soon());
  expect(owner).toMatchObject({ kind, name: 'agent', replicas: count, rollingOut: false });
  expect(await cluster.membersOf(await workload(kind, 'agent'), soon())).toHaveLength(count);
});

test('pods with the same labels that others own are no members', async () => {
  const { spec, ...rest } = deployment('chain', 1);
  const selector = { matchExpressions: [{ key: 'app', operator: 'In', values: ['chain', 'other'] }] };
  const front = { ...rest, metadata: { name: 'front' }, spec: { ...spec, selector } };
  await space.apply(statefulSet('chain', 2), front);
  await space.ready(3);
  const members = async (kind: Workload['kind'], name: string) =>
    (await cluster.membersOf(await workload(kind, name), soon())).map((pod) => pod.name).sort();
  expect(await members('StatefulSet', 'chain')).toEqual(['chain-0', 'chain-1']);
  expect(await members('Deployment', 'front')).toEqual([expect.stringMatching(/^front-/)]);
});

test('a workload of the same name that is another one by now owns nothing of the old one', async () => {
  await space.apply(statefulSet('chain', 1));
  await space.ready(1);
  const [pod] = await pods('chain');
  const old = await workload('StatefulSet', 'chain');
  await space.api.delete(path('StatefulSet', 'chain'), { propagationPolicy: 'Orphan' });
  await eventually('it to be gone', async () => (await cluster.getWorkload('StatefulSet', space.name, 'chain', soon())) === null);
  expect(await cluster.workloadOf(pod as PodView, soon())).toBeNull();
  await space.apply(statefulSet('chain', 1));
  expect(await cluster.workloadOf(pod as PodView, soon())).toBeNull();
  expect((await workload('StatefulSet', 'chain')).uid).not.toBe(old.uid);
  expect(await cluster.membersOf({ ...old }, soon())).toEqual([]);
});
