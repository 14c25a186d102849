import { expect, test } from 'vitest';
import type { z } from 'zod';
import { Fleet, PodFault } from '../../../../src/adapters/sandbox/fleet.ts';
import { addFleet, deletePod, needPod, rollOut, scale, setNodeReady } from '../../../../src/adapters/sandbox/world/controller.ts';
import { getFromPod, peersOf } from '../../../../src/adapters/sandbox/world/endpoints.ts';
import { runCommand } from '../../../../src/adapters/sandbox/world/exec.ts';
import { applyFault } from '../../../../src/adapters/sandbox/world/faults.ts';
import { restartContainer } from '../../../../src/adapters/sandbox/world/pods.ts';
import { membersOf, selects, viewPod, viewWorkload } from '../../../../src/adapters/sandbox/world/views.ts';
import { World } from '../../../../src/adapters/sandbox/world/world.ts';
import { NOON } from '../../../support/sample.ts';

/** A StatefulSet `node` of three and a Deployment `gate` of two in namespace `prod`: Running after 1 s, Ready 2 s later, gone 4 s after deletion. */
function worldOf(over: z.input<typeof Fleet> = {}): World {
  let uids = 0;
  const world = new World(NOON, () => `u${++uids}-0000`);
  const common = { namespace: 'prod', process: '/usr/local/bin/archivechain-node', start: '1s', ready: '2s', terminate: '4s' };
  const workloads = [
    { kind: 'StatefulSet', name: 'node', replicas: 3, ...common },
    { kind: 'Deployment', name: 'gate', replicas: 2, ...common },
  ] as const;
  addFleet(world, Fleet.parse({ workloads, ...over }));
  return world;
}

const later = (world: World, ms: number) => world.advance(world.now + ms);
const podNow = (world: World, name = 'node-1') => viewPod(needPod(world, 'prod', name));
const breakPod = (world: World, fault: z.input<typeof PodFault>, name = 'node-1') =>
  applyFault(world, needPod(world, 'prod', name), PodFault.parse(fault));
const gatesOf = (world: World) => membersOf(world.workload('Deployment', 'prod', 'gate')!).map(viewPod);

test('a fleet starts as one that has been up for an hour', () => {
  expect(podNow(worldOf())).toMatchObject({ phase: 'Running', ready: true, createdAt: NOON - 3_600_000, readySince: NOON - 3_600_000 });
});

test('a pod of a StatefulSet stays, terminating, until it is gone, and comes back under its name', () => {
  const world = worldOf();
  const old = podNow(world);
  deletePod(world, needPod(world, 'prod', 'node-1'), null);
  later(world, 3_999);
  expect(podNow(world)).toMatchObject({ uid: old.uid, deletedAt: NOON, ready: true });
  later(world, 1);
  expect(podNow(world)).toMatchObject({ phase: 'Pending', ready: false, deletedAt: null, createdAt: NOON + 4_000 });
  expect(podNow(world).uid).not.toBe(old.uid);
  later(world, 1_000);
  expect(podNow(world)).toMatchObject({ phase: 'Running', ready: false });
  later(world, 2_000);
  expect(podNow(world)).toMatchObject({ ready: true, readySince: NOON + 7_000 });
});

test('a pod of a Deployment is replaced at once under another name, while the old one terminates', () => {
  const world = worldOf();
  const [first] = gatesOf(world);
  deletePod(world, needPod(world, 'prod', first!.name), null);
  expect(gatesOf(world)).toHaveLength(3);
  later(world, 4_000);
  expect(gatesOf(world).map(({ ready }) => ready)).toEqual([true, true]);
  expect(gatesOf(world).map(({ name }) => name)).not.toContain(first!.name);
});

test('a pod without a controller is not made again', () => {
  const world = worldOf({ workloads: [{ kind: 'Pod', namespace: 'prod', name: 'alone' }] });
  deletePod(world, needPod(world, 'prod', 'alone'), 0);
  later(world, 60_000);
  expect(world.pod('prod', 'alone')).toBeNull();
});

test('a second deletion changes nothing; a grace period of 0 is at once', () => {
  const world = worldOf();
  const pod = needPod(world, 'prod', 'node-1');
  deletePod(world, pod, null);
  later(world, 1_000);
  deletePod(world, pod, null);
  expect(podNow(world).deletedAt).toBe(NOON);
  deletePod(world, needPod(world, 'prod', 'node-2'), 0);
  expect(podNow(world, 'node-2').createdAt).toBe(NOON + 1_000);
});

test('the speed divides delays and nothing else', () => {
  const world = worldOf({ speed: 10 });
  deletePod(world, needPod(world, 'prod', 'node-0'), null);
  later(world, 400);
  expect(podNow(world, 'node-0').createdAt).toBe(NOON + 400);
});

test.each([
  ['until deleted', 'deleted', true],
  ['for ever', 'forever', false],
  ['for longer than the restart', '1h', false],
] as const)('a pod not ready %s: deleting it cures it: %s', (_, until, cured) => {
  const world = worldOf();
  breakPod(world, { kind: 'not-ready', until });
  expect(podNow(world).ready).toBe(false);
  deletePod(world, needPod(world, 'prod', 'node-1'), null);
  later(world, 60_000);
  expect(podNow(world).ready).toBe(cured);
});

test('a fault with a time lifts itself, and any can be lifted', () => {
  const world = worldOf();
  breakPod(world, { kind: 'not-ready', until: 5_000 });
  const lift = breakPod(world, { kind: 'not-ready', until: 'forever' }, 'node-2');
  later(world, 5_000);
  expect(podNow(world).readySince).toBe(NOON + 5_000);
  lift();
  expect(podNow(world, 'node-2').ready).toBe(true);
});

test('an unhealthy pod answers so, and is not ready unless it is said to be', () => {
  const world = worldOf();
  breakPod(world, { kind: 'unhealthy', status: 503 });
  expect(getFromPod(needPod(world, 'prod', 'node-1'), 9999, '/health')).toMatchObject({ status: 503 });
  expect(podNow(world).ready).toBe(false);
  breakPod(world, { kind: 'unhealthy', ready: true }, 'node-2');
  expect(getFromPod(needPod(world, 'prod', 'node-2'), 9999, '/health')).toMatchObject({ status: 500 });
  expect(podNow(world, 'node-2').ready).toBe(true);
});

test('a port that is not served, or whose container is down, refuses; one that hangs says nothing', () => {
  const world = worldOf();
  const pod = needPod(world, 'prod', 'node-1');
  expect(getFromPod(pod, 1, '/health')).toBe('refused');
  breakPod(world, { kind: 'hang' });
  expect(getFromPod(pod, 9999, '/health')).toBe('hang');
  expect(runCommand(world, pod, ['true'], null).end).toBe('hang');
  restartContainer(world, pod, 'test');
  expect(getFromPod(pod, 9999, '/health')).toBe('refused');
});

test('metrics tell peers and storage, as faults change them', () => {
  const world = worldOf();
  breakPod(world, { kind: 'low-peers', peers: 2 });
  breakPod(world, { kind: 'storage', used: 0.9 });
  const page = getFromPod(needPod(world, 'prod', 'node-1'), 9999, '/metrics') as { body: string };
  expect(page.body).toContain('archivechain_network_peer_count 2\n');
  expect(page.body).toContain(`archivechain_storage_used_bytes ${Math.round(0.9 * 20 * 2 ** 40)}\n`);
});

test('a signal that cures brings the peers back, another one does not; each is in the journal', () => {
  const world = worldOf();
  breakPod(world, { kind: 'low-peers', peers: 2 });
  const pod = needPod(world, 'prod', 'node-1');
  runCommand(world, pod, ['kill', '-s', 'HUP', '1'], 'r-1');
  expect(peersOf(pod)).toBe(2);
  runCommand(world, pod, ['kill', '-s', 'USR1', '1'], 'r-1');
  expect(peersOf(pod)).toBe(12);
  expect(world.journal.entries({ run: 'r-1' }).map(({ effect, signal }) => [effect, signal])).toEqual([
    ['signal', 'HUP'],
    ['signal', 'USR1'],
  ]);
});

test('peers that no signal cures are back after the restart', () => {
  const world = worldOf();
  breakPod(world, { kind: 'low-peers', peers: 2, cured_by: [] });
  runCommand(world, needPod(world, 'prod', 'node-1'), ['kill', '-s', 'USR1', '1'], 'r-1');
  expect(peersOf(needPod(world, 'prod', 'node-1'))).toBe(2);
  deletePod(world, needPod(world, 'prod', 'node-1'), null);
  later(world, 60_000);
  expect(peersOf(needPod(world, 'prod', 'node-1'))).toBe(12);
});

test('a signal to a process that is not there reaches nobody', () => {
  const world = worldOf();
  expect(runCommand(world, needPod(world, 'prod', 'node-1'), ['kill', '-s', 'USR1', '77'], 'r-1')).toMatchObject({ exit: 1 });
  expect(world.journal.entries()).toEqual([]);
});

test('an ending signal restarts the container in the same pod', () => {
  const world = worldOf();
  const { uid } = podNow(world);
  runCommand(world, needPod(world, 'prod', 'node-1'), ['kill', '-s', 'TERM', '1'], 'r-1');
  later(world, 3_000);
  expect(podNow(world)).toMatchObject({ uid, ready: true, containers: [{ restarts: 1, startedAt: NOON + 1_000 }] });
  expect(needPod(world, 'prod', 'node-1').container.previousLog).not.toBeNull();
});

test('pgrep sees fifteen characters of a name, and the whole command line with -f', () => {
  const world = worldOf();
  const pod = needPod(world, 'prod', 'node-1');
  expect(runCommand(world, pod, ['pgrep', 'archivechain-node'], null)).toMatchObject({ exit: 1 });
  expect(runCommand(world, pod, ['pgrep', '-f', '^([^ ]*/)?archivechain-node( |$)'], null)).toMatchObject({ exit: 0, stdout: '1\n' });
});

test('a command that nobody knows is not found', () => {
  expect(runCommand(worldOf(), needPod(worldOf(), 'prod', 'node-1'), ['nothing'], null)).toMatchObject({ exit: 127 });
});

test('a crash loop restarts again and again, is Running in phase, and ends with its fault', () => {
  const world = worldOf();
  const lift = breakPod(world, { kind: 'crash-loop', every: '10s' });
  later(world, 30_000);
  expect(podNow(world)).toMatchObject({
    phase: 'Running',
    ready: false,
    containers: [{ state: 'waiting', reason: 'CrashLoopBackOff', restarts: 4 }],
  });
  lift();
  later(world, 13_000);
  expect(podNow(world)).toMatchObject({ ready: true });
});

test('a pod that cannot be scheduled stays Pending until it can', () => {
  const world = worldOf();
  const lift = breakPod(world, { kind: 'pending', until: 'forever' });
  deletePod(world, needPod(world, 'prod', 'node-1'), null);
  later(world, 60_000);
  expect(podNow(world)).toMatchObject({ phase: 'Pending', ready: false });
  lift();
  later(world, 2_000);
  expect(podNow(world)).toMatchObject({ phase: 'Running', ready: true });
});

test('on a node that does not answer nothing is ready and nothing ends', () => {
  const world = worldOf();
  const { node, uid } = podNow(world);
  setNodeReady(world, node!, false);
  expect(podNow(world)).toMatchObject({ ready: false, nodeReady: false });
  deletePod(world, needPod(world, 'prod', 'node-1'), null);
  later(world, 60_000);
  expect(podNow(world)).toMatchObject({ uid, deletedAt: NOON });
  setNodeReady(world, node!, true);
  later(world, 60_000);
  expect(podNow(world)).toMatchObject({ ready: true, deletedAt: null });
});

test('a pod stuck in terminating goes when that is lifted', () => {
  const world = worldOf();
  const { uid } = podNow(world);
  const lift = breakPod(world, { kind: 'stuck-terminating' });
  deletePod(world, needPod(world, 'prod', 'node-1'), null);
  later(world, 60_000);
  expect(podNow(world).uid).toBe(uid);
  lift();
  expect(podNow(world).uid).not.toBe(uid);
});

test('a rollout replaces one pod after another and waits for each', () => {
  const world = worldOf();
  const workload = world.workload('StatefulSet', 'prod', 'node')!;
  const before = membersOf(workload).map(({ uid }) => uid);
  rollOut(world, workload);
  let least = 3;
  for (let ms = 0; ms < 30_000 && viewWorkload(workload)?.rollingOut; ms += 500) {
    least = Math.min(least, membersOf(workload).filter((pod) => pod.ready && pod.deletedAt === null).length);
    later(world, 500);
  }
  expect(least).toBe(2);
  expect(viewWorkload(workload)).toMatchObject({ rollingOut: false });
  expect(membersOf(workload).filter((pod) => before.includes(pod.uid))).toEqual([]);
});

test('scaling adds pods and takes the last ones away', () => {
  const world = worldOf();
  const workload = world.workload('StatefulSet', 'prod', 'node')!;
  scale(world, workload, 5);
  expect(viewWorkload(workload)).toMatchObject({ replicas: 5 });
  later(world, 5_000);
  expect(podNow(world, 'node-4').ready).toBe(true);
  scale(world, workload, 1);
  later(world, 5_000);
  expect(membersOf(workload).map(({ name }) => name)).toEqual(['node-0']);
});

test.each([
  ['a=1', true],
  ['a=1,b==2', true],
  ['a=1,b=3', false],
  ['b!=3', true],
  ['b!=2', false],
  ['c!=1', true],
  ['a', true],
  ['c', false],
  ['toString', false],
  ['', true],
])('the selector %j', (selector, fits) => {
  expect(selects(selector, { a: '1', b: '2' })).toBe(fits);
});

test('what is due at the same time happens in the order of its planning', () => {
  const world = new World(0, () => 'u');
  const seen: number[] = [];
  for (const [n, at] of [30, 10, 20, 10, 40, 10, 20].entries()) world.afterExactly(at, () => seen.push(n));
  world.advance(25);
  expect(seen).toEqual([1, 3, 5, 2, 6]);
  expect(world.nextAt).toBe(30);
});
