import type { Decision, Verdict } from './decide.ts';
import type { Priority } from './edition.ts';
import type { BegunEffect, EffectOutcome, EffectRecord } from './effect.ts';
import type { Json, JsonObject } from './json.ts';
import type { Plan } from './plan.ts';
import type { Reason } from './reasons.ts';
import type { Ending, Refused } from './run-end.ts';
import type { RunState } from './run-state.ts';

export type { BegunEffect, EffectOutcome, EffectRecord } from './effect.ts';
export type { Ending, Reached, Refused } from './run-end.ts';
export { END_STATES, isEnded, LIVE_STATES, type EndState, type LiveState, type RunState } from './run-state.ts';

/** Grows with every change of `Run` that an older remediad could misread. */
export const RUN_SCHEMA = 1;

/** What started a run: an alert, by its fingerprint; a tick, by its RFC 3339 time, to begin by `startBy` (ms); or who asked for it, and why. */
export type Trigger =
  | { readonly kind: 'alert'; readonly id: string }
  | { readonly kind: 'schedule'; readonly id: string; readonly startBy: number }
  | { readonly kind: 'manual'; readonly id: string; readonly why: string | null };

/** The target as rendered from the labels: the name of the slot, known before the cluster is asked. */
export interface Target {
  readonly cluster: string;
  readonly kind: string;
  readonly namespace: string;
  readonly find: { readonly by: string; readonly value: string };
  /** `kind:cluster/namespace/name`, or `…/by=value` where the finder is not by name. */
  readonly key: string;
  /** Why it could not be rendered, naming the label; the run escalates `target-unknown`. */
  readonly unresolved: string | null;
}

/** The object found, pinned at admit; replaced only by our own successor. */
export interface Pinned {
  readonly uid: string;
  readonly name: string;
  readonly subject: string;
  /** Lock key of the owning workload; null = none. */
  readonly workload: string | null;
}

export interface Hold {
  readonly reason: Reason;
  readonly detail: string;
  /** Since when for this reason. */
  readonly since: number;
  /** Since when holding without interruption, moved on by time that does not count. */
  readonly from: number;
  /** When it is looked at again. */
  readonly until: number;
  /** The guard's forecast; null = cannot be told. */
  readonly nextEligibleAt: number | null;
  /** Lock keys whose release wakes the run. */
  readonly waitFor: readonly string[];
  /** It came out of a hold that lets go of many at once (`isReleased`). Absent = it did not. */
  readonly released?: true;
}

/** A hold that was left at `left`. Should the run hold again with nothing come of it in between, it holds on: its bounds add up. */
export type Held = Pick<Hold, 'reason' | 'since' | 'from' | 'released'> & { readonly left: number };

/** Why a run sleeps, and until when; `from` is what the time given counts from. */
export interface Sleep {
  readonly kind: 'settle' | 'wait' | 'backoff' | 'step-verify';
  readonly until: number;
  readonly from: number;
}

export interface Verifying {
  readonly why: 'acted' | 'not-applicable' | 'resolved' | 'rule-removed' | 'observe-only';
  readonly since: number;
  /** Start of the present stretch of clear and healthy; null = not clear. */
  readonly clearSince: number | null;
  /** The newest evidence after the effect that it did not help; null = none. */
  readonly against: { readonly at: number; readonly what: string } | null;
  /** When it was clear and healthy for the first time; null = not yet. */
  readonly clearedAt: number | null;
}

export interface Approval {
  readonly planHash: string;
  readonly plan: Plan;
  readonly askedAt: number;
  readonly expiresAt: number;
  /** Set by approve; the effect must begin within 15 minutes. */
  readonly approvedBy: string | null;
  readonly approvedAt: number | null;
}

export interface StepOutput {
  readonly result: 'ok' | 'failed' | 'unknown' | 'skipped' | 'done' | 'entered';
  readonly message: string;
  readonly at: number;
  /** Read by later expressions as `steps.NAME.*`. */
  readonly fields: Readonly<Record<string, Json>>;
}

/** A rung tried in this run, for the ladder's memory and for the human who is woken. */
export interface Tried {
  readonly rung: number;
  readonly remediation: string;
  readonly outcome: 'ineffective' | 'not-applicable' | 'failed';
  readonly detail: string;
  readonly at: number;
}

/** The document of a run: what the reducer reads and writes. Scripts never open it; what they read stands beside it. */
export interface Run {
  readonly schema: typeof RUN_SCHEMA;
  readonly id: string;
  readonly rule: string;
  readonly slot: string;
  readonly trigger: Trigger;
  /** Why this run has no effects, from accept on; null = it may act. */
  readonly dry: 'observe' | 'flag' | null;
  /** Content hash of the edition. */
  readonly edition: string;
  readonly priority: Priority;
  readonly acceptedAt: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly generatorURL: string;
  /** Episodes attached, by fingerprint. */
  readonly episodes: Readonly<
    Record<string, { readonly status: 'firing' | 'resolved'; readonly startsAt: number; readonly lastSeen: number }>
  >;
  readonly target: Target;
  readonly pinned: Pinned | null;

  readonly state: RunState;
  /** When the state was entered. */
  readonly since: number;
  readonly hold: Hold | null;
  /** null while it holds, once it acted, climbed or verified, and before its first hold. */
  readonly held: Held | null;
  readonly sleep: Sleep | null;
  readonly verifying: Verifying | null;
  readonly approval: Approval | null;
  /** The intent whose result is not known. */
  readonly open: { readonly effect: string; readonly path: string; readonly notAfter: number; readonly lookUps: number } | null;

  /** Index of the rung, and of its next step. */
  readonly rung: number;
  readonly at: number;
  readonly startRung: number;
  /** Reset with each rung. */
  readonly outputs: Readonly<Record<string, StepOutput>>;
  /** Failures of each step, counted against its `retry`. */
  readonly failures: Readonly<Record<string, number>>;
  readonly rungActed: boolean;
  /** Attempts of each `rung/path` that are over, whatever came of them; never reset, so that no effect id is used twice. */
  readonly attempts: Readonly<Record<string, number>>;

  /** Effects done or unknown. */
  readonly acted: boolean;
  /** When the last of them was over: what is evidence after it, is evidence about it. */
  readonly actedAt: number | null;
  readonly effects: readonly EffectRecord[];
  readonly tried: readonly Tried[];
  readonly verdicts: readonly Verdict[];
  /** Every refusal that it met, in the order of the first of each; absent = none. */
  readonly refused?: readonly Refused[];
  readonly conflicts: number;
  readonly evidence: readonly {
    readonly path: string;
    readonly collector: string;
    readonly sha256: string;
    readonly bytes: number;
    readonly excerpt: readonly string[];
  }[];

  readonly deadlineAt: number;
  /** Since when time does not count (paused, muted, silenced, inhibited, awaiting a human); null = it counts. */
  readonly frozenSince: number | null;
  /** A human's cancel that waits until the open effect was looked up. */
  readonly cancelRequested: { readonly by: string; readonly why: string } | null;
  readonly end: Ending | null;
}

/** What the reducer is told. The first group comes out of the inbox, the second from handlers, the third from the loop itself. */
export type RunEvent =
  | {
      readonly kind: 'episode';
      readonly fingerprint: string;
      readonly startsAt: number;
      readonly at: number;
      readonly change: 'new' | 'refire' | 'repeat';
      /** Higher than that of the run, which is raised to it; absent = it is not. */
      readonly priority?: Priority;
    }
  /** `all`: it was the last firing episode of the slot. */
  | { readonly kind: 'resolved'; readonly fingerprint: string; readonly at: number; readonly all?: boolean }
  | { readonly kind: 'approve'; readonly planHash: string; readonly by: string; readonly at: number }
  | { readonly kind: 'reject'; readonly planHash: string; readonly by: string; readonly at: number }
  | { readonly kind: 'cancel'; readonly by: string; readonly why: string; readonly at: number }
  | { readonly kind: 'late-result'; readonly effect: string; readonly outcome: EffectOutcome; readonly at: number }
  //
  /** A parameter of the step has no value on this alert, or none that the capability takes. */
  | { readonly kind: 'unresolved'; readonly path: string; readonly message: string }
  | { readonly kind: 'plan-refused'; readonly path: string; readonly message: string }
  | {
      readonly kind: 'decided';
      readonly phase: 'admit' | 'permit';
      readonly decision: Decision;
      readonly pinned: Pinned | null;
      readonly plan: Plan | null;
      readonly factsAt: number;
      readonly memory: Memory | null;
    }
  | { readonly kind: 'effect'; readonly effect: string; readonly plan: Plan; readonly outcome: EffectOutcome; readonly notAfter: number }
  | {
      readonly kind: 'looked-up';
      readonly effect: string;
      readonly result: 'done' | 'not-done' | 'unreadable' | 'undecidable';
      /** The action may be attempted anew when it is known not to have happened. */
      readonly again: boolean;
      readonly message: string;
      readonly output: JsonObject;
    }
  | {
      readonly kind: 'checked';
      readonly path: string;
      readonly ok: boolean | null;
      readonly message: string;
      readonly fields: Readonly<Record<string, Json>>;
    }
  | {
      readonly kind: 'collected';
      readonly path: string;
      readonly ok: boolean;
      readonly message: string;
      readonly evidence: Run['evidence'][number] | null;
    }
  | {
      readonly kind: 'probed';
      readonly alert: 'clear' | 'firing' | 'pending' | 'unreadable';
      readonly health: 'healthy' | 'unhealthy' | 'unreadable';
      readonly message: string;
    }
  //
  | { readonly kind: 'claimed'; readonly effects: readonly BegunEffect[]; readonly unblocked: boolean }
  | { readonly kind: 'due' }
  | { readonly kind: 'shutdown' };

/** The ladder's memory at admit: where the ladder starts. */
export interface Memory {
  readonly rung: number;
  readonly outcome: string;
  readonly endedAt: number;
}

/** What the reducer asks to be done next; one handler each. `park` and `end` finish the claim. */
export type Command =
  | { readonly kind: 'admit' }
  | { readonly kind: 'permit'; readonly path: string }
  | { readonly kind: 'begin'; readonly path: string; readonly effect: string; readonly plan: Plan; readonly factsAt: number }
  | { readonly kind: 'check'; readonly path: string; readonly stepVerify: boolean }
  | { readonly kind: 'collect'; readonly path: string }
  | { readonly kind: 'look-up'; readonly effect: string }
  | { readonly kind: 'probe' }
  | { readonly kind: 'park'; readonly until: number }
  | { readonly kind: 'end' };

/** The next run and what to do; `command` null = the event changed the record only, the next `due` goes on. */
export interface Reduction {
  readonly run: Run;
  readonly command: Command | null;
}
