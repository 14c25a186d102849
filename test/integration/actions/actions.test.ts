import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { deletePod } from '../../../src/actions/kubernetes/delete-pod.ts';
import { signalProcess } from '../../../src/actions/kubernetes/signal-process.ts';
import type { WorkloadEntry } from '../../../src/core/edition.ts';
import type { Cluster } from '../../../src/core/ports.ts';
import { eventually } from '../../support/eventually.ts';
import { startSandbox, type Sandbox } from '../../support/sandbox.ts';
import { readSubjectOf, toolsOn } from '../../support/subject.ts';

let sandbox: Sandbox;
let cluster: Cluster;
let namespace: string;
let scenes = 0;
const process = 'archivechain-node';

beforeAll(async () => {
  sandbox = await startSandbox({ workloads: [] });
  cluster = sandbox.cluster('main');
});
afterAll(() => sandbox[Symbol.asyncDispose]());

beforeEach(async () => {
  namespace = `scene-${scenes++}`;
  const common = { kind: 'StatefulSet', namespace, process: `/usr/local/bin/${process}`, start: 10, ready: 10, terminate: 30 } as const;
  await sandbox.admin.addFleet({
    workloads: [
      { ...common, name: 'node', replicas: 3 },
      { ...common, name: 'twin', more_processes: [[process, '--worker']] },
    ],
  });
});

const trouble = (kind: 'lost-before' | 'lost-after' | 'deny' | 'hang' | 'error', verb: string, resource: string) =>
  sandbox.admin.breakApi({ kind, verb, resource, namespace });
const subject = (name = 'node-1') => readSubjectOf(cluster, namespace, name);
const journal = () => sandbox.admin.journal({ run: namespace });

describe('kubernetes/delete-pod', () => {
  const plan = async () => deletePod.plan(await subject(), { grace_seconds: null }, toolsOn(cluster));

  test('does what it planned, and the look-up says so', async () => {
    const planned = await plan();
    expect(await deletePod.lookUp(planned, namespace, toolsOn(cluster))).toEqual({ kind: 'not-done' });
    expect(await deletePod.perform(planned, namespace, toolsOn(cluster), false)).toMatchObject({ kind: 'done' });
    expect(await deletePod.lookUp(planned, namespace, toolsOn(cluster))).toMatchObject({ kind: 'done' });
    await eventually('the successor', async () => (await subject()).pod?.uid !== planned.preconditions['uid']);
    expect(await deletePod.lookUp(planned, namespace, toolsOn(cluster))).toMatchObject({ kind: 'done' });
    expect(await journal()).toHaveLength(1);
  });

  test('a dry run asks the server and leaves the pod', async () => {
    const planned = await plan();
    expect(await deletePod.perform(planned, namespace, toolsOn(cluster), true)).toMatchObject({ kind: 'done' });
    expect(await deletePod.lookUp(planned, namespace, toolsOn(cluster))).toEqual({ kind: 'not-done' });
    expect(await journal()).toEqual([]);
  });

  test('a plan of yesterday never strikes the successor', async () => {
    const planned = await plan();
    await sandbox.admin.deletePod(namespace, 'node-1');
    await eventually('the successor', async () => (await subject()).pod?.uid !== planned.preconditions['uid']);
    expect(await deletePod.perform(planned, namespace, toolsOn(cluster), false)).toMatchObject({ kind: 'rejected', reason: 'conflict' });
    expect(await journal()).toEqual([]);
  });

  test.each([
    ['lost-before', 'not-done'],
    ['lost-after', 'done'],
  ] as const)('an answer that was %s is unknown, and the look-up finds: %s', async (kind, found) => {
    const planned = await plan();
    await trouble(kind, 'delete', 'pods');
    expect(await deletePod.perform(planned, namespace, toolsOn(cluster), false)).toMatchObject({ kind: 'unknown' });
    expect(await deletePod.lookUp(planned, namespace, toolsOn(cluster))).toMatchObject({ kind: found });
  });

  test('a look-up that cannot read says so', async () => {
    const planned = await plan();
    await trouble('error', 'get', 'pods');
    expect(await deletePod.lookUp(planned, namespace, toolsOn(cluster))).toMatchObject({ kind: 'unreadable' });
  });
});

describe('kubernetes/signal-process', () => {
  const params = { process, signal: 'SIGUSR1', match: 'argv0', disrupts: false } as const;
  const plan = async (over: object = {}, name = 'node-1') =>
    signalProcess.plan(await subject(name), { ...params, ...over }, toolsOn(cluster));
  const perform = async (planned: Awaited<ReturnType<typeof plan>>, dryRun = false) =>
    signalProcess.perform(planned, namespace, toolsOn(cluster), dryRun);

  test.each(['argv0', 'exe'] as const)('finds the one process by %s and signals it once', async (match) => {
    await sandbox.admin.breakPod(namespace, 'node-1', { kind: 'low-peers', peers: 2 });
    const planned = await plan({ match });
    expect(planned).toMatchObject({
      request: { namespace, pod: 'node-1', container: 'main', signal: 'SIGUSR1', pid: 1 },
      touches: [`pod:main/${namespace}/node-1`],
      healthy: null,
      loses: null,
      replaces: false,
    });
    expect(await perform(planned)).toMatchObject({ kind: 'done', output: { pid: 1, signal: 'SIGUSR1' } });
    expect(await journal()).toMatchObject([{ effect: 'signal', signal: 'USR1', pod: 'node-1', process: `/usr/local/bin/${process}` }]);
    expect((await sandbox.admin.pods(namespace)).find(({ name }) => name === 'node-1')).toMatchObject({ peers: 12 });
  });

  test('refuses to choose among several processes, or to signal none, and tells the count', async () => {
    await expect(plan({}, 'twin-0')).rejects.toThrow(/^2 processes named archivechain-node/);
    await expect(plan({ process: 'archivechain' })).rejects.toThrow(/^0 processes named archivechain /);
  });

  test('refuses a container that the pod does not have, and takes that of the workload entry', async () => {
    await expect(plan({ container: 'nobody' })).rejects.toThrow(/no container nobody, only main/);
    const entry = { container: 'other' } as WorkloadEntry;
    const withEntry = await readSubjectOf(cluster, namespace, 'node-1', { entry });
    await expect(signalProcess.plan(withEntry, params, toolsOn(cluster))).rejects.toThrow(/no container other/);
  });

  test('a plan that cannot look is an error of the cluster, not a refusal', async () => {
    await trouble('deny', 'create', 'pods/exec');
    await expect(plan()).rejects.toMatchObject({ name: 'ClusterError', kind: 'forbidden' });
  });

  test('a signal that ends the process costs its member and locks the workload', async () => {
    expect(await plan({ signal: 'SIGTERM' })).toMatchObject({
      touches: [`pod:main/${namespace}/node-1`, `statefulset:main/${namespace}/node`],
      healthy: { during: -1, after: 0 },
      loses: 'memory of the process archivechain-node',
    });
    expect(await plan({ signal: 'SIGUSR2', disrupts: true })).toMatchObject({ healthy: { during: -1, after: 0 } });
  });

  test('a dry run looks and sends nothing', async () => {
    expect(await perform(await plan(), true)).toMatchObject({ kind: 'done' });
    expect(await journal()).toEqual([]);
  });

  test('nothing is sent to a container that started anew since the plan, nor to a successor', async () => {
    const planned = await plan();
    await sandbox.admin.restartContainer(namespace, 'node-1');
    await eventually('the container to be up again', async () => (await subject()).pod?.ready);
    expect(await perform(planned)).toMatchObject({ kind: 'rejected', reason: 'conflict', message: expect.stringContaining('anew') });
    await sandbox.admin.deletePod(namespace, 'node-1');
    await eventually('the successor', async () => (await subject()).pod?.uid !== planned.preconditions['uid']);
    expect(await perform(planned)).toMatchObject({ kind: 'rejected', reason: 'conflict', message: expect.stringContaining('uid') });
    expect(await journal()).toEqual([]);
  });

  test('a pod that is gone is told as gone', async () => {
    const planned = await plan();
    await sandbox.admin.scale({ kind: 'StatefulSet', namespace, name: 'node' }, 0);
    await eventually('the pod to be gone', async () => (await subject()).pod === null);
    expect(await perform(planned)).toMatchObject({ kind: 'rejected', reason: 'gone' });
  });

  test.each([
    ['deny', 'get', 'pods', { kind: 'rejected', reason: 'not-permitted' }, 0],
    ['error', 'get', 'pods', { kind: 'rejected', reason: 'too-late' }, 0],
    ['deny', 'create', 'pods/exec', { kind: 'rejected', reason: 'not-permitted' }, 0],
    ['lost-before', 'create', 'pods/exec', { kind: 'unknown' }, 0],
    ['lost-after', 'create', 'pods/exec', { kind: 'unknown' }, 1],
  ] as const)('%s of %s %s is told as it is', async (kind, verb, resource, outcome, signals) => {
    const planned = await plan();
    await trouble(kind, verb, resource);
    expect(await perform(planned)).toMatchObject(outcome);
    expect(await journal()).toHaveLength(signals);
  });

  test('a process that vanished is a conflict, an image without kill is invalid', async () => {
    const planned = await plan();
    const command = ['kill', '-s', 'USR1', '1'];
    await sandbox.admin.addScript({ command, namespace, exit: 1, stderr: 'No such process' });
    expect(await perform(planned)).toMatchObject({
      kind: 'rejected',
      reason: 'conflict',
      message: expect.stringContaining('No such process'),
    });
    await sandbox.admin.addScript({ command, namespace, exit: 127 });
    expect(await perform(planned)).toMatchObject({ kind: 'rejected', reason: 'invalid' });
  });

  test('whether a signal arrived cannot be looked up', async () => {
    expect(await signalProcess.lookUp(await plan(), namespace, toolsOn(cluster))).toMatchObject({ kind: 'undecidable' });
  });
});

test.each(['archive chain', '../node', '-f', '$(id)', 'a*', ''])('the process name %j is refused before anything is asked', (name) => {
  expect(signalProcess.params.safeParse({ process: name, signal: 'SIGUSR1' }).success).toBe(false);
});

test('no signal that cannot be handled is offered', () => {
  expect(signalProcess.params.safeParse({ process, signal: 'SIGKILL' }).success).toBe(false);
});
