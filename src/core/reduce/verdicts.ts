import type { Refusal } from '../decide.ts';
import { currentStep, effectId } from '../ladder.ts';
import type { Plan } from '../plan.ts';
import type { Reason } from '../reasons.ts';
import type { Reduction, RunEvent } from '../run.ts';
import { lookAgain } from './look-again.ts';
import { escalate, planAgain, toAwaitingApproval, toEnded, toHolding, toRunning, toSkippedOrVerifying, toVerifying } from './moves.ts';
import { go, type Context } from './row.ts';

/** What follows from a decision taken right before an effect: the same in *running* and in a *holding* that has acted. */

type Decided = Extract<RunEvent, { kind: 'decided' }>;

/**
 * The run with the verdicts that were just given, for the record and for the human who asks why. The first object found is pinned; another
 * one, a successor of our own, only where the guards let it pass: a refusal may be older than their look at the target.
 */
export function seen(context: Context, event: Decided): Context {
  const { run } = context;
  const { then, verdicts } = event.decision;
  const passed = then === 'run' || then === 'observe' || then === 'ask';
  const pinned = run.pinned === null || passed ? (event.pinned ?? run.pinned) : run.pinned;
  return { ...context, run: { ...run, verdicts, pinned } };
}

function refusalOf({ decision }: Decided): Refusal | undefined {
  return decision.verdicts.find((verdict): verdict is Refusal => verdict.result === 'refuse');
}

/** The first refusal in words: what was found, what is needed. */
function detailOf(event: Decided): string {
  const refusal = refusalOf(event);
  return refusal === undefined ? '' : `${refusal.have}; needs ${refusal.need}`;
}

/** The target is not there any more: an attempt that was given up may have done that. */
const GONE: ReadonlySet<Reason> = new Set(['target-gone', 'self-healed', 'gone-yet-firing']);

/** A refusal, whichever: hold, skip, escalate or ask. To go on without a plan is none of them: what would be done cannot be told. */
export function refused(context: Context, event: Decided): Reduction {
  const { decision, plan } = event;
  const told = seen(context, event);
  const reason = decision.reason ?? 'unknown-plan';
  const again = GONE.has(reason) ? lookAgain(told) : null;
  if (again !== null) return again;
  switch (decision.then) {
    case 'hold':
      return held(told, { ...decision, reason }, event);
    case 'skip':
      return toSkippedOrVerifying(told, reason, detailOf(event));
    case 'escalate':
      return escalate(told, reason, detailOf(event));
    case 'ask':
    case 'run':
    case 'observe':
      return plan === null ? toHolding(told, { reason: 'unknown-plan', nextEligibleAt: null }, 'there is no plan') : ask(told, plan);
  }
}

/** Facts that grew old on the way to the gate are read again at once; whoever waits for a lock says for which. */
function held(context: Context, decision: Parameters<typeof toHolding>[1], event: Decided): Reduction {
  const detail = detailOf(event);
  if (decision.reason === 'old-facts') return planAgain(context, currentStep(context.run, context.edition).path, decision, detail);
  const locks = refusalOf(event)?.waitFor ?? (decision.reason === 'target-busy' ? event.plan?.touches : []);
  return toHolding(context, decision, detail, locks);
}

/** A dry run never asks: it would have asked. */
function ask(context: Context, plan: Plan): Reduction {
  if (context.run.dry !== null) return toEnded(context, 'observed', 'approval-required', plan.describe, 'ask');
  return toAwaitingApproval(context, plan);
}

/**
 * The decision at `permit`. A dry run is begun too, in its own key space, up to the gate's `would`; a live run whose rule was switched to
 * observe has no further effect.
 */
export function permitted(context: Context, event: Decided): Reduction {
  const { decision, plan } = event;
  const passed = decision.then === 'run' || decision.then === 'observe';
  if (plan === null || !passed) return refused(context, event);
  const told = seen(context, event);
  if (decision.then === 'run' || told.run.dry !== null) return begin(told, plan, event.factsAt);
  return told.run.acted ? toVerifying(told, 'observe-only') : toEnded(told, 'observed', 'observe-only', detailOf(event), 'effect');
}

/** Nothing is begun behind the deadline, however long the facts took to read. */
function begin(context: Context, plan: Plan, factsAt: number): Reduction {
  const { edition, now } = context;
  const run = toRunning(context.run, now);
  if (now >= run.deadlineAt) return escalate({ ...context, run }, 'timeout', 'the deadline of the run passed');
  const { path } = currentStep(run, edition);
  return go(run, { kind: 'begin', path, effect: effectId(run, path), plan, factsAt });
}
