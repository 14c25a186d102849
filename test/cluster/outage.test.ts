import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Cluster } from '../../src/core/ports.ts';
import { ALL_PERMISSIONS } from './account.ts';
import { connectTo } from './adapter.ts';
import { startCluster, type ControlPlane } from './control-plane.ts';
import { eventually } from './eventually.ts';
import { scripted } from './exec-call.ts';
import { TestNamespace } from './namespace.ts';
import { isReady, statefulSet, type Pod } from './objects.ts';

// A control plane of the file's own, parts of which stop, die and come again.

let plane: ControlPlane;
beforeAll(async () => void (plane = await startCluster()));
afterAll(() => plane[Symbol.asyncDispose]());

let parts: AsyncDisposableStack;
let space: TestNamespace;
let cluster: Cluster;
beforeEach(async () => {
  parts = new AsyncDisposableStack();
  space = parts.use(await TestNamespace.open(plane.place));
  space.kubelet.command = () => scripted({ stdout: 'so' });
  cluster = parts.use(await connectTo(await space.account(ALL_PERMISSIONS)));
  await space.apply(statefulSet('store', 3));
  await space.ready(3);
});
afterEach(() => parts.disposeAsync());

const within = (ms: number) => AbortSignal.timeout(ms);
const read = (ms = 10_000) => cluster.getPod(space.name, 'store-0', within(ms));

async function pod(name = 'store-0'): Promise<Pod> {
  const found = await space.pod(name);
  if (found === null) throw new Error(`there is no pod ${name}`);
  return found;
}

const deletionOf = ({ metadata }: Pod) => {
  return { namespace: space.name, name: metadata.name, uid: metadata.uid, graceSeconds: null, dryRun: false, run: 'r-1' };
};
const execIn = ({ metadata }: Pod) => {
  return { namespace: space.name, pod: metadata.name, uid: metadata.uid, container: 'main', command: ['tool'], limitBytes: 100 };
};

/** The API server serves again, and so does the adapter. */
async function recovered(): Promise<void> {
  expect(await eventually('a read to work again', () => read(2_000), { withinMs: 30_000 })).toMatchObject({ ready: true });
  const [first] = await space.ready(3);
  expect(await cluster.exec(execIn(first as Pod), within(10_000))).toMatchObject({ exitCode: 0 });
}

const right = { verb: 'delete', group: '', resource: 'pods', subresource: null, namespace: 'default' };

test('an API server that stands still for 20 s: every call ends by its signal, no write counts as done, and then all goes on', async () => {
  const target = await pod();
  await read();
  await plane.apiServer.pause();
  const since = performance.now();

  const timeout = { name: 'ClusterError', kind: 'timeout' };
  await expect(read(500)).rejects.toMatchObject(timeout);
  await expect(cluster.exec(execIn(target), within(500))).rejects.toMatchObject(timeout);
  await expect(cluster.missingRights([right], within(500))).rejects.toMatchObject(timeout);
  const outcome = await cluster.deletePod(deletionOf(target), within(500));
  await sleep(20_000 - (performance.now() - since));
  plane.apiServer.resume();

  expect(outcome.kind === 'rejected' ? outcome.reason : outcome.kind).toMatch(/^(unknown|too-late)$/);
  await recovered();
  // What had not left came to nothing; what had left is done or not, and only the world knows.
  if (outcome.kind === 'rejected') expect((await pod()).metadata.uid).toBe(target.metadata.uid);
});

test('an API server that is killed: reads say that it cannot be reached, a write is not sent, and a restarted one serves', async () => {
  const target = await pod();
  await read();
  await plane.apiServer.kill();

  const unreachable = { name: 'ClusterError', kind: 'unreachable' };
  await expect(read()).rejects.toMatchObject(unreachable);
  await expect(cluster.listPods(space.name, {}, within(10_000))).rejects.toMatchObject(unreachable);
  await expect(cluster.exec(execIn(target), within(10_000))).rejects.toMatchObject(unreachable);
  const outcome = await cluster.deletePod(deletionOf(target), within(10_000));
  expect(outcome).toMatchObject({ kind: 'rejected', reason: 'too-late', message: expect.stringContaining('ECONNREFUSED') as string });

  await plane.restartApiServer();
  await recovered();
  expect((await pod()).metadata.uid).toBe(target.metadata.uid);
});

test('an API server that dies in the middle of a command: an error, never an exit code', async () => {
  const target = await pod();
  space.kubelet.command = () => scripted({ stdout: 'half', end: 'hang' });
  const running = cluster.exec(execIn(target), within(20_000)).catch((error: unknown) => error);
  await eventually('the command to run', () => space.kubelet.commands.length > 0);
  await plane.apiServer.kill();
  expect(await running).toMatchObject({ name: 'ClusterError', kind: 'unreachable' });

  space.kubelet.command = () => scripted({ stdout: 'so' });
  await plane.restartApiServer();
  await recovered();
});

test('an API server that has lost its store: a write that it cannot keep is unknown, and sent again for the same uid it is done once', async () => {
  const target = await pod();
  let incarnations = 1;
  space.kubelet.fate = (name, incarnation) => {
    if (name === 'store-0') incarnations = incarnation;
    return {};
  };
  await plane.etcd.pause();
  const outcome = await cluster.deletePod(deletionOf(target), within(1_500));
  plane.etcd.resume();

  expect(outcome).toMatchObject({ kind: 'unknown' });
  await recovered();
  // Carried out late it left another pod of that name, which the same request does not touch; else it is carried out now.
  const again = await cluster.deletePod(deletionOf(target), within(10_000));
  expect(again.kind === 'rejected' ? again.reason : again.kind).toMatch(/^(done|conflict|gone)$/);
  await eventually('another pod', async () => {
    const now = await space.pod('store-0');
    return now !== null && isReady(now) && now.metadata.uid !== target.metadata.uid;
  });
  expect(incarnations).toBe(2);
});
