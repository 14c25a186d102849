import type { Subject, Tools } from '../core/capability.ts';
import { canonicalJson } from '../core/json.ts';
import { lockKey, type PodView } from '../core/objects.ts';
import type { Plan, Right } from '../core/plan.ts';

/** Completes a plan by its identity: the same request on the same state of the world has the same hash. */
export function withHash(plan: Omit<Plan, 'hash'>, digest: Tools['digest']): Plan {
  const { action, cluster, request, preconditions } = plan;
  return { ...plan, hash: digest(canonicalJson({ action, cluster, request, preconditions })) };
}

export function podLock(pod: PodView): string {
  return lockKey('Pod', pod.cluster, pod.namespace, pod.name);
}

/** Lock of the pod, and of its workload: members that may become unavailable do so one at a time. */
export function locksOfDisruption(pod: PodView, workload: Subject['workload']): string[] {
  const owner = workload ?? pod.owner;
  return owner === null ? [podLock(pod)] : [podLock(pod), lockKey(owner.kind, pod.cluster, pod.namespace, owner.name)];
}

/**
 * What it does to the number of healthy members when this pod stops and starts again. One that is unhealthy already costs nothing and is
 * one more afterwards; one that nobody told us about counts as healthy.
 */
export function healthOfRestart(pod: PodView, health: Subject['health']): NonNullable<Plan['healthy']> {
  const member = health?.members.find(({ uid }) => uid === pod.uid);
  return member?.healthy === false ? { during: 0, after: 1 } : { during: -1, after: 0 };
}

export function rightsIn(namespace: string, rights: readonly Omit<Right, 'namespace'>[]): Right[] {
  return rights.map((right) => ({ ...right, namespace }));
}
