import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, inject, test, vi } from 'vitest';
import { createKubernetesCluster } from '../../src/adapters/kubernetes/cluster.ts';
import type { Cluster } from '../../src/core/ports.ts';
import { processClock, recordingLog } from '../support/log.ts';
import { tempDir } from '../support/temp-dir.ts';
import { ALL_PERMISSIONS, type Account } from './account.ts';
import { connectTo } from './adapter.ts';
import { ApiProxy, type Strike } from './api-proxy.ts';
import { TestNamespace } from './namespace.ts';
import { statefulSet } from './objects.ts';

// What is asked how often, and what is never asked twice.

let parts: AsyncDisposableStack;
let space: TestNamespace;
let proxy: ApiProxy;
let account: Account;
let cluster: Cluster;
beforeEach(async () => {
  parts = new AsyncDisposableStack();
  space = parts.use(await TestNamespace.open(inject('cluster')));
  proxy = parts.use(await ApiProxy.start(space.place));
  account = await space.account(ALL_PERMISSIONS, proxy.url);
  cluster = parts.use(await connectTo(account));
  await space.apply(statefulSet('store', 1));
  await space.ready(1);
});
afterEach(() => parts.disposeAsync());

const soon = () => AbortSignal.timeout(10_000);
const read = () => cluster.getNamespace(space.name, soon());

/** Strikes the first so many calls with this verb. */
function strikeFirst(verb: string, strike: Strike, times = 1): void {
  let left = times;
  proxy.strike = (call) => (call.verb === verb && left-- > 0 ? strike : null);
}

async function deletion(over: object = {}) {
  const uid = (await space.pod('store-0'))?.metadata.uid ?? '';
  return { namespace: space.name, name: 'store-0', uid, graceSeconds: null, dryRun: false, run: 'r-1', ...over };
}

const said = (status: number, reason: string): Strike => ({ status, body: { reason, message: 'not now' } });
const troubles: readonly [string, Strike][] = [
  ['an internal error', said(500, 'InternalError')],
  ['an overloaded server', said(429, 'TooManyRequests')],
  ['a server that is starting', said(503, 'ServiceUnavailable')],
  ['a connection cut before', 'cut-before'],
  ['a connection cut after', 'cut-after'],
];

describe('a read', () => {
  test.each(troubles)('gets over %s', async (_, strike) => {
    strikeFirst('get', strike, 2);
    expect(await read()).toMatchObject({ name: space.name });
    expect(proxy.calls).toHaveLength(3);
  });

  test.each(troubles)('does not ask for ever: %s', async (_, strike) => {
    strikeFirst('get', strike, 100);
    await expect(read()).rejects.toMatchObject({ name: 'ClusterError' });
    expect(proxy.calls).toHaveLength(3);
  });

  test('that is refused is not asked again', async () => {
    strikeFirst('get', said(403, 'Forbidden'));
    await expect(read()).rejects.toMatchObject({ kind: 'forbidden', message: expect.stringContaining('get namespaces') });
    expect(proxy.calls).toHaveLength(1);
  });
});

describe('a write', () => {
  test.each(troubles)('is not repeated after %s', async (_, strike) => {
    strikeFirst('delete', strike);
    expect(await cluster.deletePod(await deletion(), soon())).toMatchObject({ kind: 'unknown' });
    expect(proxy.calls.filter(({ verb }) => verb === 'delete')).toHaveLength(1);
  });

  test('goes over a new connection when the kept one was closed meanwhile', async () => {
    await read();
    const connections = proxy.connections;
    const request = await deletion({ dryRun: true });
    proxy.cutAll();
    expect(await cluster.deletePod(request, soon())).toMatchObject({ kind: 'done' });
    expect(proxy.connections).toBe(connections + 1);
  });
});

describe('a token that is not known', () => {
  const expired = () => writeFileSync(account.kubeconfig, readFileSync(account.kubeconfig, 'utf8').replaceAll(account.token, 'expired'));
  const renewed = () => writeFileSync(account.kubeconfig, readFileSync(account.kubeconfig, 'utf8').replaceAll('expired', account.token));

  test('is told by a read, and the next one finds the new token', async () => {
    expired();
    const late = parts.use(await connectTo(account));
    const refused = { kind: 'unauthenticated', message: expect.stringContaining('401') };
    await expect(late.getNamespace(space.name, soon())).rejects.toMatchObject(refused);
    renewed();
    expect(await late.getNamespace(space.name, soon())).toMatchObject({ name: space.name });
  });

  test('is told by a write, which did nothing, and the next one finds the new token', async () => {
    expired();
    const late = parts.use(await connectTo(account));
    expect(await late.deletePod(await deletion(), soon())).toMatchObject({ kind: 'rejected', reason: 'not-permitted' });
    renewed();
    expect(await late.deletePod(await deletion(), soon())).toMatchObject({ kind: 'done' });
  });
});

test('in a pod its service account is enough', async () => {
  const folder = parts.use(await tempDir());
  const mounted = join(folder.path, 'var/run/secrets/kubernetes.io/serviceaccount');
  await mkdir(mounted, { recursive: true });
  writeFileSync(join(mounted, 'token'), `${account.token}\n`);
  copyFileSync(join(space.place.folder, 'ca.crt'), join(mounted, 'ca.crt'));
  const { hostname, port } = new URL(proxy.url);
  vi.stubEnv('KUBERNETES_SERVICE_HOST', hostname);
  vi.stubEnv('KUBERNETES_SERVICE_PORT', port);
  parts.defer(() => void vi.unstubAllEnvs());
  const options = { name: 'here', version: 'test', log: recordingLog(), clock: processClock };
  const here = parts.use(await createKubernetesCluster({ ...options, credentials: { kind: 'in-cluster', root: folder.path } }));
  expect(await here.getPod(space.name, 'store-0', soon())).toMatchObject({ name: 'store-0', nodeReady: true });
});

describe('more calls than are allowed', () => {
  const narrow = async () =>
    parts.use(
      await createKubernetesCluster({
        name: 'narrow',
        version: 'test',
        credentials: { kind: 'kubeconfig', file: account.kubeconfig, context: account.context },
        qps: 1,
        burst: 2,
        log: recordingLog(),
        clock: processClock,
      }),
    );

  test('wait, within their time', async () => {
    const slow = await narrow();
    const calls = [1, 2, 3].map(() => slow.getNamespace(space.name, AbortSignal.timeout(500)));
    const results = await Promise.allSettled(calls);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected']);
    expect(results[2]).toMatchObject({ reason: { kind: 'timeout', message: expect.stringContaining('qps and burst') } });
    expect(proxy.calls).toHaveLength(2);
  });

  test('do not keep an effect waiting', async () => {
    const slow = await narrow();
    const request = await deletion();
    const reads = [1, 2, 3, 4, 5, 6].map(() => slow.getNamespace(space.name, AbortSignal.timeout(3_000)));
    expect(await slow.deletePod(request, AbortSignal.timeout(2_000))).toMatchObject({ kind: 'done' });
    await Promise.allSettled(reads);
  });
});
