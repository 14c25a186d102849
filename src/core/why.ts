import type { Brake } from './brake.ts';
import type { RulesExplained } from './explain-match.ts';
import type { HistoryFact } from './facts.ts';
import type { Incident } from './incident.ts';
import type { Run } from './run.ts';

/** The answer to "why did it (not) act?", for one object, alert or run. Times in ms. */
export interface WhyAnswer {
  readonly asked: string;
  /** Store time of the answer. */
  readonly at: number;
  /** The whole installation only observes. */
  readonly dryRun: boolean;
  /** Until when nothing is done because the store may have forgotten; null = it remembers. */
  readonly forgetfulUntil: number | null;
  /** Runs and alerts that it may be about, what lives first, then the newest. */
  readonly cases: readonly WhyCase[];
  /** How many more there are. */
  readonly more: number;
  readonly reach: Reach;
}

/** What is asked about may be a firing alert without a run, a run without its alert, or an alert that no rule took. */
export interface WhyCase {
  readonly alert: KnownAlert | null;
  /** Which rules match the alert as they are now; null = its labels are not known. */
  readonly rules: RulesExplained | null;
  readonly slot: WhySlot | null;
}

export interface KnownAlert {
  readonly fingerprint: string;
  readonly labels: Readonly<Record<string, string>>;
  /** `not-matched`: it reached us and no rule took it. */
  readonly status: 'firing' | 'resolved' | 'not-matched';
  readonly startsAt: number;
  readonly endsAt: number | null;
  /** When it was last reported; null = not known any more. */
  readonly lastSeen: number | null;
}

/** Where the runs of one rule on one target stand. */
export interface WhySlot {
  readonly slot: string;
  readonly dry: boolean;
  /** The live run, else the last one; null = none is remembered. */
  readonly run: Run | null;
  readonly dueAt: number | null;
  readonly locks: readonly string[];
  /** What its last run means for alerts that fire on; null = nothing. */
  readonly cover: SlotCover | null;
  readonly incident: Incident | null;
  /** What stands in the way of its next effect now; null = there is no run whose subject could be asked about. */
  readonly now: Standing | null;
}

export interface SlotCover {
  readonly kind: 'succeeded' | 'resolved' | 'observed' | 'human' | 'incident' | 'none';
  /** null = no run of it has ended. */
  readonly at: number | null;
  readonly run: string | null;
  readonly incident: string | null;
}

export interface Standing {
  readonly brakes: readonly Brake[];
  readonly history: HistoryFact;
}

/** Whether alerts reach us at all. */
export interface Reach {
  /** By this process, since it started; null = none came. */
  readonly lastWebhookAt: number | null;
  readonly startedAt: number;
  /** When any alert was last reported firing, to any replica; null = nothing fires. */
  readonly lastReportAt: number | null;
  readonly firing: number;
  /** Alerts that reached this process lately and that no rule took. */
  readonly unmatched: number;
}
