import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import type { Cluster } from '../../src/core/ports.ts';
import { ALL_PERMISSIONS } from './account.ts';
import { connectTo } from './adapter.ts';
import { ApiProxy } from './api-proxy.ts';
import { scripted } from './exec-call.ts';
import { TestNamespace } from './namespace.ts';
import { statefulSet } from './objects.ts';

// A process may be stopped between any two of its instructions, and its timers know nothing of it when it goes on.

let parts: AsyncDisposableStack;
let space: TestNamespace;
let proxy: ApiProxy;
let cluster: Cluster;
let commands = 0;
beforeEach(async () => {
  parts = new AsyncDisposableStack();
  space = parts.use(await TestNamespace.open(inject('cluster')));
  commands = 0;
  space.kubelet.command = () => {
    commands += 1;
    return scripted({});
  };
  proxy = parts.use(await ApiProxy.start(space.place));
  cluster = parts.use(await connectTo(await space.account(ALL_PERMISSIONS, proxy.url)));
  await space.apply(statefulSet('store', 1));
  await space.ready(1);
});
afterEach(() => parts.disposeAsync());

/** Nothing of this process happens meanwhile, as when it is stopped. */
function standStill(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

async function uidOf(name: string): Promise<string> {
  return (await space.pod(name))?.metadata.uid ?? '';
}

const deletionsSeen = () => proxy.calls.filter(({ verb }) => verb === 'delete').length;

test.each([
  ['no connection', 0],
  ['a kept connection', 0],
  ['no connection', 3],
  ['a kept connection', 1],
])('with %s, a deletion whose process stands still after %d ms does not leave late', async (connection, afterMs) => {
  const uid = await uidOf('store-0');
  if (connection === 'a kept connection') await cluster.getPod(space.name, 'store-0', AbortSignal.timeout(5_000));
  const request = { namespace: space.name, name: 'store-0', uid, graceSeconds: null, dryRun: false, run: 'r-1' };

  const deletion = cluster.deletePod(request, AbortSignal.timeout(50));
  if (afterMs > 0) await sleep(afterMs);
  const sent = deletionsSeen();
  standStill(200);
  const outcome = await deletion;

  expect(deletionsSeen()).toBe(sent);
  // Whatever had begun to leave before is not known.
  const expected = afterMs > 0 && outcome.kind === 'unknown' ? { kind: 'unknown' } : { kind: 'rejected', reason: 'too-late' };
  expect(outcome).toMatchObject(expected);
  expect(await uidOf('store-0')).toBe(uid);
});

test.each(['no connection', 'a kept connection'])('with %s, a command whose process stands still is not sent late', async (connection) => {
  const uid = await uidOf('store-0');
  const request = { namespace: space.name, pod: 'store-0', uid, container: 'main', command: ['tool'], limitBytes: 100 };
  if (connection === 'a kept connection') await cluster.exec(request, AbortSignal.timeout(5_000));
  const before = commands;

  const running = cluster.exec(request, AbortSignal.timeout(50));
  standStill(200);

  await expect(running).rejects.toMatchObject({ name: 'ClusterError', kind: 'timeout' });
  await sleep(300);
  expect(commands).toBe(before);
});
