import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { chartFolder, helm, type Values } from './chart.ts';
import { TestNamespace } from './namespace.ts';
import { isReady, type Pod } from './objects.ts';

// A release from its installation to its end, with the pods played: what helm and Kubernetes make of the chart.

let space: TestNamespace;
/** How the check of the configuration ends. */
let verdict: 'Succeeded' | 'Failed' = 'Succeeded';

beforeAll(async () => {
  space = await TestNamespace.open(inject('cluster'));
  space.kubelet.fate = (pod) => (pod.startsWith('remediad-check') ? { condition: { phase: verdict } } : { terminateMs: 300 });
  const claimRef = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace: space.name, name: 'remediad' };
  await space.api.create('/api/v1/persistentvolumes', {
    metadata: { name: space.name },
    spec: { capacity: { storage: '5Gi' }, accessModes: ['ReadWriteOnce'], hostPath: { path: '/none' }, claimRef },
  });
});
afterAll(() => space[Symbol.asyncDispose]());

const release = (verb: string, values: Values = {}) =>
  helm([verb, 'remediad', chartFolder, '--namespace', space.name, '--wait', '--timeout', '40s'], {
    values,
    kubeconfig: inject('cluster').adminKubeconfig,
  });
const daemons = async (): Promise<Pod[]> => (await space.pods()).filter(({ metadata }) => !metadata.name.startsWith('remediad-check'));
const uids = async (): Promise<string[]> => (await daemons()).map(({ metadata }) => metadata.uid);
const find = (path: string) => space.api.find<{ metadata: { uid: string } }>(path.replace('NAMESPACE', `namespaces/${space.name}`));

test('a release is installed when its configuration is good, and leaves nothing of the check behind', async () => {
  expect(await release('install')).toMatchObject({ code: 0, output: expect.stringContaining('It observes: nothing is changed') });
  expect(await daemons()).toHaveLength(1);
  expect(await find('/apis/batch/v1/NAMESPACE/jobs/remediad-check')).toBeNull();
  expect(await find('/api/v1/NAMESPACE/configmaps/remediad-config-check')).toBeNull();
  expect(await find('/api/v1/NAMESPACE/configmaps/remediad-config')).not.toBeNull();
});

test('its Service leads to the daemon also while that is not ready', async () => {
  const [daemon] = await daemons();
  await space.kubelet.tell(daemon?.metadata.name ?? '', { ready: false });
  await eventually('the pod to be not ready', async () => (await daemons()).every((pod) => !isReady(pod)));
  const path = `/apis/discovery.k8s.io/v1/namespaces/${space.name}/endpointslices?labelSelector=kubernetes.io/service-name=remediad`;
  // The controller hears of the pod on its own time.
  const slice = await eventually('the endpoints to follow', async () => {
    const [found] = await space.api.list<{ endpoints: { conditions: { ready: boolean; serving: boolean } }[] }>(path);
    return found?.endpoints.some(({ conditions }) => !conditions.serving) === true && found;
  });
  expect(slice.endpoints).toMatchObject([{ conditions: { ready: true } }]);
  await space.kubelet.tell(daemon?.metadata.name ?? '', { ready: true });
});

test('an upgrade whose configuration is refused leaves what runs alone', async () => {
  const before = await uids();
  verdict = 'Failed';
  const refused = await release('upgrade', { clusterName: 'other' });
  expect(refused.code).toBe(1);
  expect(refused.output).toContain('pre-upgrade hooks failed');
  expect(await uids()).toEqual(before);
  const config = await find('/api/v1/NAMESPACE/configmaps/remediad-config');
  expect(JSON.stringify(config)).toContain('name: cluster');
});

test('one whose configuration is good replaces the daemon, and never are there two', async () => {
  const before = await uids();
  verdict = 'Succeeded';
  let most = 0;
  const watching = setInterval(() => void daemons().then(({ length }) => (most = Math.max(most, length))), 50);
  try {
    expect(await release('upgrade', { clusterName: 'other' })).toMatchObject({ code: 0 });
  } finally {
    clearInterval(watching);
  }
  expect(most).toBe(1);
  expect((await uids()).filter((uid) => before.includes(uid))).toEqual([]);
  expect(await daemons()).toHaveLength(1);
});

test('an end of the release leaves the store, and the next release takes it', async () => {
  const { adminKubeconfig: kubeconfig } = inject('cluster');
  expect(await helm(['uninstall', 'remediad', '--namespace', space.name, '--wait'], { kubeconfig })).toMatchObject({ code: 0 });
  await eventually('the daemon to be gone', async () => (await daemons()).length === 0);
  const claim = await find('/api/v1/NAMESPACE/persistentvolumeclaims/remediad');
  expect(claim).toMatchObject({ status: { phase: 'Bound' } });
  expect(await release('install')).toMatchObject({ code: 0 });
  expect(await find('/api/v1/NAMESPACE/persistentvolumeclaims/remediad')).toMatchObject({ metadata: { uid: claim?.metadata.uid } });
});
