import { readFile, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { createSandboxCluster } from '../../../src/adapters/sandbox/client.ts';
import { eventually } from '../../support/eventually.ts';
import { startNode } from '../../support/process.ts';
import { startSandbox } from '../../support/sandbox.ts';
import { tempDir } from '../../support/temp-dir.ts';

const server = fileURLToPath(new URL('../../../src/adapters/sandbox/server.ts', import.meta.url));
const soon = () => AbortSignal.timeout(10_000);
const fast = { start: 10, ready: 10, terminate: 30 };
const fleet = (replicas = 3) => ({ workloads: [{ kind: 'StatefulSet' as const, namespace: 'prod', name: 'node', replicas, ...fast }] });
const deletion = (pod: { namespace: string; name: string; uid: string }, run = 'r-1') => ({
  namespace: pod.namespace,
  name: pod.name,
  uid: pod.uid,
  graceSeconds: null,
  dryRun: false,
  run,
});

test('without a fleet file it holds the built-in fleet', async () => {
  await using sandbox = await startSandbox();
  const pods = await sandbox.admin.pods('archivechain-prod');
  expect(pods).toHaveLength(6);
  expect(pods.every(({ ready, up, peers }) => ready && up && peers === 12)).toBe(true);
});

test('the fleet outlives its clients', async () => {
  await using sandbox = await startSandbox(fleet());
  {
    using first = createSandboxCluster({ name: 'first', socket: sandbox.socket });
    const pod = (await first.getPod('prod', 'node-1', soon()))!;
    await first.deletePod(deletion(pod), soon());
  }
  const second = sandbox.cluster('second');
  await eventually('the successor', async () => (await second.getPod('prod', 'node-1', soon()))?.ready);
  expect(await sandbox.admin.journal()).toMatchObject([{ effect: 'delete-pod', pod: 'node-1', run: 'r-1', repeated: false }]);
});

test('a fleet goes on living while nobody asks', async () => {
  await using sandbox = await startSandbox(fleet());
  await sandbox.admin.breakPod('prod', 'node-1', { kind: 'crash-loop', every: 50, until: 300 });
  const pod = await eventually('the pod to have restarted and recovered', async () => {
    const now = (await sandbox.admin.pods('prod')).find(({ name }) => name === 'node-1');
    return now?.ready && now.containers[0]!.restarts > 2 && now;
  });
  expect(pod.faults).toEqual([]);
});

test('the journal counts what happened, whether the answer arrived or not, and dry runs not at all', async () => {
  await using sandbox = await startSandbox(fleet());
  const cluster = sandbox.cluster();
  const pod = (await cluster.getPod('prod', 'node-0', soon()))!;
  await cluster.deletePod({ ...deletion(pod), dryRun: true }, soon());
  await sandbox.admin.breakApi({ kind: 'lost-before', verb: 'delete', times: 1 });
  expect(await cluster.deletePod(deletion(pod), soon())).toMatchObject({ kind: 'unknown' });
  expect(await sandbox.admin.journal()).toEqual([]);
  await sandbox.admin.breakApi({ kind: 'lost-after', verb: 'delete', times: 1 });
  expect(await cluster.deletePod(deletion(pod), soon())).toMatchObject({ kind: 'unknown' });
  await cluster.deletePod(deletion(pod), soon());
  expect((await sandbox.admin.journal({ uid: pod.uid })).map(({ repeated }) => repeated)).toEqual([false, true]);
  expect(await sandbox.admin.journal({ after: 2 })).toEqual([]);
  expect(await sandbox.admin.journal({ run: 'r-2' })).toEqual([]);
  expect(await sandbox.admin.calls()).toMatchObject({ 'delete pods': 4 });
});

test('a conflict once: the second try is let through', async () => {
  await using sandbox = await startSandbox(fleet());
  const cluster = sandbox.cluster();
  const pod = (await cluster.getPod('prod', 'node-0', soon()))!;
  await sandbox.admin.breakApi({ kind: 'conflict', verb: 'delete', times: 1 });
  expect(await cluster.deletePod(deletion(pod), soon())).toMatchObject({ kind: 'rejected', reason: 'conflict' });
  expect(await cluster.deletePod(deletion(pod), soon())).toMatchObject({ kind: 'done' });
});

test('an API that is down comes back by itself; its operator is not shut out', async () => {
  await using sandbox = await startSandbox(fleet());
  const cluster = sandbox.cluster();
  await sandbox.admin.breakApi({ kind: 'down', for: 300 });
  await expect(cluster.getPod('prod', 'node-0', soon())).rejects.toMatchObject({ kind: 'unreachable' });
  expect(await sandbox.admin.pods('prod')).toHaveLength(3);
  await eventually('the API to answer', () => cluster.getPod('prod', 'node-0', soon()));
});

test('a fault is lifted by its id; a slow answer comes late but right', async () => {
  await using sandbox = await startSandbox(fleet());
  const cluster = sandbox.cluster();
  const id = await sandbox.admin.breakApi({ kind: 'slow', verb: 'get', ms: 300 });
  await expect(cluster.getPod('prod', 'node-0', AbortSignal.timeout(50))).rejects.toMatchObject({ kind: 'timeout' });
  expect(await cluster.getPod('prod', 'node-0', soon())).toMatchObject({ name: 'node-0' });
  expect(await sandbox.admin.lift(id)).toEqual({ lifted: true });
  expect(await sandbox.admin.lift(id)).toEqual({ lifted: false });
  expect(await cluster.getPod('prod', 'node-0', AbortSignal.timeout(250))).toMatchObject({ name: 'node-0' });
});

test('a server that ignores uids lets the deletion of a pod long gone strike its successor', async () => {
  await using sandbox = await startSandbox(fleet());
  const cluster = sandbox.cluster();
  const old = (await cluster.getPod('prod', 'node-0', soon()))!;
  await cluster.deletePod(deletion(old), soon());
  const next = await eventually('a successor', async () => {
    const now = await cluster.getPod('prod', 'node-0', soon());
    return now?.uid !== old.uid && now;
  });
  expect(await cluster.deletePod(deletion(old), soon())).toMatchObject({ reason: 'conflict' });
  await sandbox.admin.breakApi({ kind: 'ignore-uid' });
  expect(await cluster.deletePod(deletion(old), soon())).toMatchObject({ kind: 'done', output: { uid: next.uid } });
  expect((await sandbox.admin.journal()).map(({ uid }) => uid)).toEqual([old.uid, next.uid]);
});

test('nodes, rollouts, restarts and marks can be set from outside', async () => {
  await using sandbox = await startSandbox(fleet());
  const cluster = sandbox.cluster();
  const pod = (await cluster.getPod('prod', 'node-0', soon()))!;
  await sandbox.admin.setNode(pod.node!, false);
  expect(await cluster.getPod('prod', 'node-0', soon())).toMatchObject({ ready: false, nodeReady: false });
  await sandbox.admin.setNode(pod.node!, true);
  const node = { kind: 'StatefulSet', namespace: 'prod', name: 'node' } as const;
  await sandbox.admin.rollOut(node);
  expect(await cluster.getWorkload('StatefulSet', 'prod', 'node', soon())).toMatchObject({ rollingOut: true });
  await eventually('the end of the rollout', async () => !(await cluster.getWorkload('StatefulSet', 'prod', 'node', soon()))?.rollingOut);
  await sandbox.admin.mark({ ...node, labels: { 'remediad.dev/exclude': 'true' } });
  await sandbox.admin.mark({ kind: 'Namespace', namespace: '', name: 'prod', annotations: { 'remediad.dev/pause': 'game day' } });
  expect(await cluster.getWorkload('StatefulSet', 'prod', 'node', soon())).toMatchObject({ labels: { 'remediad.dev/exclude': 'true' } });
  expect(await cluster.getNamespace('prod', soon())).toMatchObject({ annotations: { 'remediad.dev/pause': 'game day' } });
  await sandbox.admin.restartContainer('prod', 'node-1');
  expect(await cluster.getPod('prod', 'node-1', soon())).toMatchObject({ containers: [{ restarts: 1 }] });
});

test('what nobody listens to is unreachable for reads and unknown for writes', async () => {
  using cluster = createSandboxCluster({ name: 'nowhere', socket: '/nonexistent/sandbox.sock' });
  await expect(cluster.getPod('prod', 'node-0', soon())).rejects.toMatchObject({ name: 'ClusterError', kind: 'unreachable' });
  expect(await cluster.deletePod(deletion({ namespace: 'prod', name: 'node-0', uid: 'u' }), soon())).toMatchObject({ kind: 'unknown' });
});

test('a sandbox that is stopped makes calls time out, and answers again when it goes on', async () => {
  await using sandbox = await startSandbox(fleet());
  const cluster = sandbox.cluster();
  sandbox.process.signal('SIGSTOP');
  await expect(cluster.getPod('prod', 'node-0', AbortSignal.timeout(300))).rejects.toMatchObject({ kind: 'timeout' });
  sandbox.process.signal('SIGCONT');
  expect(await cluster.getPod('prod', 'node-0', soon())).toMatchObject({ name: 'node-0' });
});

test('three thousand pods are held without effort', async () => {
  await using sandbox = await startSandbox({
    workloads: Array.from({ length: 1000 }, (_, n) => ({
      kind: 'StatefulSet' as const,
      namespace: 'prod',
      name: `node-${n}`,
      replicas: 3,
      ...fast,
    })),
  });
  const cluster = sandbox.cluster();
  const pods = await Promise.all(Array.from({ length: 300 }, async (_, n) => (await cluster.getPod('prod', `node-${n}-0`, soon()))!));
  const outcomes = await Promise.all(pods.map((pod, n) => cluster.deletePod(deletion(pod, `r-${n}`), soon())));
  expect(outcomes.filter(({ kind }) => kind === 'done')).toHaveLength(300);
  await eventually('all 300 to be ready again', async () => {
    const now = await sandbox.admin.pods('prod');
    const byUid = new Set(now.filter(({ ready }) => ready).map(({ uid }) => uid));
    return byUid.size === 3000 && pods.every(({ uid }) => !byUid.has(uid));
  });
  expect(new Set((await sandbox.admin.journal()).map(({ run }) => run)).size).toBe(300);
});

test('a fleet file may be YAML, with durations', async () => {
  await using folder = await tempDir();
  const socket = join(folder.path, 's.sock');
  const file = join(folder.path, 'fleet.yaml');
  await writeFile(file, 'workloads:\n  - { kind: Pod, namespace: prod, name: alone, age: 90s }\n');
  await using process = await startNode(server, ['--socket', socket, '--fleet', file]);
  await process.waitForLine(/sandbox ready/);
  using cluster = createSandboxCluster({ name: 'c', socket });
  const pod = (await cluster.getPod('prod', 'alone', soon()))!;
  expect(Date.now() - pod.createdAt).toBeGreaterThanOrEqual(90_000);
});

test.each([
  ['an unknown key', 'workloadz: []\n', /Unrecognized key: "workloadz"/],
  ['a bad duration', 'workloads: [{ kind: Pod, namespace: prod, name: a, age: soon }]\n', /not a valid duration/],
  ['a name that is none', 'workloads: [{ kind: Pod, namespace: Prod, name: a }]\n', /DNS-1123/],
  ['a fault on a pod that is not there', 'faults: [{ namespace: prod, pod: a, fault: { kind: hang } }]\n', /there is no pod prod\/a/],
])('a fleet file with %s is refused with a sentence', async (_, text, sentence) => {
  await using folder = await tempDir();
  const file = join(folder.path, 'fleet.yaml');
  await writeFile(file, text);
  await using process = await startNode(server, ['--socket', join(folder.path, 's.sock'), '--fleet', file]);
  expect(await process.waitForEnd()).toBe(2);
  expect(process.output).toMatch(sentence);
});

test('a socket left over by a killed sandbox is taken, a live one is not', async () => {
  await using folder = await tempDir();
  const socket = join(folder.path, 's.sock');
  await using first = await startNode(server, ['--socket', socket]);
  await first.waitForLine(/sandbox ready/);
  await using second = await startNode(server, ['--socket', socket]);
  expect(await second.waitForEnd()).toBe(1);
  expect(second.output).toContain('another sandbox listens');
  await first.kill();
  await using third = await startNode(server, ['--socket', socket]);
  await third.waitForLine(/sandbox ready/);
});

test('a file that is no socket is not taken away for one', async () => {
  await using folder = await tempDir();
  const precious = join(folder.path, 'fleet.yaml');
  await writeFile(precious, 'workloads: []');
  await using process = await startNode(server, ['--socket', precious]);
  expect([await process.waitForEnd(), process.output]).toEqual([
    2,
    `sandbox: ${precious} is there already and is no socket: give --socket another path\n`,
  ]);
  expect(await readFile(precious, 'utf8')).toBe('workloads: []');
});

test('SIGTERM ends it, with connections open', async () => {
  await using sandbox = await startSandbox(fleet());
  const connection = connect(sandbox.socket);
  await sandbox.cluster().getPod('prod', 'node-0', soon());
  sandbox.process.signal('SIGTERM');
  expect(await sandbox.process.waitForEnd()).toBe(0);
  connection.destroy();
});

test('`remediad sandbox` is the same process under the name that operators know', async () => {
  await using folder = await tempDir();
  const socket = join(folder.path, 'fleet.sock');
  const main = fileURLToPath(new URL('../../../src/main.ts', import.meta.url));
  await using sandbox = await startNode(main, ['sandbox', '--socket', socket]);
  await sandbox.waitForLine(/^sandbox ready on /, 30_000);
  using cluster = createSandboxCluster({ name: 'played', socket });
  expect(await cluster.getPod('archivechain-prod', 'archivechain-full-archive-0', soon())).toMatchObject({ ready: true });
  await using second = await startNode(main, ['sandbox', '--socket', socket]);
  expect([await second.waitForEnd(30_000), second.output]).toEqual([1, `remediad: another sandbox listens on ${socket}\n`]);
  sandbox.signal('SIGTERM');
  expect(await sandbox.waitForEnd(10_000)).toBe(0);
});
