import type { EventView, LeaseView } from '../../../core/ports.ts';
import type { Fleet, Script, WorkloadSpec } from '../fleet.ts';
import { Journal } from './journal.ts';
import type { NamespaceState, NodeState, PodState, WorkloadState } from './state.ts';
import { Timeline } from './timeline.ts';

const maxEvents = 50;
const maxEventful = 20_000;
const maxLogLines = 2_000;

/** Everything that exists in the sandbox. It has no clock of its own: `advance` lets it live on until a time. */
export class World {
  now: number;
  /** Delays are divided by it. */
  speed = 1;
  readonly namespaces = new Map<string, NamespaceState>();
  readonly nodes = new Map<string, NodeState>();
  readonly workloads = new Map<string, WorkloadState>();
  readonly podsByIp = new Map<string, PodState>();
  readonly events = new Map<string, readonly EventView[]>();
  /** `<namespace>/<name>` → the Lease. */
  readonly leases = new Map<string, LeaseView>();
  readonly scripts: Script[] = [];
  readonly journal = new Journal();
  /** Told of each plan, so that a real clock can wake the world in time. */
  onPlan: () => void = () => undefined;
  /** The controllers' ears: a pod became ready, a pod is gone. */
  onReady: (pod: PodState) => void = () => undefined;
  onGone: (pod: PodState) => void = () => undefined;
  readonly newUid: () => string;
  readonly #timeline = new Timeline();
  readonly #byUid = new Map<string, WorkloadState>();
  #addresses = 0;
  #placed = 0;

  constructor(now: number, newUid: () => string) {
    this.now = now;
    this.newUid = newUid;
  }

  get nextAt(): number | null {
    return this.#timeline.nextAt;
  }

  /** Lets happen what is due by `now`; a clock that steps back is ignored. */
  advance(now: number): void {
    for (let due = this.#timeline.takeDue(now); due !== null; due = this.#timeline.takeDue(now)) {
      this.now = Math.max(this.now, due.at);
      due.happen();
    }
    this.now = Math.max(this.now, now);
  }

  /** Plans for a pod's or controller's delay, shortened by the speed. */
  after(delayMs: number, happen: () => void): void {
    this.afterExactly(delayMs / this.speed, happen);
  }

  afterExactly(ms: number, happen: () => void): void {
    this.#timeline.plan(this.now + ms, happen);
    this.onPlan();
  }

  namespace(name: string): NamespaceState {
    const found = this.namespaces.get(name);
    if (found !== undefined) return found;
    const made: NamespaceState = { name, labels: { 'kubernetes.io/metadata.name': name }, annotations: {}, pods: new Map() };
    this.namespaces.set(name, made);
    return made;
  }

  node(name: string): NodeState {
    const found = this.nodes.get(name);
    if (found !== undefined) return found;
    const made: NodeState = { name, ready: true, pods: new Set() };
    this.nodes.set(name, made);
    return made;
  }

  /** Nodes take pods in turn. */
  nextNode(): NodeState {
    const nodes = [...this.nodes.values()];
    return nodes[this.#placed++ % nodes.length] ?? this.node('node-a');
  }

  nextAddress(): string {
    const n = ++this.#addresses;
    return `10.${128 + ((n >> 16) & 127)}.${(n >> 8) & 255}.${n & 255}`;
  }

  pod(namespace: string, name: string): PodState | null {
    return this.namespaces.get(namespace)?.pods.get(name) ?? null;
  }

  workload(kind: string, namespace: string, name: string): WorkloadState | null {
    return this.workloads.get(`${kind}/${namespace}/${name}`) ?? null;
  }

  /** By the uid in a pod's owner reference: a ReplicaSet's is its Deployment's with its revision behind it. */
  ownerOf(namespace: string, uid: string): WorkloadState | null {
    const owner = this.#byUid.get(uid) ?? this.#byUid.get(uid.replace(/-\d+$/, ''));
    return owner?.spec.namespace === namespace ? owner : null;
  }

  addWorkload(spec: WorkloadSpec): WorkloadState {
    const key = `${spec.kind}/${spec.namespace}/${spec.name}`;
    if (this.workloads.has(key)) throw new RangeError(`${key} exists`);
    const labels = { app: spec.name, ...spec.labels };
    const { annotations } = spec;
    const made = { uid: this.newUid(), spec, labels, annotations, revision: 1, rollingOut: false, slots: [], leaving: new Set<PodState>() };
    this.workloads.set(key, made);
    this.#byUid.set(made.uid, made);
    return made;
  }

  addSettings(fleet: Fleet): void {
    this.speed = fleet.speed ?? this.speed;
    for (const name of fleet.nodes) this.node(name);
    for (const [name, { labels, annotations }] of Object.entries(fleet.namespaces)) {
      const namespace = this.namespace(name);
      Object.assign(namespace.labels, labels);
      Object.assign(namespace.annotations, annotations);
    }
    this.scripts.unshift(...fleet.scripts);
  }

  /** Events are kept by the uid of their object, and outlive it. */
  event({ uid }: { readonly uid: string }, type: EventView['type'], reason: string, message: string): void {
    const events = this.events.get(uid) ?? [];
    const last = events.at(-1);
    const again = last?.reason === reason && last.message === message;
    const kept = again ? events.slice(0, -1) : events.slice(1 - maxEvents);
    this.events.set(uid, [...kept, { at: this.now, type, reason, message, count: again ? last.count + 1 : 1 }]);
    const oldest = this.events.size > maxEventful ? this.events.keys().next().value : undefined;
    if (oldest !== undefined) this.events.delete(oldest);
  }

  log(pod: PodState, text: string, at = this.now): void {
    pod.container.log.push({ at, text });
    if (pod.container.log.length > maxLogLines) pod.container.log.shift();
  }
}
