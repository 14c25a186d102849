import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import type { Cluster } from '../../src/core/ports.ts';
import { ALL_PERMISSIONS } from './account.ts';
import { connectTo } from './adapter.ts';
import { ApiProxy } from './api-proxy.ts';
import { eventually } from './eventually.ts';
import type { Fate } from './fake-kubelet.ts';
import { TestNamespace } from './namespace.ts';
import { loosePod, PORT, statefulSet } from './objects.ts';

// What the adapter sees of a cluster in trouble, as a real control plane writes it.

const soon = () => AbortSignal.timeout(20_000);
const parts = new AsyncDisposableStack();
let space: TestNamespace;
let proxy: ApiProxy;
let cluster: Cluster;
const fates = new Map<string, Fate>();
beforeAll(async () => {
  space = parts.use(await TestNamespace.open(inject('cluster')));
  space.kubelet.fate = (pod) => [...fates].find(([owner]) => pod.startsWith(`${owner}-`))?.[1] ?? {};
  proxy = parts.use(await ApiProxy.start(space.place));
  cluster = parts.use(await connectTo(await space.account(ALL_PERMISSIONS, proxy.url)));
});
afterAll(() => parts.disposeAsync());

const pod = async (name: string) => {
  const found = await cluster.getPod(space.name, name, soon());
  if (found === null) throw new Error(`there is no pod ${name}`);
  return found;
};

describe('a pod', () => {
  test('that crashes again and again is told with its reason and its restarts', async () => {
    fates.set('crash', {
      condition: { ready: false, waiting: 'CrashLoopBackOff', restarts: 7, lastEnd: { reason: 'OOMKilled', exitCode: 137 } },
    });
    await space.apply(statefulSet('crash', 1));
    await eventually('it to crash', async () => (await pod('crash-0')).containers[0]?.reason === 'CrashLoopBackOff');
    expect(await pod('crash-0')).toMatchObject({
      phase: 'Running',
      ready: false,
      readySince: expect.any(Number) as number,
      containers: [{ name: 'main', ready: false, restarts: 7, state: 'waiting', reason: 'CrashLoopBackOff' }],
    });
  });

  test('that never starts is pending, with a container that waits', async () => {
    fates.set('never', { startMs: null });
    await space.apply(statefulSet('never', 1));
    await eventually('it to be placed', async () => (await pod('never-0')).node !== null);
    expect(await pod('never-0')).toMatchObject({
      phase: 'Pending',
      ready: false,
      ip: null,
      containers: [{ state: 'waiting', restarts: 0 }],
    });
  });

  test('that will not end is told to be on its way since it was deleted, and given as long as asked for', async () => {
    fates.set('stuck', { terminateMs: null });
    await space.apply(loosePod('stuck-0'));
    const { uid } = await eventually('it to be ready', async () => {
      const now = await cluster.getPod(space.name, 'stuck-0', soon());
      return now?.ready === true && now;
    });
    const since = Math.floor(Date.now() / 1000) * 1000;
    const deletion = { namespace: space.name, name: 'stuck-0', uid, graceSeconds: 7, dryRun: false, run: 'r-1' };
    expect(await cluster.deletePod(deletion, soon())).toMatchObject({ kind: 'done' });
    const told = await pod('stuck-0');
    expect(told.deletedAt).toBeGreaterThanOrEqual(since);
    expect(told.deletedAt).toBeLessThanOrEqual(Date.now());
    expect(await space.pod('stuck-0')).toMatchObject({ metadata: { deletionGracePeriodSeconds: 7 } });
  });

  test('on a node that is not ready says so', async () => {
    await space.apply(loosePod('placed'));
    await eventually('it to be placed', async () => (await cluster.getPod(space.name, 'placed', soon()))?.node);
    await space.kubelet.setNodeReady(false);
    await eventually('the node to be told not ready', async () => (await pod('placed')).nodeReady === false);
    await space.kubelet.setNodeReady(true);
    await eventually('the node to be told ready', async () => (await pod('placed')).nodeReady === true);
  });
});

test('a list of more objects than come at once is whole', async () => {
  const many = await TestNamespace.open(space.place);
  parts.use(many);
  // Nobody places them: they only have to be there.
  const { spec, ...rest } = loosePod('none');
  const names = Array.from({ length: 620 }, (_, n) => `many-${n}`);
  for (let at = 0; at < names.length; at += 20) {
    const some = names
      .slice(at, at + 20)
      .map((name) => ({ ...rest, metadata: { ...rest.metadata, name }, spec: { ...spec, schedulerName: 'nobody' } }));
    await Promise.all(some.map((manifest) => many.apply(manifest)));
  }
  const before = proxy.calls.length;
  const found = await cluster.listPods(many.name, {}, soon());
  expect(new Set(found.map(({ name }) => name))).toEqual(new Set(names));
  expect(proxy.calls.slice(before).filter(({ verb }) => verb === 'list').length).toBeGreaterThan(1);
}, 120_000);

describe('the page of a pod', () => {
  const get = (path: string) => cluster.httpGet({ namespace: space.name, pod: 'web', port: PORT, path, limitBytes: 1_000 }, soon());
  beforeAll(async () => {
    await space.apply(loosePod('web'));
    await eventually('it to be ready', async () => (await cluster.getPod(space.name, 'web', soon()))?.ready);
  });

  test('is asked for with its path and its query, and answers whatever status it likes', async () => {
    space.kubelet.web = (_, path) => ({ status: path.startsWith('/ill') ? 503 : 200, body: path });
    expect(await get('/health?deep=yes&of=a%20b')).toMatchObject({ status: 200, body: '/health?deep=yes&of=a%20b' });
    expect(await get('/ill')).toMatchObject({ status: 503, body: '/ill' });
  });

  test.each(['/../../../../secrets', '/%2e%2e/%2e%2e/%2e%2e/secrets', '/..%2f..%2f..%2fsecrets', '//secrets', '/a/../../b'])(
    'with the path %j is asked of the pod, and of nobody else',
    async (path) => {
      const before = proxy.calls.length;
      space.kubelet.web = () => ({ status: 200, body: 'of the pod' });
      const answer = await get(path);
      expect(proxy.calls.slice(before)).toEqual([expect.objectContaining({ verb: 'get', resource: 'pods/proxy', name: `web:${PORT}` })]);
      expect(answer.status === 200 ? answer.body : 'of the pod').toBe('of the pod');
      expect(answer.body).not.toContain('SecretList');
    },
  );
});
