import type { Fleet, WorkloadSpec } from '../fleet.ts';
import { applyFault } from './faults.ts';
import { createPod, finishTermination, refresh, terminatePod } from './pods.ts';
import type { PodState, Slot, WorkloadState } from './state.ts';
import type { World } from './world.ts';

/** Adds what the fleet names to the world. */
export function addFleet(world: World, fleet: Fleet): void {
  world.onGone = (pod) => succeed(world, pod);
  world.onReady = (pod) => rollOn(world, pod.slot.workload);
  world.addSettings(fleet);
  for (const spec of fleet.workloads) addWorkload(world, spec);
  for (const { namespace, pod, fault } of fleet.faults) applyFault(world, needPod(world, namespace, pod), fault);
}

function addWorkload(world: World, spec: WorkloadSpec): void {
  const workload = world.addWorkload(spec);
  for (let index = 0; index < spec.replicas; index++) createPod(world, addSlot(workload), spec.age);
}

function addSlot(workload: WorkloadState): Slot {
  const slot: Slot = { workload, index: workload.slots.length, pod: null, faults: new Set() };
  workload.slots.push(slot);
  return slot;
}

export function needPod(world: World, namespace: string, name: string): PodState {
  const pod = world.pod(namespace, name);
  if (pod === null) throw new RangeError(`there is no pod ${namespace}/${name}`);
  return pod;
}

/**
 * Starts a deletion; a second one of the same pod changes nothing more. A StatefulSet fills the slot when the pod is gone, under the same
 * name; a ReplicaSet or DaemonSet does so at once, under another name.
 */
export function deletePod(world: World, pod: PodState, graceMs: number | null): void {
  if (pod.deletedAt !== null) return;
  const { slot } = pod;
  const { kind } = slot.workload.spec;
  if (kind === 'Deployment' || kind === 'DaemonSet') {
    pod.deletedAt = world.now;
    slot.workload.leaving.add(pod);
    createPod(world, slot);
  }
  terminatePod(world, pod, graceMs);
}

function succeed(world: World, pod: PodState): void {
  const { slot } = pod;
  slot.workload.leaving.delete(pod);
  if (slot.pod !== pod) return;
  slot.pod = null;
  const wanted = slot.workload.slots[slot.index] === slot && slot.workload.spec.kind !== 'Pod';
  if (wanted) createPod(world, slot);
}

export function scale(world: World, workload: WorkloadState, replicas: number): void {
  while (workload.slots.length < replicas) createPod(world, addSlot(workload));
  for (const { pod } of workload.slots.splice(replicas)) {
    if (pod === null) continue;
    workload.leaving.add(pod);
    terminatePod(world, pod, null);
  }
}

/** Replaces the pods one after another, the last first, each time the whole workload is ready. */
export function rollOut(world: World, workload: WorkloadState): void {
  workload.revision += 1;
  workload.rollingOut = true;
  rollOn(world, workload);
}

function rollOn(world: World, workload: WorkloadState): void {
  if (!workload.rollingOut) return;
  if (workload.slots.some(({ pod }) => pod === null || !pod.ready || pod.deletedAt !== null)) return;
  const next = workload.slots.findLast(({ pod }) => pod?.revision !== workload.revision)?.pod ?? null;
  if (next === null) workload.rollingOut = false;
  else deletePod(world, next, null);
}

export function setNodeReady(world: World, name: string, ready: boolean): void {
  const node = world.node(name);
  node.ready = ready;
  for (const pod of node.pods) {
    refresh(world, pod);
    if (ready && pod.deletedAt !== null) finishTermination(world, pod);
  }
}
