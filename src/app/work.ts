import type { AuditEntry } from '../core/audit.ts';
import type { Clusters, AlertSource, Clock, Digest, Hints, InForce, Metrics, Telemetry, Web } from '../core/ports.ts';
import type { Registry } from '../core/capability.ts';
import type { Edition } from '../core/edition.ts';
import type { FailPoints } from '../core/fail-point.ts';
import type { LinkConfig } from '../core/links.ts';
import type { Log } from '../core/ports.ts';
import type { BegunEffect, Command, Run, RunEvent } from '../core/run.ts';
import type { SharedLimits } from '../core/shared-limits.ts';
import type { BlobStore, BrakeStore, EpisodeStore, HistoryStore, IncidentStore, RunStore } from '../core/store.ts';
import type { Timing } from '../core/timing.ts';
import type { Ownership } from './ownership.ts';
import type { FactSources } from './read-facts.ts';

/** All that advancing a run needs of the outside. */
export interface AdvanceDeps {
  readonly store: RunStore & HistoryStore & BlobStore & BrakeStore & Pick<IncidentStore, 'openForCluster'> & Pick<EpisodeStore, 'episode'>;
  /** May be lost without harm: the store knows what is due. */
  readonly hints: Pick<Hints, 'wake' | 'later'>;
  readonly facts: FactSources;
  readonly clusters: Clusters;
  readonly registry: Registry;
  readonly sources: readonly AlertSource[];
  readonly metrics: Metrics | null;
  readonly web: Web;
  readonly inForce: InForce;
  /** null = nobody is asked: nothing is acted upon, or nobody else can be there. */
  readonly ownership: Pick<Ownership, 'of' | 'take'> | null;
  /** What bounds all rules together, as in force now. */
  readonly limits: () => SharedLimits;
  readonly clock: Clock;
  readonly digest: Digest;
  readonly timing: Timing;
  readonly links: LinkConfig;
  readonly telemetry: Telemetry;
  readonly log: Log;
  /** The wall clock jumped against the monotonic one: no effect for one lease. */
  readonly drift: { exceeded(): boolean };
  readonly sleep: (ms: number) => Promise<void>;
  readonly failPoint: FailPoints;
  /** The process was told to end: the call at work ends and is recorded, nothing more is begun. */
  readonly stopping: () => boolean;
}

/** One claim of one run, as it is worked on. `now()` is store time, carried on by the monotonic clock. */
export interface Work {
  readonly deps: AdvanceDeps;
  readonly edition: Edition;
  readonly epoch: number;
  /** Inbox read so far: what `begin` and `commit` compare with. */
  readonly events: number;
  readonly run: Run;
  /** What the audit is still to be told of the run; `written` says that the store has it, and the run as it is. */
  readonly unwritten: readonly AuditEntry[];
  written(): void;
  /** All effects of the run, as the store knew them at the claim. */
  readonly effects: readonly BegunEffect[];
  now(): number;
  /** Aborts when the lease is lost or the process shuts down hard. */
  readonly signal: AbortSignal;
}

/**
 * What came of a command: what the reducer is told, or that something came in first (`inbox`), that the store knows more of the run's effects
 * than this claim (`again`), or that another worker has the run (`lost`).
 */
export type Told = RunEvent | 'inbox' | 'again' | 'lost';

/** A handler carries out one kind of command. */
export type Handler<K extends Command['kind']> = (work: Work, command: Extract<Command, { kind: K }>) => Promise<Told>;
