import type { Subject, Tools } from '../../core/capability.ts';
import type { PodView, Workload } from '../../core/objects.ts';

export interface WorkloadState {
  readonly workload: Workload;
  readonly members: readonly PodView[];
}

const kinds = new Map<string, Workload['kind']>([
  ['statefulset', 'StatefulSet'],
  ['deployment', 'Deployment'],
  ['daemonset', 'DaemonSet'],
  ['replicaset', 'ReplicaSet'],
]);

/**
 * The workload of the run's target with its pods: the target itself, or the owner of the pod, found by the lock key that was pinned when
 * the pod is gone; null = there is none. Throws `ClusterError`.
 */
export async function readWorkload({ run, workload }: Subject, { cluster, signal }: Tools): Promise<WorkloadState | null> {
  const found = workload ?? (await lookFor(run, cluster, signal));
  return found === null ? null : { workload: found, members: await cluster.membersOf(found, signal) };
}

async function lookFor({ target, pinned }: Subject['run'], cluster: Tools['cluster'], signal: AbortSignal): Promise<Workload | null> {
  const [kindText = '', path = ''] = pinned?.workload?.split(':') ?? [target.kind.toLowerCase(), `//${pinned?.name ?? ''}`];
  const kind = kinds.get(kindText);
  const name = path.split('/').at(-1) ?? '';
  return kind === undefined || name === '' ? null : cluster.getWorkload(kind, target.namespace, name, signal);
}
