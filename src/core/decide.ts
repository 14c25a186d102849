import type { Edition, GuardPolicy, Mode, Rung } from './edition.ts';
import type { Facts } from './facts.ts';
import type { GuardName } from './guards/index.ts';
import type { Plan } from './plan.ts';
import type { Reason } from './reasons.ts';
import type { Run } from './run.ts';
import type { Timing } from './timing.ts';

/** Who gives a verdict; `gate`: the begin script. */
export type Giver = GuardName | 'gate';

/** What one guard says. `n/a` only where configuration or kind makes the fact meaningless, never because a read failed. */
export type Verdict =
  | { readonly guard: Giver; readonly result: 'pass'; readonly have?: string; readonly need?: string }
  | { readonly guard: Giver; readonly result: 'n/a'; readonly why: string }
  | Refusal;

export interface Refusal {
  readonly guard: Giver;
  readonly result: 'refuse';
  readonly reason: Reason;
  /** What was found and what would be needed, in words with units: `2 of 3 healthy`, `3`. */
  readonly have: string;
  readonly need: string;
  /** What would change the verdict, as a sentence for a human. */
  readonly clears: string;
  /** When it could pass at the earliest; null = cannot be told. */
  readonly nextEligibleAt: number | null;
  /** Lock keys whose release could change it; absent = none. */
  readonly waitFor?: readonly string[];
}

/** The first refusing guard's consequence, or `run`; with all verdicts, in the order of the list. */
export interface Decision {
  readonly then: 'run' | 'ask' | 'hold' | 'skip' | 'escalate' | 'observe';
  readonly reason: Reason | null;
  readonly verdicts: readonly Verdict[];
  readonly nextEligibleAt: number | null;
}

/** What the rules in force now allow, whatever the pinned edition says; the stricter of both counts. */
export interface Permission {
  readonly ruleExists: boolean;
  readonly mode: Mode;
  /** Guards of the rule in force; null = the rule no longer exists. */
  readonly guards: GuardPolicy | null;
  /** Its ladder in force; null = the rule no longer exists. */
  readonly rungs: readonly Pick<Rung, 'remediation' | 'mode'>[] | null;
}

/** All that a guard may look at. `plan` is null at admit. */
export interface DecisionInput {
  readonly phase: 'admit' | 'permit';
  readonly now: number;
  readonly run: Run;
  readonly edition: Edition;
  readonly permission: Permission;
  readonly facts: Facts;
  readonly plan: Plan | null;
  /** Absent = `defaultTiming`. */
  readonly timing?: Pick<Timing, 'notFiringHoldMs' | 'approvalLapseMs' | 'holdPollMs'>;
}
