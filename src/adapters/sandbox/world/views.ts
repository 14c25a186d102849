import type { PodView, Workload } from '../../../core/objects.ts';
import { replicaSetName } from './pods.ts';
import type { PodState, WorkloadState } from './state.ts';

/** What the API shows; the client adds the name that it knows the cluster by. */
export type BarePod = Omit<PodView, 'cluster'>;
export type BareWorkload = Omit<Workload, 'cluster'>;

export function viewPod(pod: PodState): BarePod {
  const { container, slot } = pod;
  const { spec } = slot.workload;
  const neverRan = container.startedAt === null && container.restarts === 0;
  return {
    namespace: spec.namespace,
    name: pod.name,
    uid: pod.uid,
    labels: pod.labels,
    annotations: pod.annotations,
    phase: neverRan ? 'Pending' : 'Running',
    ready: pod.ready,
    readySince: pod.readySince,
    createdAt: pod.createdAt,
    deletedAt: pod.deletedAt,
    ip: pod.ip,
    node: pod.node.name,
    nodeReady: pod.node.ready,
    owner: ownerOf(pod),
    containers: [
      {
        name: spec.container,
        ready: pod.ready,
        restarts: container.restarts,
        state: container.state,
        reason: container.reason,
        startedAt: container.startedAt,
        endedAt: container.endedAt,
      },
    ],
  };
}

function ownerOf({ slot: { workload }, revision }: PodState): BarePod['owner'] {
  const { kind, name } = workload.spec;
  if (kind === 'Pod') return null;
  if (kind === 'Deployment') return { kind: 'ReplicaSet', name: replicaSetName(workload, revision), uid: `${workload.uid}-${revision}` };
  return { kind, name, uid: workload.uid };
}

export function viewWorkload(workload: WorkloadState): BareWorkload | null {
  const { kind, namespace, name } = workload.spec;
  if (kind === 'Pod') return null;
  return {
    kind,
    namespace,
    name,
    uid: workload.uid,
    labels: workload.labels,
    annotations: workload.annotations,
    managers: workload.spec.managers,
    replicas: workload.slots.length,
    rollingOut: workload.rollingOut,
  };
}

export function membersOf(workload: WorkloadState): PodState[] {
  const members = workload.slots.flatMap(({ pod }) => (pod === null ? [] : [pod]));
  return [...new Set([...members, ...workload.leaving])];
}

/** An equality selector, `a=b,c==d,e!=f,g`. */
export function selects(selector: string, labels: Readonly<Record<string, string>>): boolean {
  return selector
    .split(',')
    .filter((part) => part.trim() !== '')
    .every((part) => {
      const [, key = '', operator, value] = /^\s*([^=!\s]+)\s*(?:(==?|!=)\s*([^=!\s]*)\s*)?$/.exec(part) ?? [];
      if (operator === undefined) return key !== '' && Object.hasOwn(labels, key);
      return (Object.hasOwn(labels, key) && labels[key] === value) === (operator !== '!=');
    });
}
