import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import type { Cluster } from '../../src/core/ports.ts';
import { ALL_PERMISSIONS } from './account.ts';
import { connectTo } from './adapter.ts';
import { ApiProxy } from './api-proxy.ts';
import { eventually } from './eventually.ts';
import { scripted } from './exec-call.ts';
import { TestNamespace } from './namespace.ts';
import { loosePod } from './objects.ts';

// TLS connections are counted where they arrive.

/** What one set of credentials may have open at a time, for calls and for commands each. */
const MOST = 32;

let parts: AsyncDisposableStack;
let space: TestNamespace;
let proxy: ApiProxy;
let cluster: Cluster;
beforeEach(async () => {
  parts = new AsyncDisposableStack();
  space = parts.use(await TestNamespace.open(inject('cluster')));
  space.kubelet.command = () => scripted({ stdout: 'so' });
  proxy = parts.use(await ApiProxy.start(space.place));
  cluster = parts.use(await connectTo(await space.account(ALL_PERMISSIONS, proxy.url)));
  await space.apply(loosePod('alone'));
  await space.ready(1);
});
afterEach(() => parts.disposeAsync());

const signal = () => AbortSignal.timeout(20_000);
const read = () => cluster.getPod(space.name, 'alone', signal());
const times = (count: number) => Array.from({ length: count }, (_, n) => n);

test('one read after the other goes over the same connection', async () => {
  for (const _ of times(50)) await read();
  // The pod and its node are read at once at most.
  expect(proxy.calls.length).toBeGreaterThanOrEqual(50);
  expect(proxy.connections).toBeLessThanOrEqual(2);
});

test('many at once open no more than they may, and later ones none', async () => {
  await Promise.all(times(200).map(read));
  expect(proxy.connections).toBeLessThanOrEqual(MOST);
  const before = proxy.connections;
  await Promise.all(times(200).map(read));
  expect(proxy.connections).toBe(before);
});

test('commands have their own, which they close, so that reads do not wait for commands that hang', async () => {
  const pod = await read();
  const command = { namespace: space.name, pod: 'alone', uid: pod?.uid ?? '', container: 'main', command: ['tool'], limitBytes: 100 };
  await Promise.all(times(60).map(() => cluster.exec(command, signal())));
  expect(proxy.peak).toBeLessThanOrEqual(2 * MOST);
  const before = proxy.connections;
  for (const _ of times(10)) await cluster.exec(command, signal());
  expect(proxy.connections - before).toBeLessThanOrEqual(10);

  space.kubelet.command = () => scripted({ end: 'hang' });
  const reached = space.kubelet.commands.length;
  const leaving = new AbortController();
  const hanging = times(MOST).map(async () => cluster.exec(command, leaving.signal).catch((error: unknown) => error));
  await eventually('all of them to hang', () => space.kubelet.commands.length === reached + MOST);
  expect(await read()).toMatchObject({ name: 'alone' });
  leaving.abort();
  await Promise.all(hanging);
});

test.each([
  ['a moment', 2_000],
  ['a minute', 60_000],
])(
  '%s of idling opens none and asks nothing',
  async (_, idleMs) => {
    await Promise.all(times(10).map(read));
    const before = { connections: proxy.connections, calls: proxy.calls.length };
    await sleep(idleMs);
    expect({ connections: proxy.connections, calls: proxy.calls.length }).toEqual(before);
    expect(await read()).toMatchObject({ name: 'alone' });
  },
  90_000,
);
