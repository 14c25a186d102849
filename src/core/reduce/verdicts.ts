import type { Refusal } from '../decide.ts';
import { effectId } from '../ladder.ts';
import type { Reduction, RunEvent } from '../run.ts';
import { escalate, toAwaitingApproval, toEnded, toHolding, toSkippedOrVerifying, toVerifying } from './moves.ts';
import { go, stay, type Context } from './row.ts';

/** What follows from a decision taken right before an effect: the same in *running* and in a *holding* that has acted. */

type Decided = Extract<RunEvent, { kind: 'decided' }>;

/** The run with the verdicts that were just given, for the record and for the human who asks why. */
export function seen(context: Context, event: Decided): Context {
  const { run } = context;
  return { ...context, run: { ...run, verdicts: event.decision.verdicts, pinned: event.pinned ?? run.pinned } };
}

/** The first refusal in words: what was found, what is needed. */
export function detailOf(event: Decided): string {
  const refusal = event.decision.verdicts.find((verdict): verdict is Refusal => verdict.result === 'refuse');
  return refusal === undefined ? '' : `${refusal.have}; needs ${refusal.need}`;
}

/** A refusal, whichever: hold, skip, escalate or ask. */
export function refused(context: Context, event: Decided): Reduction {
  const { decision } = event;
  const now = seen(context, event);
  switch (decision.then) {
    case 'hold':
      return toHolding(now, decision, detailOf(event), decision.reason === 'target-busy' ? event.plan?.touches : []);
    case 'skip':
      return toSkippedOrVerifying(now, decision.reason ?? 'resolved', detailOf(event));
    case 'ask':
      return event.plan === null ? stay(now) : ask(now, event.plan);
    case 'escalate':
      return escalate(now, decision.reason ?? 'target-unknown', detailOf(event));
    case 'run':
    case 'observe':
      return stay(now);
  }
}

/** A dry run never asks: it would have asked. */
function ask(context: Context, plan: NonNullable<Decided['plan']>): Reduction {
  if (context.run.dry !== null) return toEnded(context, 'observed', 'approval-required', plan.describe, 'ask');
  return toAwaitingApproval(context, plan);
}

/**
 * The decision at `permit`. A dry run is begun too, in its own key space, up to the gate's `would`; a live run whose rule was switched to
 * observe has no further effect.
 */
export function permitted(context: Context, event: Decided, path: string): Reduction {
  const now = seen(context, event);
  const { run } = now;
  if (event.plan === null) return refused(context, event);
  const begin = { kind: 'begin' as const, path, effect: effectId(run, path), plan: event.plan, factsAt: event.factsAt };
  if (event.decision.then === 'run') return go(run, begin);
  if (event.decision.then !== 'observe') return refused(context, event);
  if (run.dry !== null) return go(run, begin);
  return run.acted ? toVerifying(now, 'observe-only') : toEnded(now, 'observed', 'observe-only', detailOf(event), 'effect');
}
