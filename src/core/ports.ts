import type { NamespaceFact } from './facts.ts';
import type { PodView, Workload } from './objects.ts';
import type { Outcome, Right } from './plan.ts';
import type { Decision, Permission } from './decide.ts';
import type { IntakeReason } from './reasons.ts';
import type { EffectRecord, Run } from './run.ts';
import type { Hint } from './store.ts';

/** Ports: what the core and the use cases need of the outside. Adapters implement them; `wiring.ts` joins them. The store's are in `store.ts`. */

/** Wall and monotonic time of this process. Store time comes with each script's answer. */
export interface Clock {
  now(): number;
  monotonic(): number;
}

/** SHA-256 of a text as lower-case hex. */
export type Digest = (text: string) => string;

/**
 * A read that did not work. `unreachable` and `timeout` may be tried again; `forbidden` names the verb in its message; `unauthenticated` = the
 * cluster does not know who asks.
 */
export class ClusterError extends Error {
  readonly kind: 'unreachable' | 'timeout' | 'forbidden' | 'unauthenticated' | 'invalid' | 'overloaded';
  constructor(kind: ClusterError['kind'], message: string) {
    super(message);
    this.name = 'ClusterError';
    this.kind = kind;
  }
}

export interface ExecResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Output beyond the limit was cut off. */
  readonly truncated: boolean;
}

export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
  readonly ms: number;
}

export interface EventView {
  readonly at: number;
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
  readonly count: number;
}

/** A claim to something, kept in the cluster for everybody to see. */
export interface LeaseView {
  /** null = nobody's. */
  readonly holder: string | null;
  /** When its holder said that it is there, by the holder's clock: another text is another time, and nothing else follows from it. */
  readonly renewed: string;
  /** Of its text, for `putLease`. */
  readonly version: string;
}

/**
 * One cluster. Reads answer null for what does not exist and throw `ClusterError` for what could not be read. Writes never throw: whatever
 * is not known to be done or refused is `unknown`. Every call ends by its signal at the latest.
 */
export interface Cluster {
  readonly name: string;
  getPod(namespace: string, name: string, signal: AbortSignal): Promise<PodView | null>;
  /** Pods of a namespace; filters are ANDed. `selector` is a Kubernetes equality selector, `a=b,c=d`. */
  listPods(
    namespace: string,
    filter: { selector?: string; podIP?: string; nodeName?: string },
    signal: AbortSignal,
  ): Promise<readonly PodView[]>;
  /** The owning workload (a ReplicaSet's Deployment); null = none, or one of a kind we do not know. */
  workloadOf(pod: PodView, signal: AbortSignal): Promise<Workload | null>;
  getWorkload(kind: Workload['kind'], namespace: string, name: string, signal: AbortSignal): Promise<Workload | null>;
  /** All pods that the workload owns, terminating ones included. */
  membersOf(workload: Workload, signal: AbortSignal): Promise<readonly PodView[]>;
  getNamespace(name: string, signal: AbortSignal): Promise<NamespaceFact | null>;
  /** Those of the rights that this service account lacks. */
  missingRights(rights: readonly Right[], signal: AbortSignal): Promise<readonly Right[]>;
  events(
    object: { kind: string; namespace: string; name: string; uid: string },
    limit: number,
    signal: AbortSignal,
  ): Promise<readonly EventView[]>;
  logs(
    request: {
      namespace: string;
      pod: string;
      container: string | null;
      previous: boolean;
      tailLines: number;
      limitBytes: number;
      sinceSeconds?: number;
    },
    signal: AbortSignal,
  ): Promise<string>;
  /** Runs an argument array, no shell. Throws `ClusterError` when it is not known to have ended. `run` is told to the API's own audit. */
  exec(
    request: {
      namespace: string;
      pod: string;
      uid: string;
      container: string | null;
      command: readonly string[];
      limitBytes: number;
      run?: string;
    },
    signal: AbortSignal,
  ): Promise<ExecResult>;
  /** GET on a pod's port through the API server. */
  httpGet(
    request: { namespace: string; pod: string; port: number; path: string; limitBytes: number },
    signal: AbortSignal,
  ): Promise<HttpAnswer>;
  /**
   * Deletes exactly this uid. Another uid → rejected `conflict`, absent → rejected `gone`. `dryRun` asks the server and changes nothing.
   * When the signal's time is up nothing is sent, even by a process that stood still and whose timers have yet to fire: `too-late`.
   */
  deletePod(
    request: { namespace: string; name: string; uid: string; graceSeconds: number | null; dryRun: boolean; run: string },
    signal: AbortSignal,
  ): Promise<Outcome>;
  getLease(namespace: string, name: string, signal: AbortSignal): Promise<LeaseView | null>;
  /**
   * Makes `holder` its holder as of now: creates it (`version` null), or replaces just that version. False = somebody else was faster.
   * Throws `ClusterError` like a read: what became of it tells the next look.
   */
  putLease(
    request: { namespace: string; name: string; holder: string; durationMs: number; version: string | null },
    signal: AbortSignal,
  ): Promise<boolean>;
  /** Writes an Event on the object; best effort, never throws. */
  recordEvent(
    object: { kind: string; namespace: string; name: string; uid: string },
    event: { type: 'Normal' | 'Warning'; reason: string; message: string; run: string },
    signal: AbortSignal,
  ): Promise<void>;
}

/** Clusters by name; null = not configured. */
export interface Clusters {
  readonly defaultName: string | null;
  get(name: string): Cluster | null;
}

/** A source that can say whether an alert fires. Throws when it cannot tell; an empty answer counts only from a source known to be good. */
export interface AlertSource {
  readonly kind: 'prometheus' | 'alertmanager';
  state(labels: Readonly<Record<string, string>>, signal: AbortSignal): Promise<'firing' | 'pending' | 'not-firing'>;
}

/** Alertmanager says who silences or inhibits the alert; null = it does not know the alert. */
export interface SuppressionSource {
  suppression(
    fingerprint: string,
    labels: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<{ silencedBy: readonly string[]; inhibitedBy: readonly string[] } | null>;
}

/** PromQL instant query: each series with its value. */
export interface Metrics {
  query(
    promql: string,
    signal: AbortSignal,
  ): Promise<readonly { readonly labels: Readonly<Record<string, string>>; readonly value: number }[]>;
}

/** GET on a configured endpoint; hosts outside the endpoints are refused before anything is sent. */
export interface Web {
  get(url: string, limitBytes: number, signal: AbortSignal): Promise<HttpAnswer>;
}

/** The rules in force now, which a reload may have changed since a run was pinned. */
export interface InForce {
  /** For a run of this rule; a dry installation only observes. */
  permission(rule: string): Permission;
}

/** What a human asks for who starts a rule. */
export interface ManualStart {
  readonly by: string;
  readonly why: string | null;
  /** `Kind/namespace/name`; null = the labels say it. */
  readonly target: string | null;
  readonly labels: Readonly<Record<string, string>>;
  readonly dryRun: boolean;
}

/** `live`: the slot has a run already. Of the others no run was started, and `message` says what to do. */
export type ManualStarted =
  | { readonly kind: 'started' | 'live'; readonly run: string }
  | { readonly kind: 'no-rule' | 'not-manual' | 'bad-target' | 'full'; readonly message: string };

/** What the receiver of alerts says to whoever speaks HTTP. Only `accepted` means that everything is durable. */
export type IntakeAnswer =
  | { readonly kind: 'accepted'; readonly accepted: number; readonly rejected: number }
  /** The envelope cannot be read: `message` names the place and the fix. */
  | { readonly kind: 'malformed'; readonly message: string }
  /** More alerts than are taken at once. */
  | { readonly kind: 'too-large'; readonly message: string }
  /** Nothing is promised; the sender must try again. */
  | { readonly kind: 'unavailable'; readonly message: string };

/** A log with a static message and the facts in fields; `run`, `rule`, `target`, `incident`, `reason` where they are known. */
export interface Log {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
  /** The same log with these fields on every line. */
  child(fields: LogFields): Log;
}
/** `err` takes an Error. */
export type LogFields = Readonly<Record<string, unknown>>;

/** What the daemon counts, in the words of the domain; never throws. */
export interface Telemetry {
  alertsReceived(status: 'firing' | 'resolved', count: number): void;
  alertsRejected(reason: IntakeReason, count: number): void;
  /** Firing alerts that a rule took when the rules changed. */
  alertsRematched(count: number): void;
  /** One webhook was answered with this status after so long. */
  webhookAnswered(status: number, ms: number): void;
  /** What became of one tick of a schedule. */
  ticked(result: TickResult): void;
  decision(decision: Pick<Decision, 'then' | 'reason'>): void;
  effect(action: string, result: EffectRecord['result']): void;
  /** `run` is in an end state. */
  runEnded(run: Pick<Run, 'state' | 'acceptedAt' | 'end'>): void;
  notification(receiver: string, result: 'delivered' | 'failed', reason: DeliveryFailure | null): void;
  /** The set with this content hash is in force since `at` (ms). */
  configLoaded(hash: string, at: number): void;
  /** A reload failed, the old set stays. */
  configRefused(): void;
  storeUp(up: boolean): void;
  clusterUp(cluster: string, up: boolean): void;
}

export const TICK_RESULTS = ['started', 'missed', 'still-running'] as const;
export type TickResult = (typeof TICK_RESULTS)[number];

/** Why a message did not arrive, as far as metrics tell it. */
export const DELIVERY_FAILURES = ['unreachable', 'timeout', 'client-error', 'server-error', 'rate-limited', 'other'] as const;
export type DeliveryFailure = (typeof DELIVERY_FAILURES)[number];

/**
 * Wakes workers, in this replica or another. The store is the truth: what is lost here comes with the next sweep, and what comes twice
 * is found stale. So no method throws, and callers need not wait for them.
 */
export interface Hints {
  /** Look at these runs now; the same (run, version, events) twice is once. */
  wake(hints: readonly Hint[]): Promise<void>;
  /** Look at a parked run in `delayMs`. Dropped by itself when the run wakes before that. */
  later(hint: Hint, delayMs: number): Promise<void>;
  /** Of the sweeper: `bucket` keeps an older job of the same run from swallowing the hint. */
  sweep(hints: readonly Hint[], bucket: string): Promise<void>;
  /** Wake-ups that wait for a worker; null = cannot tell. */
  waiting(): Promise<number | null>;
}
