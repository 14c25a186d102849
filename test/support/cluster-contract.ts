import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ClusterError, type Cluster } from '../../src/core/ports.ts';
import type { Right } from '../../src/core/plan.ts';
import { eventually } from './eventually.ts';

/** What a call may meet on its way; `deny` is the API's own answer, `lost-…` a connection that breaks before or after the effect. */
export type Trouble = 'deny' | 'error' | 'overloaded' | 'disruption-budget' | 'hang' | 'lost-before' | 'lost-after';

/** How a command behaves in every pod of the scene. `repeat` = how often `stdout` is printed. */
export interface Behaviour {
  readonly stdout?: string;
  readonly stderr?: string;
  readonly repeat?: number;
  readonly exit?: number;
  readonly end?: 'exit' | 'hang' | 'drop';
}

/**
 * A namespace of a test's own in a cluster, with label `team=contract` and annotation `note=contract`. In it, all ready: a StatefulSet
 * `store` of three and a Deployment `front` of two, both with label `app` = their name, container `main`, a web server on `port` that
 * answers 200 on `/health`; and a pod `alone` without owner. The containers have logged at least one line.
 */
export interface Scene {
  readonly cluster: Cluster;
  readonly namespace: string;
  readonly port: number;
  /** Strikes every call of this verb and resource (`pods/exec`) in the namespace from now on. */
  readonly trouble: (verb: string, resource: string, trouble: Trouble) => Promise<void>;
  readonly behave: (command: readonly string[], behaviour: Behaviour) => Promise<void>;
}

/** What the scene of a sandbox holds: the same fleet for each of its adapters. */
export function contractFleet(namespace: string) {
  const common = { namespace, container: 'main', ports: [8080], start: 20, ready: 20, terminate: 100 };
  return {
    namespaces: { [namespace]: { labels: { team: 'contract' }, annotations: { note: 'contract' } } },
    workloads: [
      { kind: 'StatefulSet' as const, name: 'store', replicas: 3, ...common },
      { kind: 'Deployment' as const, name: 'front', replicas: 2, ...common },
      { kind: 'Pod' as const, name: 'alone', ...common },
    ],
  };
}

export interface ContractHost extends AsyncDisposable {
  scene(): Promise<Scene>;
}

const HANG_MS = 400;

/** What every implementation of the `Cluster` port does, whatever cluster is behind it. */
export function clusterContract(name: string, make: () => Promise<ContractHost>): void {
  describe(`${name} as a cluster`, () => {
    let host: ContractHost;
    beforeAll(async () => void (host = await make()), 60_000);
    afterAll(() => host[Symbol.asyncDispose]());
    const scene = () => host.scene();
    describe('reads', () => reads(scene));
    describe('errors of reads', () => readErrors(scene));
    describe('deletes a pod', () => deletions(scene));
    describe('runs a command', () => commands(scene));
    describe('logs, pages, events and rights', () => others(scene));
  });
}

/** Longer than anything takes that is not meant to hang. */
const soon = () => AbortSignal.timeout(10_000);

async function storePod({ cluster, namespace }: Scene, name = 'store-1') {
  const pod = await cluster.getPod(namespace, name, soon());
  if (pod === null) throw new Error(`no pod ${name}`);
  return pod;
}

function reads(scene: () => Promise<Scene>): void {
  test('a pod with its labels, its place and its containers', async () => {
    const { cluster, namespace } = await scene();
    expect(await cluster.getPod(namespace, 'store-1', soon())).toMatchObject({
      cluster: cluster.name,
      namespace,
      name: 'store-1',
      uid: expect.stringMatching(/.{8}/),
      labels: { app: 'store' },
      phase: 'Running',
      ready: true,
      deletedAt: null,
      ip: expect.stringMatching(/./),
      node: expect.stringMatching(/./),
      nodeReady: true,
      owner: { kind: 'StatefulSet', name: 'store' },
      containers: [{ name: 'main', ready: true, restarts: 0, state: 'running', endedAt: null }],
    });
  });

  test('null for what does not exist', async () => {
    const { cluster, namespace } = await scene();
    expect(await cluster.getPod(namespace, 'store-9', soon())).toBeNull();
    expect(await cluster.getWorkload('StatefulSet', namespace, 'nothing', soon())).toBeNull();
    expect(await cluster.getNamespace('no-such-namespace', soon())).toBeNull();
  });

  test('pods by selector, address and node, all of which must fit', async () => {
    const { cluster, namespace, ...rest } = await scene();
    const pod = await storePod({ cluster, namespace, ...rest });
    const names = async (filter: Parameters<Cluster['listPods']>[1]) =>
      (await cluster.listPods(namespace, filter, soon())).map((found) => found.name).sort();
    expect(await names({})).toHaveLength(6);
    expect(await names({ selector: 'app=store' })).toEqual(['store-0', 'store-1', 'store-2']);
    expect(await names({ podIP: pod.ip! })).toEqual(['store-1']);
    expect(await names({ podIP: pod.ip!, selector: 'app=front' })).toEqual([]);
    expect(await names({ nodeName: pod.node!, selector: 'app=store' })).toContain('store-1');
    expect(await names({ nodeName: 'no-such-node' })).toEqual([]);
    expect(await cluster.listPods('no-such-namespace', {}, soon())).toEqual([]);
  });

  test('the workload of a pod, a Deployment in place of its ReplicaSet, null for none', async () => {
    const { cluster, namespace } = await scene();
    const [front] = await cluster.listPods(namespace, { selector: 'app=front' }, soon());
    const alone = await cluster.getPod(namespace, 'alone', soon());
    const store = await cluster.getPod(namespace, 'store-0', soon());
    expect(front?.owner?.kind).toBe('ReplicaSet');
    expect(await cluster.workloadOf(front!, soon())).toMatchObject({ kind: 'Deployment', name: 'front', replicas: 2, rollingOut: false });
    expect(await cluster.workloadOf(store!, soon())).toMatchObject({ kind: 'StatefulSet', name: 'store', replicas: 3, rollingOut: false });
    expect((await cluster.workloadOf(store!, soon()))?.managers, 'somebody wrote it').not.toEqual([]);
    expect(await cluster.workloadOf(alone!, soon())).toBeNull();
  });

  test('the members of a workload, a terminating one included', async () => {
    const { cluster, namespace } = await scene();
    const front = (await cluster.getWorkload('Deployment', namespace, 'front', soon()))!;
    const [pod] = await cluster.membersOf(front, soon());
    expect(await cluster.membersOf(front, soon())).toHaveLength(2);
    const { name, uid } = pod!;
    await cluster.deletePod({ namespace, name, uid, graceSeconds: null, dryRun: false, run: 'r-1' }, soon());
    const members = await cluster.membersOf(front, soon());
    expect(members.find((member) => member.uid === uid)?.deletedAt).toEqual(expect.any(Number));
  });

  test('the namespace with labels and annotations', async () => {
    const { cluster, namespace } = await scene();
    expect(await cluster.getNamespace(namespace, soon())).toMatchObject({
      name: namespace,
      labels: { team: 'contract' },
      annotations: { note: 'contract' },
    });
  });
}

function readErrors(scene: () => Promise<Scene>): void {
  test.each([
    ['deny', 'forbidden'],
    ['error', 'unreachable'],
    ['overloaded', 'overloaded'],
    ['lost-before', 'unreachable'],
    ['lost-after', 'unreachable'],
  ] as const)('%s is a ClusterError of kind %s', async (trouble, kind) => {
    const { cluster, namespace, ...rest } = await scene();
    await rest.trouble('get', 'pods', trouble);
    await expect(cluster.getPod(namespace, 'store-1', soon())).rejects.toMatchObject({ name: 'ClusterError', kind });
  });

  test('a call that hangs ends by its signal, as timeout', async () => {
    const { cluster, namespace, ...rest } = await scene();
    await rest.trouble('get', 'pods', 'hang');
    const started = performance.now();
    await expect(cluster.getPod(namespace, 'store-1', AbortSignal.timeout(HANG_MS))).rejects.toMatchObject({ kind: 'timeout' });
    expect(performance.now() - started).toBeLessThan(HANG_MS * 5);
  });

  test('a signal that is aborted already is a timeout', async () => {
    const { cluster, namespace } = await scene();
    await expect(cluster.getPod(namespace, 'store-1', AbortSignal.abort())).rejects.toMatchObject({ kind: 'timeout' });
  });

  test.each(['../../apis', 'store-1/exec', 'store-1?x=y', 'Store-1', 'store-1 ', ''])('the name %j is never sent', async (bad) => {
    const { cluster, namespace } = await scene();
    const invalid = { name: 'ClusterError', kind: 'invalid' };
    await expect(cluster.getPod(namespace, bad, soon())).rejects.toMatchObject(invalid);
    await expect(cluster.getPod(bad, 'store-1', soon())).rejects.toMatchObject(invalid);
    await expect(cluster.getNamespace(bad, soon())).rejects.toMatchObject(invalid);
    const command = { namespace, pod: bad, uid: 'u', container: null, command: ['true'], limitBytes: 100 };
    await expect(cluster.exec(command, soon())).rejects.toMatchObject(invalid);
    const deletion = { namespace, name: bad, uid: 'u', graceSeconds: null, dryRun: false, run: 'r-1' };
    expect(await cluster.deletePod(deletion, soon())).toMatchObject({ kind: 'rejected', reason: 'invalid' });
  });
}

function deletions(scene: () => Promise<Scene>): void {
  const deletionOf = (pod: { namespace: string; name: string; uid: string }, over: { dryRun?: boolean; uid?: string } = {}) => ({
    namespace: pod.namespace,
    name: pod.name,
    uid: over.uid ?? pod.uid,
    graceSeconds: null,
    dryRun: over.dryRun ?? false,
    run: 'r-1',
  });

  test('of the named uid, and its workload makes another one', async () => {
    const world = await scene();
    const pod = await storePod(world);
    expect(await world.cluster.deletePod(deletionOf(pod), soon())).toMatchObject({ kind: 'done', output: { uid: pod.uid } });
    const successor = await eventually('a ready successor', async () => {
      const now = await world.cluster.getPod(pod.namespace, pod.name, soon());
      return now !== null && now.uid !== pod.uid && now.ready && now;
    });
    expect(successor.createdAt).toBeGreaterThanOrEqual(pod.createdAt);
  });

  test('not of another uid', async () => {
    const world = await scene();
    const pod = await storePod(world);
    const other = await storePod(world, 'store-2');
    expect(await world.cluster.deletePod(deletionOf(pod, { uid: other.uid }), soon())).toMatchObject({
      kind: 'rejected',
      reason: 'conflict',
    });
    expect(await storePod(world)).toMatchObject({ uid: pod.uid, deletedAt: null });
  });

  test('not in a dry run, which checks the uid all the same', async () => {
    const world = await scene();
    const pod = await storePod(world);
    expect(await world.cluster.deletePod(deletionOf(pod, { dryRun: true }), soon())).toMatchObject({ kind: 'done' });
    const wrong = deletionOf(pod, { dryRun: true, uid: 'another' });
    expect(await world.cluster.deletePod(wrong, soon())).toMatchObject({ kind: 'rejected', reason: 'conflict' });
    await sleep(300);
    expect(await storePod(world)).toMatchObject({ uid: pod.uid, deletedAt: null });
  });

  test('that does not exist: gone', async () => {
    const { cluster, namespace } = await scene();
    const deletion = deletionOf({ namespace, name: 'store-9', uid: 'u' });
    expect(await cluster.deletePod(deletion, soon())).toMatchObject({ kind: 'rejected', reason: 'gone' });
  });

  test.each([
    ['deny', { kind: 'rejected', reason: 'not-permitted' }],
    ['disruption-budget', { kind: 'rejected', reason: 'disruption-budget' }],
    ['overloaded', { kind: 'unknown' }],
    ['error', { kind: 'unknown' }],
    ['lost-before', { kind: 'unknown' }],
  ] as const)('met by %s: told, and the pod is kept', async (trouble, outcome) => {
    const world = await scene();
    const pod = await storePod(world);
    await world.trouble('delete', 'pods', trouble);
    expect(await world.cluster.deletePod(deletionOf(pod), soon())).toMatchObject(outcome);
    expect(await storePod(world)).toMatchObject({ uid: pod.uid, deletedAt: null });
  });

  test('whose answer is lost: unknown, although it happened', async () => {
    const world = await scene();
    const pod = await storePod(world);
    await world.trouble('delete', 'pods', 'lost-after');
    expect(await world.cluster.deletePod(deletionOf(pod), soon())).toMatchObject({ kind: 'unknown' });
    await eventually('the old pod to go', async () => {
      const now = await world.cluster.getPod(pod.namespace, pod.name, soon());
      return now === null || now.uid !== pod.uid || now.deletedAt !== null;
    });
  });

  test('that hangs: unknown when the signal fires', async () => {
    const world = await scene();
    const pod = await storePod(world);
    await world.trouble('delete', 'pods', 'hang');
    expect(await world.cluster.deletePod(deletionOf(pod), AbortSignal.timeout(HANG_MS))).toMatchObject({ kind: 'unknown' });
  });

  test('too late: the call is not made', async () => {
    const world = await scene();
    const pod = await storePod(world);
    expect(await world.cluster.deletePod(deletionOf(pod), AbortSignal.abort())).toMatchObject({ kind: 'rejected', reason: 'too-late' });
    expect(await storePod(world)).toMatchObject({ uid: pod.uid, deletedAt: null });
  });
}

function commands(scene: () => Promise<Scene>): void {
  const COMMAND = ['tool', 'with spaces', '$(id)', '--flag=;ls'];
  const run = async (world: Scene, { limitBytes = 64 * 1024, signal = soon(), uid = '' } = {}) => {
    const pod = await storePod(world);
    const call = { namespace: pod.namespace, pod: pod.name, uid: uid || pod.uid, container: 'main', command: COMMAND, limitBytes };
    return world.cluster.exec(call, signal);
  };

  test('whose arguments arrive as they are, and tells what it printed', async () => {
    const world = await scene();
    await world.behave(COMMAND, { stdout: 'so\n', stderr: 'and so\n' });
    expect(await run(world)).toEqual({ exitCode: 0, stdout: 'so\n', stderr: 'and so\n', truncated: false });
  });

  test('with the exit code that it ended with', async () => {
    const world = await scene();
    await world.behave(COMMAND, { stderr: 'no', exit: 42 });
    expect(await run(world)).toEqual({ exitCode: 42, stdout: '', stderr: 'no', truncated: false });
  });

  test('that prints a flood: the first bytes are kept, and the exit code is still told', async () => {
    const world = await scene();
    await world.behave(COMMAND, { stdout: 'ä'.repeat(32 * 1024), repeat: 200, exit: 3 });
    const result = await run(world, { limitBytes: 1001 });
    expect(result).toMatchObject({ exitCode: 3, truncated: true });
    expect(Buffer.byteLength(result.stdout)).toBeLessThanOrEqual(1001);
    expect(result.stdout).toMatch(/^ä+$/);
  });

  test('whose connection drops: an error, never an exit code', async () => {
    const world = await scene();
    await world.behave(COMMAND, { stdout: 'half of', end: 'drop' });
    await expect(run(world)).rejects.toMatchObject({ name: 'ClusterError', kind: 'unreachable' });
  });

  test('that hangs: a timeout when the signal fires', async () => {
    const world = await scene();
    await world.behave(COMMAND, { stdout: 'half of', end: 'hang' });
    const started = performance.now();
    await expect(run(world, { signal: AbortSignal.timeout(HANG_MS) })).rejects.toMatchObject({ name: 'ClusterError', kind: 'timeout' });
    expect(performance.now() - started).toBeLessThan(HANG_MS * 5);
  });

  test('in no other pod than that of the uid', async () => {
    const world = await scene();
    await world.behave(COMMAND, {});
    await expect(run(world, { uid: 'another' })).rejects.toMatchObject({ name: 'ClusterError', kind: 'invalid' });
  });

  test('if permitted', async () => {
    const world = await scene();
    await world.behave(COMMAND, {});
    await world.trouble('create', 'pods/exec', 'deny');
    await expect(run(world)).rejects.toMatchObject({ name: 'ClusterError', kind: 'forbidden' });
  });
}

function others(scene: () => Promise<Scene>): void {
  const logOf = (namespace: string, over: Partial<Parameters<Cluster['logs']>[0]> = {}) => {
    return { namespace, pod: 'store-1', container: 'main', previous: false, tailLines: 100, limitBytes: 10_000, ...over };
  };

  test('the log of a container, bounded in lines and bytes', async () => {
    const { cluster, namespace } = await scene();
    const all = await cluster.logs(logOf(namespace), soon());
    expect(all.trim()).not.toBe('');
    expect((await cluster.logs(logOf(namespace, { tailLines: 1 }), soon())).trimEnd().split('\n')).toHaveLength(1);
    expect(Buffer.byteLength(await cluster.logs(logOf(namespace, { limitBytes: 5 }), soon()))).toBeLessThanOrEqual(5);
  });

  test('no log: an error of kind invalid', async () => {
    const { cluster, namespace } = await scene();
    const invalid = { name: 'ClusterError', kind: 'invalid' };
    await expect(cluster.logs(logOf(namespace, { previous: true }), soon())).rejects.toMatchObject(invalid);
    await expect(cluster.logs(logOf(namespace, { container: 'nobody' }), soon())).rejects.toMatchObject(invalid);
    await expect(cluster.logs(logOf(namespace, { pod: 'store-9' }), soon())).rejects.toMatchObject(invalid);
  });

  test('a page of a pod through the API; a refused connection is the answer that the API server gives for it', async () => {
    const { cluster, namespace, port } = await scene();
    const page = { namespace, pod: 'store-1', path: '/health', limitBytes: 4 };
    const answer = await cluster.httpGet({ ...page, port }, soon());
    expect(answer.status).toBe(200);
    expect(Buffer.byteLength(answer.body)).toBeLessThanOrEqual(4);
    const refused = await cluster.httpGet({ ...page, port: port + 1, limitBytes: 1000 }, soon());
    expect(refused.status).toBeGreaterThanOrEqual(500);
    expect(refused.body).toMatch(/error trying to reach service.*refused/);
  });

  test('an Event that was recorded is found at its object, and at no other', async () => {
    const { cluster, namespace } = await scene();
    const ref = async (name: string) => {
      const { uid } = (await cluster.getPod(namespace, name, soon()))!;
      return { kind: 'Pod', namespace, name, uid };
    };
    const object = await ref('store-1');
    const event = { type: 'Normal', reason: 'Remediated', message: 'pod deleted by run r-1', run: 'r-1' } as const;
    await cluster.recordEvent(object, event, soon());
    const { run: _, ...told } = event;
    expect(await cluster.events(object, 50, soon())).toContainEqual(expect.objectContaining(told));
    expect(await cluster.events(await ref('store-2'), 50, soon())).not.toContainEqual(expect.objectContaining(told));
    expect(await cluster.events(object, 1, soon())).toHaveLength(1);
  });

  test('an Event that cannot be recorded disturbs nobody', async () => {
    const { cluster, namespace, trouble } = await scene();
    await trouble('create', 'events', 'deny');
    const object = { kind: 'Pod', namespace, name: 'store-1', uid: 'u' };
    await cluster.recordEvent(object, { type: 'Warning', reason: 'Remediated', message: 'm', run: 'r-1' }, soon());
  });

  test('a Lease is held by whoever was first, version by version', async () => {
    const { cluster, namespace } = await scene();
    const lease = { namespace, name: 'remediad-owner', durationMs: 60_000 };
    const look = () => cluster.getLease(namespace, 'remediad-owner', soon());
    expect(await look()).toBeNull();
    expect(await cluster.putLease({ ...lease, holder: 'a', version: null }, soon())).toBe(true);
    expect(await cluster.putLease({ ...lease, holder: 'b', version: null }, soon())).toBe(false);
    const first = await look();
    expect(first).toMatchObject({ holder: 'a', renewed: expect.stringMatching(/^\d{4}-/), version: expect.stringMatching(/./) });
    expect(await cluster.putLease({ ...lease, holder: 'a', version: first!.version }, soon())).toBe(true);
    expect(await cluster.putLease({ ...lease, holder: 'b', version: first!.version }, soon())).toBe(false);
    const second = await look();
    expect(second!.version).not.toBe(first!.version);
    expect(await cluster.putLease({ ...lease, holder: 'b', version: second!.version }, soon())).toBe(true);
    expect(await look()).toMatchObject({ holder: 'b' });
  });

  test('a Lease that cannot be read or written: an error', async () => {
    const { cluster, namespace, trouble } = await scene();
    const lease = { namespace, name: 'remediad-owner', holder: 'a', durationMs: 60_000, version: null };
    await expect(cluster.putLease({ ...lease, namespace: 'nowhere' }, soon())).rejects.toMatchObject({ kind: 'invalid' });
    await trouble('get', 'leases', 'lost-before');
    await expect(cluster.getLease(namespace, 'remediad-owner', soon())).rejects.toMatchObject({ kind: 'unreachable' });
    await trouble('create', 'leases', 'error');
    await expect(cluster.putLease(lease, soon())).rejects.toMatchObject({ kind: 'unreachable' });
  });

  test('the rights that are missing', async () => {
    const { cluster, namespace, trouble } = await scene();
    const right = (verb: string, resource: string, subresource: string | null = null): Right => {
      return { verb, group: '', resource, subresource, namespace };
    };
    const wanted = [right('delete', 'pods'), right('get', 'pods'), right('create', 'pods', 'exec')];
    expect(await cluster.missingRights(wanted, soon())).toEqual([]);
    await trouble('create', 'pods/exec', 'deny');
    expect(await cluster.missingRights(wanted, soon())).toEqual([right('create', 'pods', 'exec')]);
  });

  test('every error of a read is a ClusterError', async () => {
    const { cluster, namespace, trouble } = await scene();
    await trouble('list', 'pods', 'lost-before');
    await trouble('list', 'events', 'error');
    await expect(cluster.listPods(namespace, {}, soon())).rejects.toBeInstanceOf(ClusterError);
    await expect(cluster.events({ kind: 'Pod', namespace, name: 'store-1', uid: 'u' }, 5, soon())).rejects.toBeInstanceOf(ClusterError);
  });
}
