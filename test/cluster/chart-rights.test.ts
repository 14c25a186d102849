import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { createKubernetesCluster } from '../../src/adapters/kubernetes/cluster.ts';
import { LEASE } from '../../src/app/ownership.ts';
import type { Right } from '../../src/core/plan.ts';
import type { Cluster } from '../../src/core/ports.ts';
import { registry } from '../../src/wiring/engine.ts';
import { eventually } from '../support/eventually.ts';
import { processClock, recordingLog } from '../support/log.ts';
import { createAccount, lasting, manifestsOf, render, theOne, type Manifest, type Values } from './chart.ts';
import { scripted } from './exec-call.ts';
import { writeKubeconfig } from './kubeconfig.ts';
import { TestNamespace } from './namespace.ts';
import { deployment, PORT, statefulSet } from './objects.ts';

// What the chart's service account may do, as the API server sees it: all that remediad needs in the namespaces listed, and nothing else.

const signal = (): AbortSignal => AbortSignal.timeout(10_000);
const declared = [...registry.actions.values(), ...registry.checks.values(), ...registry.collectors.values()].flatMap(
  ({ rights }) => rights,
);
const rightsIn = (namespace: string): Right[] => declared.map((right) => ({ ...right, namespace }));
const nameOf = (right: Pick<Right, 'verb' | 'resource' | 'subresource'>): string =>
  `${right.verb} ${right.resource}${right.subresource === null ? '' : `/${right.subresource}`}`;

let parts: AsyncDisposableStack;
/** The namespace of the release is `home`; it is told to act in `listed`. */
let home: TestNamespace;
let listed: TestNamespace;
let unlisted: TestNamespace;
let narrow: Installed;
let wide: Installed;

beforeAll(async () => {
  parts = new AsyncDisposableStack();
  const open = async () => parts.use(await TestNamespace.open(inject('cluster')));
  [home, listed, unlisted] = [await open(), await open(), await open()];
  for (const space of [listed, unlisted]) {
    space.kubelet.command = () => scripted({ stdout: '[]', exit: 0 });
    await space.apply(statefulSet('store', 2), deployment('front', 1));
  }
  narrow = await install('narrow', { namespaces: [listed.name] });
  wide = await install('wide', { namespaces: [listed.name], rbac: { readEverywhere: true } });
  await Promise.all([listed.ready(3), unlisted.ready(3)]);
});
afterAll(() => parts.disposeAsync());

interface Installed {
  readonly account: string;
  readonly cluster: Cluster;
  readonly roles: readonly Manifest[];
}

/** The accounts and roles of a release, and the cluster as its daemon sees it. */
async function install(release: string, values: Values): Promise<Installed> {
  const place = inject('cluster');
  const manifests = lasting(manifestsOf(await render(values, { namespace: home.name, release })));
  const token = await createAccount(place, manifests);
  const account = theOne(manifests, 'ServiceAccount').metadata.name;
  const authority = readFileSync(join(place.folder, 'ca.crt'), 'utf8');
  const kubeconfig = { name: account, server: place.server, authority, token };
  const credentials = {
    kind: 'kubeconfig',
    file: writeKubeconfig(join(place.folder, `${home.name}-${release}.kubeconfig`), kubeconfig),
    context: account,
  } as const;
  const options = { name: 'chart', version: 'test', credentials, log: recordingLog(), clock: processClock };
  const cluster = parts.use(await createKubernetesCluster({ ...options, qps: 1000, burst: 1000 }));
  await eventually('the API server to know its roles', async () => (await cluster.getNamespace('default', signal())) !== null);
  return { account, cluster, roles: manifests.filter(({ kind }) => kind === 'ClusterRole') };
}

const podIn = async (cluster: Cluster, namespace: string, name: string) => {
  const pod = await cluster.getPod(namespace, name, signal());
  if (pod === null) throw new Error(`there is no pod ${name}`);
  return pod;
};

describe('in a namespace that is listed', () => {
  test('it holds every right that an action, a check or a collector declares', async () => {
    expect(declared.length).toBeGreaterThan(10);
    expect(await narrow.cluster.missingRights(rightsIn(listed.name), signal())).toEqual([]);
  });

  test('it may make every call that remediad makes', async () => {
    const { cluster } = narrow;
    const at = { namespace: listed.name, limitBytes: 10_000 };
    expect(await cluster.getNamespace(listed.name, signal())).not.toBeNull();
    const pods = await cluster.listPods(listed.name, { selector: 'app=front' }, signal());
    const front = await cluster.workloadOf(pods[0]!, signal());
    expect(front).toMatchObject({ kind: 'Deployment', name: 'front' });
    expect(await cluster.membersOf(front!, signal())).toHaveLength(1);
    for (const kind of ['StatefulSet', 'Deployment', 'DaemonSet', 'ReplicaSet'] as const) {
      await cluster.getWorkload(kind, listed.name, 'any', signal());
    }
    const store = await podIn(cluster, listed.name, 'store-0');
    expect(store.nodeReady).toBe(true);
    const log = { ...at, pod: 'store-0', container: null, previous: false, tailLines: 10 };
    expect(await cluster.logs(log, signal())).toContain('store-0');
    const web = await cluster.httpGet({ ...at, pod: 'store-0', port: PORT, path: '/' }, signal());
    expect(web).toMatchObject({ status: 200 });
    const command = { ...at, pod: 'store-0', uid: store.uid, container: null, command: ['any'] };
    expect(await cluster.exec(command, signal())).toMatchObject({ exitCode: 0, stdout: '[]' });
    const event = { type: 'Normal', reason: 'Tried', message: 'it may', run: 'r-1' } as const;
    const object = { kind: 'Pod', namespace: listed.name, name: 'store-0', uid: store.uid };
    await cluster.recordEvent(object, event, signal());
    expect(await cluster.events(object, 10, signal())).toContainEqual(expect.objectContaining({ reason: 'Tried' }));
    const lease = { namespace: listed.name, name: LEASE, holder: 'chart', durationMs: 120_000 };
    expect(await cluster.putLease({ ...lease, version: null }, signal())).toBe(true);
    const taken = await cluster.getLease(listed.name, LEASE, signal());
    expect(await cluster.putLease({ ...lease, version: taken!.version }, signal())).toBe(true);
    const request = { namespace: listed.name, name: 'store-0', uid: store.uid, graceSeconds: null, run: 'r-1' };
    expect(await cluster.deletePod({ ...request, dryRun: true }, signal())).toMatchObject({ kind: 'done' });
    expect(await cluster.deletePod({ ...request, dryRun: false }, signal())).toMatchObject({ kind: 'done' });
  });

  test('it holds no right that is neither declared nor used', () => {
    const known = new Set([...declared.map(nameOf), ...callsOf(`system:serviceaccount:${home.name}:${narrow.account}`)]);
    const granted = narrow.roles.flatMap((role) => (role as unknown as { rules: Rule[] }).rules).flatMap(rightsOfRule);
    expect(granted.length).toBeGreaterThan(10);
    expect(granted.filter((right) => !known.has(right))).toEqual([]);
  });

  test.each([
    ['get', 'secrets', ''],
    ['create', 'pods', ''],
    ['patch', 'pods', ''],
    ['delete', 'statefulsets', 'apps'],
    ['create', 'rolebindings', 'rbac.authorization.k8s.io'],
  ])('it may not %s %s', async (verb, resource, group) => {
    const right = { verb, group, resource, subresource: null, namespace: listed.name };
    expect(await narrow.cluster.missingRights([right], signal())).toEqual([right]);
  });
});

describe('in any other namespace', () => {
  test('it may do nothing at all', async () => {
    const rights = rightsIn(unlisted.name);
    expect(await narrow.cluster.missingRights(rights, signal())).toEqual(rights);
    await expect(podIn(narrow.cluster, unlisted.name, 'store-0')).rejects.toMatchObject({ kind: 'forbidden' });
  });

  test('it may look where it may look everywhere, and still do nothing', async () => {
    const missing = await wide.cluster.missingRights(rightsIn(unlisted.name), signal());
    expect([...new Set(missing.map(nameOf))].toSorted()).toEqual(['create pods/exec', 'delete pods', 'get pods/exec', 'get pods/proxy']);
    const pod = await podIn(wide.cluster, unlisted.name, 'store-0');
    const request = { namespace: unlisted.name, name: 'store-0', uid: pod.uid, graceSeconds: null, dryRun: false, run: 'r-1' };
    expect(await wide.cluster.deletePod(request, signal())).toMatchObject({ kind: 'rejected', reason: 'not-permitted' });
    expect(await podIn(wide.cluster, unlisted.name, 'store-0')).toMatchObject({ uid: pod.uid, deletedAt: null });
  });
});

interface Rule {
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

const rightsOfRule = ({ resources, verbs }: Rule): string[] => resources.flatMap((resource) => verbs.map((verb) => `${verb} ${resource}`));

/** What this user did, out of the API server's own audit. */
function callsOf(user: string): string[] {
  const lines = readFileSync(join(inject('cluster').folder, 'audit.log'), 'utf8')
    .trimEnd()
    .split('\n');
  return lines
    .map((line) => JSON.parse(line) as { verb: string; user: { username: string }; objectRef?: { resource: string; subresource?: string } })
    .filter(({ user: { username } }) => username === user)
    .map(({ verb, objectRef }) => nameOf({ verb, resource: objectRef?.resource ?? '', subresource: objectRef?.subresource ?? null }));
}
