import { afterEach, beforeEach, expect, test } from 'vitest';
import { LEASE, Ownership } from '../../src/app/ownership.ts';
import type { Cluster } from '../../src/core/ports.ts';
import { recordingLog } from '../support/log.ts';
import { startSandbox, type Sandbox } from '../support/sandbox.ts';

const ownerMs = 120_000;
let sandbox: Sandbox;
let cluster: Cluster;
let now = 0;
const clock = { now: () => now, monotonic: () => now };
const soon = () => AbortSignal.timeout(5_000);

beforeEach(async () => {
  sandbox = await startSandbox({ namespaces: { chain: {}, shop: {} }, workloads: [] });
  cluster = sandbox.cluster('main');
  now = 1_000;
});
afterEach(() => sandbox[Symbol.asyncDispose]());

const installation = (holder: string) =>
  new Ownership({ holder: () => holder, timing: { ownerMs, readMs: 1_000 }, clock, log: recordingLog() });
const take = (ownership: Ownership, namespace = 'chain') => ownership.take(cluster, namespace, soon());
const ask = (ownership: Ownership, namespace = 'chain') => ownership.of(cluster, namespace, soon());

test('the first who acts in a namespace owns it, and its replicas with it', async () => {
  expect(await take(installation('a'))).toEqual({ holder: 'a', ours: true });
  expect(await take(installation('a'))).toEqual({ holder: 'a', ours: true });
  expect(await cluster.getLease('chain', LEASE, soon())).toMatchObject({ holder: 'a' });
  expect(await take(installation('b'), 'shop')).toEqual({ holder: 'b', ours: true });
  expect(await take(installation('b'))).toEqual({ holder: 'a', ours: false });
});

test('to look takes nothing', async () => {
  expect(await ask(installation('a'))).toEqual({ holder: 'a', ours: true });
  expect(await cluster.getLease('chain', LEASE, soon())).toBeNull();
  await take(installation('b'));
  expect(await ask(installation('a'))).toEqual({ holder: 'b', ours: false });
});

test('what is ours is renewed only as it ages', async () => {
  const a = installation('a');
  const version = async () => (await cluster.getLease('chain', LEASE, soon()))?.version;
  await take(a);
  now += ownerMs / 2;
  await take(a);
  expect(await version()).toBe('1');
  now += ownerMs / 4;
  await take(a);
  expect(await version()).toBe('2');
});

test('one that renews is left alone, one that stands still for long enough is taken over, and gives way when it comes back', async () => {
  const [a, b] = [installation('a'), installation('b')];
  await take(a);
  expect(await take(b)).toEqual({ holder: 'a', ours: false });
  now += ownerMs * 0.9;
  await take(a);
  expect(await take(b)).toEqual({ holder: 'a', ours: false });
  now += ownerMs * 0.9;
  expect(await take(b)).toEqual({ holder: 'a', ours: false });
  now += ownerMs * 0.1;
  expect(await ask(b)).toEqual({ holder: 'b', ours: true });
  expect(await take(b)).toEqual({ holder: 'b', ours: true });
  expect(await ask(a)).toEqual({ holder: 'b', ours: false });
  expect(await take(a)).toEqual({ holder: 'b', ours: false });
});

test('what was deleted or given to another by hand is ours no more, whatever this process remembers', async () => {
  const a = installation('a');
  await take(a);
  const lease = await cluster.getLease('chain', LEASE, soon());
  await cluster.putLease({ namespace: 'chain', name: LEASE, holder: 'b', durationMs: ownerMs, version: lease!.version }, soon());
  expect(await ask(a)).toEqual({ holder: 'b', ours: false });
  expect(await take(a)).toEqual({ holder: 'b', ours: false });
});

test('of many who come at the same moment one installation owns it, and all of its replicas know', async () => {
  const owners = ['a', 'b', 'a', 'b'].map((holder) => installation(holder));
  const answers = await Promise.all(owners.map((owner) => take(owner)));
  const [first] = answers;
  expect(answers.map(({ ours }, index) => ours === (index % 2 === (first!.ours ? 0 : 1)))).toEqual([true, true, true, true]);
});

test.each([
  ['refuses', 'deny', 'forbidden'],
  ['is at fault', 'error', 'unreachable'],
] as const)("a Lease that the API %s to write is nobody's to act on", async (_what, kind, error) => {
  const a = installation('a');
  const fault = await sandbox.admin.breakApi({ kind, verb: 'create', resource: 'leases' });
  await expect(take(a)).rejects.toMatchObject({ kind: error });
  await sandbox.admin.lift(fault);
  expect(await take(a)).toMatchObject({ ours: true });
});

test('nothing can be taken in a namespace that does not exist', async () => {
  expect(await ask(installation('a'), 'nowhere')).toEqual({ holder: 'a', ours: true });
  await expect(take(installation('a'), 'nowhere')).rejects.toMatchObject({ kind: 'invalid' });
});

test('renews by itself what it owns, and says when it lost it', async () => {
  const log = recordingLog();
  const timing = { ownerMs: 60, readMs: 1_000 };
  const a = new Ownership({ holder: () => 'a', timing, clock: { now: Date.now, monotonic: () => performance.now() }, log });
  await take(a);
  await using ticking = a.start();
  const look = () => cluster.getLease('chain', LEASE, soon());
  await expect.poll(async () => Number((await look())?.version), { timeout: 10_000 }).toBeGreaterThan(4);
  expect(ticking.lastTickAt).toBeGreaterThan(0);
  const theft = async () => {
    const version = (await look())!.version;
    return cluster.putLease({ namespace: 'chain', name: LEASE, holder: 'b', durationMs: 60, version }, soon());
  };
  await expect.poll(theft, { timeout: 10_000 }).toBe(true);
  await expect
    .poll(() => log.lines.map(({ message }) => message), { timeout: 10_000 })
    .toContain('another installation took over a namespace');
});
