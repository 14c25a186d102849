import type { DecisionInput } from '../decide.ts';
import { formatDuration } from '../duration.ts';
import type { GuardPolicy } from '../edition.ts';
import type { FactName, FactTypes } from '../facts.ts';
import type { Plan } from '../plan.ts';
import type { Reason, reasons } from '../reasons.ts';
import type { Timing } from '../timing.ts';

/**
 * A guard is one file exporting one object made by `defineGuard`, with one line in `index.ts`. It is pure: it sees the input and the known
 * values of the facts it declared, and answers pass, refuse or n/a. It never meets an unreadable fact: the runner refuses in its place.
 */
export interface Guard<N extends string = string> {
  readonly name: N;
  readonly phases: readonly Phase[];
  readonly needs: readonly Need[];
  also(input: GuardInput, facts: Known<Need>): readonly Need[];
  check(input: GuardInput, facts: Known<Need>): Finding;
}

export type Phase = DecisionInput['phase'];

/** What a guard may need to know. The plan is a fact of `permit`: one that could not be made is as unknown as any other. */
export type Need = FactName | 'plan';
type NeedTypes = FactTypes & { readonly plan: Plan };
export type Known<F extends Need> = { readonly [K in F]: NeedTypes[K] };

/** What the guards look at, with the stricter of the pinned policy and the one in force, and the times that some of them count with. */
export interface GuardInput extends DecisionInput {
  readonly policy: GuardPolicy;
  readonly timing: Pick<Timing, 'notFiringHoldMs' | 'approvalLapseMs' | 'holdPollMs'>;
}

/** Reasons with a consequence that a decision can have. */
export type GuardReason = {
  [R in Reason]: (typeof reasons)[R]['then'] extends 'hold' | 'skip' | 'escalate' | 'dry' | 'ask' ? R : never;
}[Reason];

/** A verdict that does not say yet which guard gave it. */
export type Finding =
  | { readonly result: 'pass'; readonly have?: string; readonly need?: string }
  | { readonly result: 'n/a'; readonly why: string }
  | FoundRefusal;

export interface FoundRefusal {
  readonly result: 'refuse';
  readonly reason: GuardReason;
  readonly have: string;
  readonly need: string;
  readonly clears: string;
  readonly nextEligibleAt: number | null;
  readonly waitFor?: readonly string[];
}

/**
 * `needs` are always needed; `also` names those that matter only in some cases, told from the input and the needs already known. Inside
 * `check` a fact of `also` is undefined exactly where `also` did not ask for it.
 */
export function defineGuard<const N extends string, const F extends Need, const O extends Need = never>(guard: {
  readonly name: N;
  readonly phases: readonly Phase[];
  readonly needs: readonly F[];
  readonly also?: (input: GuardInput, facts: Known<F>) => readonly O[];
  readonly check: (input: GuardInput, facts: Known<F> & Partial<Known<O>>) => Finding;
}): Guard<N> {
  return { ...guard, also: guard.also ?? (() => []) };
}

export function pass(have?: string, need?: string): Finding {
  return { result: 'pass', ...(have === undefined ? {} : { have }), ...(need === undefined ? {} : { need }) };
}

/** Only where configuration or kind makes the fact meaningless, never because a read failed. */
export function notApplicable(why: string): Finding {
  return { result: 'n/a', why };
}

/** `nextEligibleAt`: ms; left out = it cannot be told. */
export function refuse(refusal: Omit<FoundRefusal, 'result' | 'nextEligibleAt'> & { readonly nextEligibleAt?: number | null }): Finding {
  return { nextEligibleAt: null, ...refusal, result: 'refuse' };
}

/** A stretch of time for a human, in whole seconds; clocks that disagree may make it negative, which reads as `0s`. */
export function span(ms: number): string {
  return formatDuration(Math.max(0, Math.floor(ms / 1000) * 1000));
}

/** `1 pod`, `2 pods`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
