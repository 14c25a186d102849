import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import type { Cluster } from '../../src/core/ports.ts';
import { ALL_PERMISSIONS, type Account } from './account.ts';
import { connectTo } from './adapter.ts';
import { ApiProxy } from './api-proxy.ts';
import { writeAuthority } from './certificates.ts';
import { eventually } from './eventually.ts';
import { writeKubeconfig } from './kubeconfig.ts';
import { TestNamespace } from './namespace.ts';
import { loosePod, statefulSet, type Pod } from './objects.ts';

// What a real API server refuses, in its words, and who it says that we are.

const place = inject('cluster');
const soon = () => AbortSignal.timeout(10_000);
const parts = new AsyncDisposableStack();
let space: TestNamespace;
let proxy: ApiProxy;
let account: Account;
let cluster: Cluster;
beforeAll(async () => {
  space = parts.use(await TestNamespace.open(place));
  proxy = parts.use(await ApiProxy.start(place));
  account = await space.account(ALL_PERMISSIONS, proxy.url);
  cluster = parts.use(await connectTo(account));
  await space.apply(statefulSet('store', 3));
  await space.ready(3);
});
afterAll(() => parts.disposeAsync());

async function podNamed(name: string): Promise<Pod> {
  return eventually(`pod ${name}`, () => space.pod(name));
}

const deletionOf = ({ metadata }: Pod, dryRun = false) => {
  return { namespace: space.name, name: metadata.name, uid: metadata.uid, graceSeconds: null, dryRun, run: 'r-7f' };
};

describe('a deletion', () => {
  test('of another uid is refused by the API server, which names both', async () => {
    const pod = await podNamed('store-2');
    const uid = '00000000-0000-4000-8000-000000000000';
    const outcome = await cluster.deletePod({ ...deletionOf(pod), uid }, soon());
    expect(outcome).toMatchObject({ kind: 'rejected', reason: 'conflict', message: expect.stringContaining(uid) as string });
  });

  test('tells the audit of the API server which run it belongs to, a dry one too', async () => {
    await space.apply(loosePod('alone'));
    const pod = await podNamed('alone');
    await cluster.deletePod(deletionOf(pod, true), soon());
    await cluster.deletePod(deletionOf(pod), soon());
    const lines = await eventually('both deletions in the audit', () => {
      const all = readFileSync(join(place.folder, 'audit.log'), 'utf8').trimEnd().split('\n');
      const ours = all.filter((line) => line.includes(space.name) && line.includes('"name":"alone"') && line.includes('remediad/'));
      const deletions = ours.filter((line) => line.includes('"verb":"delete"'));
      return deletions.length === 2 && deletions;
    });
    for (const line of lines) {
      const { user, userAgent } = JSON.parse(line) as { user: { username: string }; userAgent: string };
      expect({ user: user.username, userAgent }).toEqual({
        user: `system:serviceaccount:${space.name}:remediad`,
        userAgent: 'remediad/test run=r-7f',
      });
    }
  });
});

describe('what is forbidden', () => {
  const exec = (pod: Pod) => {
    const request = { namespace: space.name, pod: 'store-0', uid: pod.metadata.uid, container: 'main', command: ['tool'], limitBytes: 9 };
    return cluster.exec(request, soon());
  };
  const log = () => ({ namespace: space.name, pod: 'store-0', container: 'main', previous: false, tailLines: 1, limitBytes: 9 });
  const calls: [string, string, (pod: Pod) => Promise<unknown>][] = [
    ['get', 'pods/log', () => cluster.logs(log(), soon())],
    ['create', 'pods/exec', exec],
    ['get', 'pods/proxy', () => cluster.httpGet({ namespace: space.name, pod: 'store-0', port: 8080, path: '/', limitBytes: 9 }, soon())],
    ['list', 'events', () => cluster.events({ kind: 'Pod', namespace: space.name, name: 'store-0', uid: 'u' }, 9, soon())],
    ['list', 'pods', () => cluster.listPods(space.name, {}, soon())],
  ];
  test.each(calls)('%s %s: an error that names verb, resource and namespace', async (verb, resource, call) => {
    const pod = await podNamed('store-0');
    await account.revoke(verb, resource);
    const error: unknown = await call(pod).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ name: 'ClusterError', kind: 'forbidden' });
    for (const word of [verb, resource, space.name]) expect((error as Error).message).toContain(word);
  });

  test('delete pods: refused, with the same words', async () => {
    const pod = await podNamed('store-0');
    await account.revoke('delete', 'pods');
    const outcome = await cluster.deletePod(deletionOf(pod), soon());
    expect(outcome).toMatchObject({ kind: 'rejected', reason: 'not-permitted' });
    for (const word of ['delete', 'pods', space.name, `system:serviceaccount:${space.name}:remediad`]) {
      expect(outcome.kind === 'rejected' && outcome.message).toContain(word);
    }
    expect((await podNamed('store-0')).metadata).toMatchObject({ uid: pod.metadata.uid });
  });
});

describe('credentials', () => {
  const write = (name: string, token: string, authority = readFileSync(join(place.folder, 'ca.crt'), 'utf8')) =>
    writeKubeconfig(join(place.folder, `${space.name}-${name}.kubeconfig`), { name: 'one', server: place.server, authority, token });

  test('of a certificate let in', async () => {
    const config = JSON.parse(readFileSync(write('certificate', 'none'), 'utf8')) as { users: unknown[] };
    const path = (name: string) => join(place.folder, name);
    config.users = [{ name: 'one', user: { 'client-certificate': path('client.crt'), 'client-key': path('client.key') } }];
    const kubeconfig = join(place.folder, `${space.name}-tls.kubeconfig`);
    writeFileSync(kubeconfig, JSON.stringify(config));
    using mine = await connectTo({ kubeconfig, context: 'one' });
    expect(await mine.getPod(space.name, 'store-0', soon())).toMatchObject({ name: 'store-0' });
  });

  test('are shown to nobody whose certificate is of another authority', async () => {
    const other = `${space.name}-authority`;
    writeAuthority(place.folder, other);
    const kubeconfig = writeKubeconfig(join(place.folder, `${other}.kubeconfig`), {
      name: 'one',
      server: proxy.url,
      authority: readFileSync(join(place.folder, `${other}.crt`), 'utf8'),
      token: place.adminToken,
    });
    const before = proxy.calls.length;
    using mine = await connectTo({ kubeconfig, context: 'one' });
    await expect(mine.getPod(space.name, 'store-0', soon())).rejects.toMatchObject({ kind: 'unreachable' });
    expect(proxy.calls.length, 'no request was sent').toBe(before);
  });
});
