import type { AuditEvent } from './audit.ts';
import type { Incident, Message } from './incident.ts';
import type { Storm } from './storm.ts';
import type { Run, RunState } from './run.ts';
import type { SlotCover } from './why.ts';

/** Plain reads of the store: they change nothing, and what they tell may be a moment old. */

/** An alert that fires, as it was last reported: at `lastSeen`, which is store time; `startsAt` is Alertmanager's. Both in ms. */
export interface ReportedAlert {
  readonly fingerprint: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: number;
  readonly lastSeen: number;
}

/** One of which nobody told anything for a long while; `runs` are the live ones of its slots that may have effects. */
export interface SilentEpisode extends ReportedAlert {
  readonly runs: readonly string[];
}

/** One alert as the store knows it. Times in ms: `startsAt` and `endsAt` are Alertmanager's, `lastSeen` is the store's. */
export interface EpisodeRecord {
  readonly fingerprint: string;
  readonly status: 'firing' | 'resolved';
  readonly startsAt: number;
  readonly endsAt: number | null;
  /** null = it does not fire any more. */
  readonly lastSeen: number | null;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly slots: readonly { readonly slot: string; readonly dry: boolean }[];
}

/** What a slot is taken by, and what its last run left. */
export interface SlotRecord {
  /** Id of the run that lives in it; null = none does. */
  readonly live: string | null;
  readonly cover: SlotCover | null;
}

/** One with all that it takes to match it anew. */
export interface MatchableAlert extends ReportedAlert {
  /** Slots that a rule asks for; none = no rule took it when it came last. */
  readonly slots: readonly string[];
}

/** `episodes`: alerts that a rule took once. `unmatched`: those that none took, as far as they are remembered. */
export type Matchable = 'episodes' | 'unmatched';

export interface EpisodeStore {
  /** null = it never fired, or was forgotten. */
  episode(fingerprint: string): Promise<EpisodeRecord | null>;
  /** Those that fire, last reported first, with how many there are in all. */
  firing(limit: number): Promise<{ readonly total: number; readonly episodes: readonly EpisodeRecord[] }>;
  slot(slot: string, dry: boolean): Promise<SlotRecord>;
  /** A page of what fires, from `cursor` on; `0` = the first one, and after the last one. */
  matchable(of: Matchable, cursor: string): Promise<{ readonly cursor: string; readonly found: readonly MatchableAlert[] }>;
  /** Not reported firing for at least `ms`, those silent longest first. A plain read. */
  silent(ms: number, limit: number): Promise<readonly SilentEpisode[]>;
}

export interface RunFilter {
  readonly states?: readonly RunState[];
  readonly rule?: string;
  /** Of this slot alone. */
  readonly slot?: string;
  /** Of targets with this key, name or value of a finder. */
  readonly target?: string;
  /** Those that only observe, or ended observed. */
  readonly observed?: boolean;
  /** Accepted at this time (ms) or later. */
  readonly since?: number;
  /** Accepted before this time (ms). */
  readonly before?: number;
  /** Those behind this run in the list: with the last of a page the next page begins, however many were accepted at the same time. */
  readonly behind?: { readonly at: number; readonly run: string };
  readonly limit: number;
}

/** What there is of everything, at one moment. */
export interface StoreCounts {
  readonly live: Readonly<Record<string, number>>;
  readonly oldestDueMs: number;
  readonly pageOverdue: number;
  readonly incidentsOpen: number;
  /** Pages that were tried often enough to tell somebody else, and have still not arrived where they should. */
  readonly pagesUndelivered: number;
  /** For how long nothing is begun, because the store may have forgotten what it was told; 0 = it remembers. */
  readonly forgetfulMs: number;
  readonly storms: readonly Storm[];
}

/** Reads for the API, the CLI and the auditor; none of them changes anything. Not scripts: pages of plain reads. */
export interface RecordStore {
  run(id: string): Promise<{
    readonly run: Run;
    readonly version: number;
    readonly dueAt: number | null;
    readonly locks: readonly string[];
    readonly audit: readonly AuditEvent[];
  } | null>;
  /** Newest first. */
  runs(filter: RunFilter): Promise<readonly (Run & { /** Its version. */ readonly v?: number })[]>;
  incidents(filter: { readonly state?: Incident['state']; readonly limit: number }): Promise<readonly Incident[]>;
  incident(id: string): Promise<{ readonly incident: Incident; readonly messages: readonly Message[] } | null>;
  /** Oldest first, from after the stream id; blocks up to `waitMs` when there is nothing newer. */
  audit(after: string, limit: number, waitMs: number): Promise<readonly AuditEvent[]>;
  counts(): Promise<StoreCounts>;
  /**
   * Firing episodes that nothing covers (principle 2); `cursor` for the next call. Of a rule that is among `acting` no observed run covers
   * one, nor does one that observes.
   */
  uncovered(
    cursor: string,
    acting?: readonly string[],
  ): Promise<{
    readonly cursor: string;
    readonly found: readonly {
      readonly fingerprint: string;
      readonly slot: string;
      readonly dry: boolean;
      readonly labels: Readonly<Record<string, string>>;
      readonly annotations: Readonly<Record<string, string>>;
      readonly startsAt: number;
    }[];
  }>;
}
