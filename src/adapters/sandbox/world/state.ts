import type { PodFault, WorkloadSpec } from '../fleet.ts';

export interface NamespaceState {
  readonly name: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
  readonly pods: Map<string, PodState>;
}

export interface NodeState {
  readonly name: string;
  ready: boolean;
  /** Pods on it, terminating ones included. */
  readonly pods: Set<PodState>;
}

export interface WorkloadState {
  readonly uid: string;
  readonly spec: WorkloadSpec;
  labels: Record<string, string>;
  annotations: Record<string, string>;
  /** Grows with each rollout; a pod of an older one is replaced. */
  revision: number;
  rollingOut: boolean;
  readonly slots: Slot[];
  /** Pods that are terminating while their successor already fills the slot, or whose slot is gone. */
  readonly leaving: Set<PodState>;
}

/** One place among the replicas of a workload: what is wrong with the place outlives its pod. */
export interface Slot {
  readonly workload: WorkloadState;
  readonly index: number;
  pod: PodState | null;
  readonly faults: Set<PodFault>;
}

export interface PodState {
  readonly uid: string;
  readonly name: string;
  readonly slot: Slot;
  readonly revision: number;
  labels: Record<string, string>;
  annotations: Record<string, string>;
  readonly ip: string;
  readonly node: NodeState;
  readonly createdAt: number;
  deletedAt: number | null;
  removed: boolean;
  /** Faults that end with this pod. */
  readonly faults: Set<PodFault>;
  container: ContainerState;
  ready: boolean;
  readySince: number;
}

export interface ContainerState {
  state: 'waiting' | 'running' | 'terminated';
  reason: string | null;
  startedAt: number | null;
  endedAt: number | null;
  restarts: number;
  /** Its readiness delay has passed. */
  warm: boolean;
  log: LogLine[];
  previousLog: LogLine[] | null;
}

export interface LogLine {
  readonly at: number;
  readonly text: string;
}

/** All faults that a pod suffers now. */
export function faultsOf(pod: PodState): PodFault[] {
  return [...pod.faults, ...pod.slot.faults];
}

export function faultOf<K extends PodFault['kind']>(pod: PodState, kind: K): Extract<PodFault, { kind: K }> | null {
  const found = faultsOf(pod).find((fault) => fault.kind === kind);
  return (found as Extract<PodFault, { kind: K }> | undefined) ?? null;
}

/** Whether the probes of the kubelet would find the pod ready. */
export function wouldBeReady(pod: PodState): boolean {
  const { container } = pod;
  if (container.state !== 'running' || !container.warm || !pod.node.ready) return false;
  return !faultsOf(pod).some(breaksReadiness);
}

function breaksReadiness(fault: PodFault): boolean {
  if (fault.kind === 'unhealthy') return !fault.ready;
  return fault.kind === 'not-ready' || fault.kind === 'hang' || fault.kind === 'crash-loop';
}
