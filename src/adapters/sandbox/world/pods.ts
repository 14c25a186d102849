import { faultOf, wouldBeReady, type PodState, type Slot } from './state.ts';
import type { World } from './world.ts';

/** The life of one pod: created, started, ready, restarted in place, deleted, gone. What a controller makes of it is in `controller.ts`. */

/** Fills the slot with a new pod. `ageMs` ≥ 0: it has been up and ready for so long already; null: it starts now. */
export function createPod(world: World, slot: Slot, ageMs: number | null = null): PodState {
  const { workload } = slot;
  const namespace = world.namespace(workload.spec.namespace);
  const uid = world.newUid();
  const createdAt = world.now - (ageMs ?? 0);
  const pod: PodState = {
    uid,
    name: podName(slot, uid),
    slot,
    revision: workload.revision,
    labels: { ...workload.labels },
    annotations: { ...workload.spec.annotations },
    ip: world.nextAddress(),
    node: world.nextNode(),
    createdAt,
    deletedAt: null,
    removed: false,
    faults: new Set(),
    container: {
      state: 'waiting',
      reason: 'ContainerCreating',
      startedAt: null,
      endedAt: null,
      restarts: 0,
      warm: false,
      log: [],
      previousLog: null,
    },
    ready: false,
    readySince: createdAt,
  };
  slot.pod = pod;
  namespace.pods.set(pod.name, pod);
  pod.node.pods.add(pod);
  world.podsByIp.set(pod.ip, pod);
  if (ageMs === null) world.after(workload.spec.start, () => startContainer(world, pod));
  else {
    Object.assign(pod.container, { state: 'running', reason: null, startedAt: createdAt, warm: true });
    pod.ready = wouldBeReady(pod);
    logStart(world, pod);
  }
  return pod;
}

function podName({ workload, index }: Slot, uid: string): string {
  const { kind, name } = workload.spec;
  if (kind === 'StatefulSet') return `${name}-${index}`;
  if (kind === 'Deployment') return `${replicaSetName(workload)}-${uid.replaceAll('-', '').slice(-8)}`;
  return kind === 'DaemonSet' ? `${name}-${uid.replaceAll('-', '').slice(-8)}` : name;
}

/** The hidden ReplicaSet between a Deployment and its pods. */
export function replicaSetName(workload: Slot['workload'], revision = workload.revision): string {
  return `${workload.spec.name}-${workload.uid.slice(0, 4)}${revision}`;
}

/** The kubelet starts the container, unless something forbids it; harmless on a pod that is gone or runs. */
export function startContainer(world: World, pod: PodState): void {
  if (pod.removed || pod.deletedAt !== null || pod.container.state === 'running') return;
  if (faultOf(pod, 'pending') !== null) {
    pod.container.reason = null;
    world.event(pod, 'Warning', 'FailedScheduling', '0 nodes are available');
    return;
  }
  const loop = faultOf(pod, 'crash-loop');
  if (loop !== null) {
    crash(world, pod);
    world.after(loop.every, () => startContainer(world, pod));
    return;
  }
  Object.assign(pod.container, { state: 'running', reason: null, startedAt: world.now, warm: false });
  logStart(world, pod);
  world.event(pod, 'Normal', 'Started', `Started container ${pod.slot.workload.spec.container}`);
  const { startedAt } = pod.container;
  world.after(pod.slot.workload.spec.ready, () => {
    if (pod.container.startedAt !== startedAt) return;
    pod.container.warm = true;
    refresh(world, pod);
  });
}

function logStart(world: World, pod: PodState): void {
  const text = `level=info msg="starting" process=${pod.slot.workload.spec.process} restarts=${pod.container.restarts}`;
  world.log(pod, text, pod.container.startedAt ?? world.now);
}

function crash(world: World, pod: PodState): void {
  world.log(pod, 'level=fatal msg="panic: invalid state, exiting" code=1');
  rollLog(pod);
  Object.assign(pod.container, { state: 'waiting', reason: 'CrashLoopBackOff', startedAt: null, endedAt: world.now, warm: false });
  pod.container.restarts += 1;
  world.event(pod, 'Warning', 'BackOff', `Back-off restarting failed container ${pod.slot.workload.spec.container}`);
  refresh(world, pod);
}

function rollLog(pod: PodState): void {
  pod.container.previousLog = pod.container.log;
  pod.container.log = [];
}

/** The container ends and the kubelet starts it again in the same pod. */
export function restartContainer(world: World, pod: PodState, why: string): void {
  if (pod.removed || pod.container.state !== 'running') return;
  world.log(pod, `level=info msg="exiting" reason="${why}"`);
  rollLog(pod);
  Object.assign(pod.container, { state: 'terminated', reason: 'Completed', startedAt: null, endedAt: world.now, warm: false });
  pod.container.restarts += 1;
  refresh(world, pod);
  world.after(pod.slot.workload.spec.start, () => startContainer(world, pod));
}

/** Brings `ready` into line with what the probes would say. */
export function refresh(world: World, pod: PodState): void {
  const ready = wouldBeReady(pod);
  if (ready === pod.ready || pod.removed) return;
  pod.ready = ready;
  pod.readySince = world.now;
  if (!ready) world.event(pod, 'Warning', 'Unhealthy', 'Readiness probe failed');
  if (ready) world.onReady(pod);
}

/** The kubelet ends the pod; `onGone` tells its controller. On a node that does not answer, it only looks as if it were ending. */
export function terminatePod(world: World, pod: PodState, graceMs: number | null): void {
  pod.deletedAt ??= world.now;
  world.event(pod, 'Normal', 'Killing', `Stopping container ${pod.slot.workload.spec.container}`);
  const { terminate } = pod.slot.workload.spec;
  if (graceMs === 0) removePod(world, pod);
  else world.after(Math.min(graceMs ?? terminate, terminate), () => finishTermination(world, pod));
}

/** Again when its node is back, or when nothing holds it any longer. */
export function finishTermination(world: World, pod: PodState): void {
  if (pod.node.ready && faultOf(pod, 'stuck-terminating') === null) removePod(world, pod);
}

function removePod(world: World, pod: PodState): void {
  if (pod.removed) return;
  pod.removed = true;
  world.namespace(pod.slot.workload.spec.namespace).pods.delete(pod.name);
  world.podsByIp.delete(pod.ip);
  pod.node.pods.delete(pod);
  world.onGone(pod);
}
