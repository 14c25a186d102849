import type { Giver } from './decide.ts';
import type { Reason } from './reasons.ts';

/** What a run tells of its way and of its end. */

export interface Ending {
  readonly reason: Reason;
  readonly detail: string;
  /** What a dry run would have come to; null unless observed. */
  readonly would: 'effect' | 'ask' | 'escalate' | 'nothing' | null;
  readonly at: number;
  /** Absent unless observed, and where a script ended the run. */
  readonly reached?: Reached;
}

/** Where a run that only observed came to its end. What it would have done behind its first effect nobody can tell: that effect was not made. */
export interface Reached {
  /** Index of the rung, of `rungs`. */
  readonly rung: number;
  readonly rungs: number;
  readonly remediation: string;
  /** Path of the step; null = before the first one, or behind the last. */
  readonly step: string | null;
  /** The effect that was planned there, in words; null = none was. */
  readonly plan: string | null;
  /** Actions of the ladder that it never came to, `remediation/path: action` each, in their order. */
  readonly missed: readonly string[];
}

/** A guard that refused this run for this reason, whatever came of it afterwards. `have` and `need` are those of the last time. */
export interface Refused {
  readonly guard: Giver;
  readonly reason: Reason;
  readonly have: string;
  readonly need: string;
  readonly times: number;
  readonly first: number;
  readonly last: number;
}
