import { afterEach, beforeEach, expect, test } from 'vitest';
import { LEASE, Ownership } from '../../src/app/ownership.ts';
import { ClusterError, type Cluster } from '../../src/core/ports.ts';
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

const installation = (holder: string) => new Ownership({ holder, timing: { ownerMs, readMs: 1_000 }, clock, log: recordingLog() });
const ask = (ownership: Ownership, namespace = 'chain') => ownership.of(cluster, namespace, soon());

test('the first who wants to act in a namespace owns it, and its replicas with it', async () => {
  expect(await ask(installation('a'))).toEqual({ holder: 'a', ours: true });
  expect(await ask(installation('a'))).toEqual({ holder: 'a', ours: true });
  expect(await cluster.getLease('chain', LEASE, soon())).toMatchObject({ holder: 'a' });
  expect(await ask(installation('b'), 'shop')).toEqual({ holder: 'b', ours: true });
});

test('what is ours is asked for again only as it ages', async () => {
  const a = installation('a');
  const version = async () => (await cluster.getLease('chain', LEASE, soon()))?.version;
  await ask(a);
  now += ownerMs / 2;
  await ask(a);
  expect(await version()).toBe('1');
  now += ownerMs / 4;
  await Promise.all([ask(a), ask(a), ask(a)]);
  expect(await version()).toBe('2');
});

test('one that is not known to live is waited for, one that renews is left alone', async () => {
  const [a, b] = [installation('a'), installation('b')];
  await ask(a);
  await expect(ask(b)).rejects.toThrow(
    new ClusterError('overloaded', `a held the Lease ${LEASE} of namespace chain; whether it is still at work shows within 120 s`),
  );
  now += ownerMs - 1;
  await expect(ask(b)).rejects.toThrow('a held the Lease');
  await ask(a);
  expect(await ask(b)).toEqual({ holder: 'a', ours: false });
  now += ownerMs - 1;
  expect(await ask(b)).toEqual({ holder: 'a', ours: false });
});

test('one that stands still for long enough is taken over, and observes when it comes back', async () => {
  const [a, b] = [installation('a'), installation('b')];
  await ask(a);
  await ask(b).catch(() => undefined);
  now += ownerMs;
  expect(await ask(b)).toEqual({ holder: 'b', ours: true });
  await expect(ask(a)).rejects.toThrow('b held the Lease');
  now += ownerMs / 2;
  await ask(b);
  now += ownerMs / 2;
  await ask(b);
  expect(await ask(a)).toEqual({ holder: 'b', ours: false });
});

test('of two who come at the same moment one owns it', async () => {
  const both = await Promise.allSettled([ask(installation('a')), ask(installation('b'))]);
  const owners = both.filter((one) => one.status === 'fulfilled' && one.value.ours);
  expect(owners).toHaveLength(1);
  expect(both.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { kind: 'overloaded' } });
});

test('what cannot be read or written is not owned', async () => {
  const a = installation('a');
  const fault = await sandbox.admin.breakApi({ kind: 'deny', verb: 'create', resource: 'leases' });
  await expect(ask(a)).rejects.toMatchObject({ kind: 'forbidden' });
  await sandbox.admin.lift(fault);
  expect(await ask(a)).toMatchObject({ ours: true });
});

test("a namespace that does not exist is nobody else's", async () => {
  expect(await ask(installation('a'), 'nowhere')).toEqual({ holder: 'a', ours: true });
});

test('renews by itself what it owns', async () => {
  const a = new Ownership({
    holder: 'a',
    timing: { ownerMs: 60, readMs: 1_000 },
    clock: { now: Date.now, monotonic: () => performance.now() },
    log: recordingLog(),
  });
  await ask(a);
  await using ticking = a.start();
  await expect.poll(async () => Number((await cluster.getLease('chain', LEASE, soon()))?.version), { timeout: 10_000 }).toBeGreaterThan(4);
  expect(ticking.lastTickAt).toBeGreaterThan(0);
});
