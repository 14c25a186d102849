import type { TargetSpec } from './edition.ts';
import type { PodView, Workload, WorkloadHealth } from './objects.ts';
import { ClusterError } from './ports.ts';

/** What is true of an object's health, as far as its own status tells; whether that status could be read is the caller's matter. */
export interface Health {
  readonly healthy: boolean;
  /** Why, for a human. */
  readonly message: string;
}

/**
 * A member counts as healthy while it is ready, not terminating, and its node answers. Where nobody can tell whether it does, a member that
 * says it is ready is neither: counted, an effect could cost the quorum; left out, it would be evidence that an effect did not help. Throws
 * `ClusterError` then, so that the health is unknown.
 */
function isHealthyMember({ name, ready, deletedAt, node, nodeReady }: PodView): boolean {
  if (!ready || deletedAt !== null || node === null) return false;
  if (nodeReady === null) throw new ClusterError('unreachable', `whether node ${node} of pod ${name} is ready could not be read`);
  return nodeReady;
}

/** `desired` = the replicas that the workload should have. Throws `ClusterError` where the health of a member is unknown. */
export function healthOfMembers(desired: number, members: readonly PodView[]): WorkloadHealth {
  const told = members.map((pod) => ({ name: pod.name, uid: pod.uid, healthy: isHealthyMember(pod) }));
  return { desired, healthy: told.filter(({ healthy }) => healthy).length, members: told };
}

/**
 * Health by kind of target. `workload` is the target itself, or the one that owns the pod. A pod that is gone is judged by its workload
 * where successors bear other names: whichever of them replaced it, the place is filled again. Throws `ClusterError` where nobody can tell.
 */
export function healthOf(kind: TargetSpec['kind'], pod: PodView | null, workload: Workload | null, members: readonly PodView[]): Health {
  if (kind !== 'Pod') return healthOfWorkload(workload, members);
  if (pod !== null) return healthOfPod(pod);
  const renames = workload !== null && workload.kind !== 'StatefulSet';
  return renames ? healthOfWorkload(workload, members) : { healthy: false, message: 'the pod does not exist' };
}

function healthOfPod(pod: PodView): Health {
  const name = `pod ${pod.name}`;
  if (pod.deletedAt !== null) return { healthy: false, message: `${name} is terminating` };
  if (pod.nodeReady === false) return { healthy: false, message: `${name} is on node ${pod.node ?? 'unknown'}, which is not ready` };
  if (isHealthyMember(pod)) return { healthy: true, message: `${name} is ready` };
  const waiting = pod.containers.find(({ state, reason }) => state !== 'running' && reason !== null);
  return { healthy: false, message: `${name} is ${pod.phase}${waiting === undefined ? '' : ` (${waiting.reason})`}, not ready` };
}

function healthOfWorkload(workload: Workload | null, members: readonly PodView[]): Health {
  if (workload === null) return { healthy: false, message: 'the workload does not exist' };
  const { desired, healthy } = healthOfMembers(workload.replicas, members);
  const message = `${workload.kind} ${workload.name}: ${healthy} of ${desired} ready`;
  if (workload.rollingOut) return { healthy: false, message: `${message}, rolling out` };
  return { healthy: healthy >= desired, message };
}
