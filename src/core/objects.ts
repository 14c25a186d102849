/** Our own small views of cluster objects; a client library's types stop at the port. */
export interface ObjectRef {
  readonly cluster: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

export interface ContainerView {
  readonly name: string;
  readonly ready: boolean;
  readonly restarts: number;
  readonly state: 'waiting' | 'running' | 'terminated';
  /** e.g. `CrashLoopBackOff`, `OOMKilled`; null = none given. */
  readonly reason: string | null;
  readonly startedAt: number | null;
  /** When it ended last; null = never, or not told. */
  readonly endedAt: number | null;
}

export interface PodView {
  readonly cluster: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly phase: 'Pending' | 'Running' | 'Succeeded' | 'Failed' | 'Unknown';
  readonly ready: boolean;
  /** Since when `ready` has its present value; null = not told. */
  readonly readySince: number | null;
  readonly createdAt: number;
  /** Set while the pod is being deleted. */
  readonly deletedAt: number | null;
  readonly ip: string | null;
  readonly node: string | null;
  readonly nodeReady: boolean | null;
  readonly owner: { readonly kind: string; readonly name: string; readonly uid: string } | null;
  readonly containers: readonly ContainerView[];
}

/** The owning workload of a pod: a StatefulSet, a Deployment (through its ReplicaSet) or a DaemonSet. */
export interface Workload {
  readonly cluster: string;
  readonly kind: 'StatefulSet' | 'Deployment' | 'DaemonSet' | 'ReplicaSet';
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** Names under which fields of it were written, as the API server keeps them. */
  readonly managers: readonly string[];
  readonly replicas: number;
  readonly rollingOut: boolean;
}

export interface WorkloadHealth {
  readonly desired: number;
  /** Ready and not terminating. */
  readonly healthy: number;
  readonly members: readonly { readonly name: string; readonly uid: string; readonly healthy: boolean }[];
}

/** `kind:cluster/namespace/name`: the name of a lock on one object. */
export function lockKey(kind: string, cluster: string, namespace: string, name: string): string {
  return `${kind.toLowerCase()}:${cluster}/${namespace}/${name}`;
}
