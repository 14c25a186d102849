import type { Mode } from '../../core/edition.ts';
import type { BudgetInForce } from '../../core/observed/budgets.ts';
import type { SetStore } from '../../core/set-store.ts';
import type { BrakeStore, IncidentStore, RecordStore, RunStore } from '../../core/store.ts';
import type { WhyAnswer } from '../../core/why.ts';
import type { Clock, Hints, IntakeAnswer, Log, ManualStart, ManualStarted, Telemetry } from '../../core/ports.ts';

/** What the server needs of the rest of the daemon; `wiring.ts` gives it. */
export interface HttpParts {
  /** Takes the parsed body of a webhook. Never throws but for a bug. */
  receive(body: unknown): Promise<IntakeAnswer>;
  /** Starts a rule by hand. */
  start(rule: string, asked: ManualStart): Promise<ManualStarted>;
  readonly records: RecordStore;
  readonly runs: Pick<RunStore, 'signal'>;
  readonly incidents: Pick<IncidentStore, 'acknowledge'>;
  readonly brakes: BrakeStore;
  readonly sets: Pick<SetStore, 'sets'>;
  readonly hints: Pick<Hints, 'wake'>;
  /** The text of `/metrics` and its content type. */
  metrics(): Promise<{ readonly contentType: string; readonly text: string }>;
  /** Why the process should be restarted; null = healthy. The store being away is no such reason. */
  unhealthy(): string | null;
  /** Why no work can be taken now; null = ready. */
  unready(): Promise<string | null>;
  /** What an operator should know of a daemon that is ready, a sentence each. */
  remarks(): Promise<readonly string[]>;
  /** Throws with the text for the operator; the old set stays. */
  reload(): Promise<void>;
  /** Names of the rules in force. */
  ruleNames(): readonly string[];
  /** Of the rules in force, and last the installation's own. */
  budgets(): readonly BudgetInForce[];
  /** Throws `StoreError`. */
  why(asked: string): Promise<WhyAnswer>;
  status(): StatusFacts;
  readonly telemetry: Telemetry;
  readonly clock: Clock;
  readonly log: Log;
}

/** What `GET /api/v1/status` says beside the store's counts. */
export interface StatusFacts {
  readonly version: string;
  readonly startedAt: number;
  readonly dryRun: boolean;
  readonly config: {
    readonly hash: string;
    readonly loadedAt: number;
    readonly rules: number;
    /** Why the newest set was refused; null = it is in force. */
    readonly problem: string | null;
    /** It was refused at start: the last good one of the store is in force. */
    readonly lastGood: boolean;
  };
  /** Empty = there are none. */
  readonly teams: readonly {
    readonly name: string;
    readonly namespaces: readonly string[];
    readonly highestMode: Mode;
    readonly rules: number;
  }[];
  readonly store: { readonly kind: 'embedded' | 'external'; readonly installation: string };
  readonly rules: Readonly<Record<Mode, number>>;
  /** `lookedAt` null = not yet; `problem` null = it answered. */
  readonly clusters: readonly {
    readonly name: string;
    readonly kind: string;
    readonly lookedAt: number | null;
    readonly problem: string | null;
  }[];
}
