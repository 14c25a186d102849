import type { AuditEntry } from './audit.ts';
import type { Brake } from './brake.ts';
import type { HistoryFact } from './facts.ts';
import type { Place } from './in-flight.ts';
import type { Escalation, Incident } from './incident.ts';
import type { Storm, StormPolicy } from './storm.ts';
import type { BegunEffect, EffectOutcome, Run, RunEvent, Target } from './run.ts';
import type { Budget } from './edition.ts';

/**
 * Ports of the store. Each method is one atomic script unless it says otherwise; the scripts, their order of refusals and the keys
 * are in docs/protocol.md. Every method throws `StoreError` when the store does not answer in time or refuses.
 */
export class StoreError extends Error {
  /** `unavailable`: no answer, the outcome is not known. `full`: OOM, MISCONF, READONLY, or above the admission limit. */
  readonly kind: 'unavailable' | 'full' | 'not-replicated' | 'protocol';
  constructor(kind: StoreError['kind'], message: string) {
    super(message);
    this.name = 'StoreError';
    this.kind = kind;
  }
}

/** One rule that takes an alert: the slot and the run that is made if the slot has no live one. */
export interface SlotRequest {
  readonly slot: string;
  /** What is counted for storms; null = the target could not be rendered. */
  readonly target: Pick<Target, 'cluster' | 'key'> | null;
  readonly rule: string;
  /** Whose rule it is, for the audit; absent = nobody's. */
  readonly team?: string;
  readonly dry: boolean;
  /** ms after accept at which a human is woken; null = never. */
  readonly pageAfterMs: number | null;
  /** 0–3 for P0–P3. */
  readonly priority: number;
  /**
   * The new run's document without what only the script knows (`id`, `acceptedAt`, `since`, `deadlineAt`). Asked for only when a run may
   * be made: most alerts are repeats, and a repeat costs no document.
   */
  readonly doc: () => Omit<Run, 'id' | 'acceptedAt' | 'since' | 'deadlineAt'> & { readonly deadlineMs: number };
  /**
   * What a human is told when a script has to end the run by itself, because workers die on it (`crash-loop`); the script fills in `run`.
   * null for a dry run, which tells nobody. Asked for together with `doc`.
   */
  readonly escalation: () => Escalation | null;
}

export interface AcceptAlert {
  readonly fingerprint: string;
  readonly status: 'firing' | 'resolved';
  readonly startsAt: number;
  /** null while firing. */
  readonly endsAt: number | null;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** Empty for a resolve: the episode knows its slots. */
  readonly slots: readonly SlotRequest[];
  /**
   * It comes from what is stored (`EpisodeStore.matchable`), for its rules changed. Nobody saw it fire just now: it stays as silent as it is,
   * what it was covered by covers it, and it is `unknown-episode` once it is over.
   */
  readonly again?: true;
}

/** Enough for a hint: job id `<run>.<version>.<events>`. */
export interface Hint {
  readonly run: string;
  readonly version: number;
  readonly events: number;
  /** 0 = first (signals, reconciling, verifying), 1–4 for P0–P3. */
  readonly priority: number;
}

export interface AcceptAnswer {
  readonly hints: readonly Hint[];
  /** What happened to each alert, in order: a new episode or run, attached, the same, ignored (late or unknown resolve). */
  readonly results: readonly ('new' | 'attached' | 'same' | 'resolved' | 'late-resolve' | 'unknown-episode' | 'not-matched')[];
}

export interface IntakeStore {
  /** At most 200 alerts and their audit in one script. `storm`: when a cluster counts as stormy; null or left out = never. */
  accept(alerts: readonly AcceptAlert[], audit: readonly AuditEntry[], storm?: StormPolicy | null): Promise<AcceptAnswer>;
  /** Alerts refused before accept are recorded too. */
  record(audit: readonly AuditEntry[]): Promise<void>;
}

export interface Claim {
  readonly run: Run;
  readonly version: number;
  readonly epoch: number;
  /** Length of the inbox as read: `evRead` of the next commit or begin. */
  readonly events: number;
  readonly inbox: readonly RunEvent[];
  /** All effects of the run, in the order of `begin`. */
  readonly effects: readonly BegunEffect[];
  /** A lock that it waited for was released, or a brake that held it lifted, since the last claim. */
  readonly unblocked: boolean;
  /** Store time. */
  readonly now: number;
}

export type ClaimAnswer =
  | ({ readonly kind: 'ok' } & Claim)
  | { readonly kind: 'stale' | 'gone' }
  /** `untilMs`: how long the other worker's lease still lasts. */
  | { readonly kind: 'busy'; readonly untilMs: number }
  /** Ended by the script: ≥ 10 claims without a commit (`crash-loop`), or a document of a newer schema. */
  | { readonly kind: 'ended' };

/** Written to a run's memory and the fact store when it ends. */
export interface EndRecord {
  /** (rule, subject) memory; null = the subject was never pinned. */
  readonly memory: {
    readonly rung: number;
    readonly acted: boolean;
    readonly outcome: string;
    readonly ineffective: boolean;
    readonly keepMs: number;
  } | null;
  /** Cooldowns started when acted; 0 = none. */
  readonly cooldownMs: number;
  readonly targetCooldownMs: number;
  /** What survives an effect; the target's key where none was pinned. */
  readonly subject: string;
  /** Opens or attaches the incident in this script; null = none. Must be set when the state is `escalated` and the run is not dry. */
  readonly escalation: Escalation | null;
  /** Ending `succeeded`, or `skipped` because resolved: an incident of this run starts to clear. */
  readonly clears: boolean;
}

export type CommitAnswer =
  /** `dueInMs` for a park; `events` as of now. */
  | {
      readonly kind: 'ok';
      readonly version: number;
      readonly dueInMs: number;
      readonly events: number;
      readonly woken: readonly Hint[];
      readonly incident: string | null;
    }
  /** Something came in meanwhile. A keep is written; a park is written and due now; an end is refused: reduce `inbox` and decide again. */
  | { readonly kind: 'again'; readonly version: number; readonly events: number; readonly inbox: readonly RunEvent[]; readonly now: number }
  | { readonly kind: 'lost' };

export interface BudgetCharge extends Budget {
  /** Key of the window, e.g. `workload:<lock key>`. */
  readonly key: string;
}

export interface BeginRequest {
  /** Written on `go` with the intent, and with it `audit`; any other answer leaves both to the next commit. */
  readonly run: Run;
  readonly audit: readonly AuditEntry[];
  readonly epoch: number;
  readonly events: number;
  readonly effect: string;
  /** Of the plan, for the audit. */
  readonly action: string;
  readonly describe: string;
  /** JSON of the plan, kept with the intent so that it can be looked up after a crash. */
  readonly plan: string;
  readonly planHash: string;
  readonly performMs: number;
  readonly factsAt: number;
  readonly brakeScopes: readonly string[];
  /** Cluster in which there must be no storm; null = storms are switched off. */
  readonly cluster: string | null;
  readonly touches: readonly string[];
  readonly rule: string;
  readonly subject: string;
  readonly cost: number;
  readonly budgets: readonly BudgetCharge[];
  /** Limits on runs that act at once, unless this one acts already. */
  readonly places: readonly Place[];
  /** Memory and cooldowns that a script leaves behind when it has to end the run: as in `EndRecord`. */
  readonly keepMs: number;
  readonly cooldownMs: number;
  readonly targetCooldownMs: number;
}

export type BeginAnswer =
  | { readonly kind: 'go'; readonly leftMs: number; readonly notAfter: number }
  | { readonly kind: 'lost' | 'event' | 'old-facts' }
  | { readonly kind: 'paused'; readonly brake: Brake }
  | { readonly kind: 'stormy'; readonly until: number }
  | { readonly kind: 'seen'; readonly effect: BegunEffect }
  | { readonly kind: 'held'; readonly lock: string; readonly holder: string }
  /** As many as may act at once do, or come first: it waits in the queue. */
  | { readonly kind: 'full'; readonly key: string; readonly max: number }
  | { readonly kind: 'cooling'; readonly until: number }
  /** The store is new or was failed over; not told to dry runs. */
  | { readonly kind: 'forgetful'; readonly until: number }
  | { readonly kind: 'spent'; readonly key: string; readonly freesAt: number | null };

export type SignalAnswer =
  | { readonly kind: 'ok'; readonly hint: Hint }
  | { readonly kind: 'gone' }
  | { readonly kind: 'taken'; readonly by: string };

export interface RunStore {
  /** `version` null = any. `worker` names this claim, not the process. */
  claim(run: string, version: number | null, worker: string): Promise<ClaimAnswer>;
  /** Writes the document, keeps the lease. */
  keep(run: Run, epoch: number, eventsRead: number, audit: readonly AuditEntry[]): Promise<CommitAnswer>;
  /**
   * Writes, gives up the lease, due in `ms`, at once when events came in. `waitFor`: lock keys in whose queues it stands meanwhile, so that
   * their release wakes it, and `places` the same of limits on runs that act at once; due at once when none of them is taken any more.
   */
  park(
    run: Run,
    epoch: number,
    eventsRead: number,
    ms: number,
    audit: readonly AuditEntry[],
    waitFor?: readonly string[],
    places?: readonly Place[],
  ): Promise<CommitAnswer>;
  /** Ends the run; refused with `again` when events came in. */
  end(run: Run, epoch: number, eventsRead: number, record: EndRecord, audit: readonly AuditEntry[]): Promise<CommitAnswer>;
  begin(request: BeginRequest): Promise<BeginAnswer>;
  /** Accepted from any epoch, the first result wins (`seen` otherwise). */
  finish(
    run: string,
    epoch: number,
    effect: string,
    state: 'done' | 'rejected' | 'abandoned',
    outcome: EffectOutcome,
  ): Promise<'ok' | 'seen'>;
  signal(run: string, event: RunEvent): Promise<SignalAnswer>;
  /** Runs that are due, pushed on so that no other sweeper takes them at once. */
  sweep(limit: number): Promise<readonly Hint[]>;
}

export interface BrakeStore {
  /** Sets or extends. */
  setBrake(brake: Omit<Brake, 'at'>): Promise<Brake>;
  /** Lifts and wakes what it held, paced; false = there was none. */
  liftBrake(scope: string, by: string): Promise<boolean>;
  brakes(): Promise<readonly Brake[]>;
}

/** Reads for guards; `now` = store time. */
export interface HistoryStore {
  history(request: {
    readonly run: string;
    readonly dry: boolean;
    readonly rule: string;
    readonly subject: string;
    readonly locks: readonly string[];
    readonly budgets: readonly BudgetCharge[];
    /** Of the effect that the budgets must have room for; absent = 1. */
    readonly cost?: number;
    readonly places: readonly Place[];
  }): Promise<HistoryFact>;
  /** Those that go on. */
  storms(): Promise<readonly Storm[]>;
  now(): Promise<number>;
}

export interface IncidentStore {
  /** Runs and incidents whose human is due, pushed on by a minute. */
  pageDue(limit: number): Promise<readonly { readonly kind: 'run' | 'incident'; readonly id: string }[]>;
  /** Opens or attaches for a live run whose `escalate_after` passed; does nothing when the run ended meanwhile. */
  openFor(run: string, escalation: Escalation, audit: readonly AuditEntry[]): Promise<string | null>;
  /**
   * The same for all runs that something holds which holds a whole cluster: opens once, attaches each run once, covers no slot, and leaves
   * the run's own page where it is. null = nothing new: the run is attached already, or it ended.
   */
  openForCluster(run: string, escalation: Escalation): Promise<string | null>;
  /** The same for a firing episode that nothing covers; does nothing when it resolved or is covered by now. */
  openOrphan(fingerprint: string, slot: string, escalation: Escalation, audit: readonly AuditEntry[]): Promise<string | null>;
  /**
   * Opens or attaches for trouble of the installation itself, in a slot that no alert has; `tellOwn` says whether it is over, which lets the
   * incident clear, or is not, whatever another replica said.
   */
  openOwn(slot: string, escalation: Escalation, audit: readonly AuditEntry[]): Promise<string | null>;
  tellOwn(slot: string, over: boolean): Promise<void>;
  /** Leaves the page for later (muted, silenced). */
  postponePage(run: string, ms: number): Promise<void>;
  /** Carries out the incident's next policy step, repeat, fallback, or its resolution when it was clear long enough. */
  advanceIncident(id: string): Promise<void>;
  acknowledge(id: string, by: string): Promise<Incident | null>;
  resolve(id: string, by: string, snoozeMs: number): Promise<Incident | null>;
}

export interface BlobStore {
  /** Stores under its SHA-256; the same content costs nothing. `keepMs` null = for as long as runs may need it. */
  putBlob(sha256: string, text: string, keepMs: number | null): Promise<void>;
  getBlob(sha256: string): Promise<string | null>;
}

export type * from './store-reads.ts';
export type { DeliveryResult, DeliveryStore } from './store-delivery.ts';
