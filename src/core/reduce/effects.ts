import { attemptOver, pathOf, record, stepAt } from '../ladder.ts';
import type { EffectOutcome, EffectRecord, Reduction, Run, RunEvent } from '../run.ts';
import type { Plan } from '../plan.ts';
import { escalate, toEnded, toHolding, toReconciling, toRunning, toSleeping } from './moves.ts';
import { afterStep, stepFailed } from './proceed.ts';
import { go, note, stay, type Arrow, type Context } from './row.ts';

/** What follows from the answers of the world. */

/** How often a plan that met a changed object is made anew before the run holds. */
const MAX_CONFLICTS = 3;

function recordEffect(run: Run, effect: string, patch: Partial<EffectRecord>, plan: Plan | null, at: number): Run {
  const known = run.effects.some(({ id }) => id === effect);
  if (known) return { ...run, effects: run.effects.map((one) => (one.id === effect ? { ...one, ...patch } : one)) };
  if (plan === null) return run;
  const uid = typeof plan.preconditions['uid'] === 'string' ? plan.preconditions['uid'] : null;
  const { action, describe, hash: planHash, replaces } = plan;
  const fresh: EffectRecord = {
    id: effect,
    action,
    describe,
    planHash,
    replaces,
    uid,
    at,
    result: 'intent',
    message: '',
    output: {},
    ...patch,
  };
  return { ...run, effects: [...run.effects, fresh] };
}

/** An effect is done: its step settles, is verified, or is over. */
export function effectDone(context: Context, effect: string, output: EffectRecord['output'], plan: Plan | null): Reduction {
  const { run, edition, now } = context;
  const step = stepAt(run, edition);
  const done = attemptOver(recordEffect(run, effect, { result: 'done', output }, plan, now), effect);
  const acted: Run = { ...done, acted: true, actedAt: done.actedAt ?? now, rungActed: true, open: null, approval: null, conflicts: 0 };
  if (step === undefined) return escalate({ ...context, run: acted }, 'unknown-edition', `no step for effect ${effect}`);
  const told = record(acted, step, { result: 'done', message: '', at: now, fields: output });
  const next = { ...context, run: told };
  if (step.word !== 'action' || (step.settleMs === 0 && step.verify === null)) return afterStep(next);
  return step.settleMs > 0 ? toSleeping(next, 'settle', now + step.settleMs) : toSleeping(next, 'step-verify', now);
}

/** The answer to a begun effect. */
export function effectAnswered(context: Context, event: Extract<RunEvent, { kind: 'effect' }>): Reduction {
  const { run, now } = context;
  const { effect, plan, outcome } = event;
  switch (outcome.kind) {
    case 'done':
      return effectDone(context, effect, outcome.output, plan);
    case 'would':
      return toEnded(
        { ...context, run: recordEffect(run, effect, { result: 'would', message: outcome.message }, plan, now) },
        'observed',
        'observe-only',
        `would ${plan.describe}; ${outcome.message}`,
        'effect',
      );
    case 'unknown': {
      const open = { effect, path: pathOf(effect), notAfter: event.notAfter, lookUps: 0 };
      return toReconciling(
        { ...context, run: recordEffect(run, effect, { result: 'unknown', message: outcome.message }, plan, now) },
        open,
      );
    }
    case 'rejected':
      return rejected(
        { ...context, run: recordEffect(run, effect, { result: 'rejected', message: outcome.message }, plan, now) },
        event,
        outcome,
      );
  }
}

function rejected(
  context: Context,
  event: Extract<RunEvent, { kind: 'effect' }>,
  outcome: Extract<EffectOutcome, { kind: 'rejected' }>,
): Reduction {
  const { run } = context;
  const path = pathOf(event.effect);
  const again: Run = { ...attemptOver(run, event.effect), conflicts: run.conflicts + 1 };
  const next = { ...context, run: again };
  switch (outcome.reason) {
    case 'not-permitted':
      return escalate(next, 'not-permitted', outcome.message);
    case 'invalid':
      return stepFailed(next, outcome.message);
    case 'disruption-budget':
    case 'not-replicated':
      return toHolding(next, { reason: outcome.reason, nextEligibleAt: null }, outcome.message);
    default:
      return again.conflicts < MAX_CONFLICTS
        ? go(again, { kind: 'permit', path })
        : toHolding({ ...next, run: { ...again, conflicts: 0 } }, { reason: outcome.reason, nextEligibleAt: null }, outcome.message);
  }
}

/**
 * What the store knows of effects and the run does not: its worker died after GO. A result goes on as if it had just come; an intent without
 * one is looked up before anything else happens.
 */
export const claimedAgain: Arrow<'claimed'> = (context, event) => {
  const unrecorded = event.effects.findLast(({ effect }) => !context.run.effects.some(({ id }) => id === effect));
  if (unrecorded === undefined) return stay(context);
  const { effect, plan, notAfter, state, outcome } = unrecorded;
  const run = toRunning(context.run, context.now);
  if (state === 'intent' || outcome === null) {
    const lost = run.dry === null ? lostResult : lostAnswer;
    return effectAnswered({ ...context, run }, { kind: 'effect', effect, plan, notAfter, outcome: lost });
  }
  return effectAnswered({ ...context, run }, { kind: 'effect', effect, plan, notAfter, outcome });
};

const lostResult: EffectOutcome = { kind: 'unknown', message: 'no result was recorded' };
const lostAnswer: EffectOutcome = { kind: 'would', message: "the server's answer to the dry run was lost" };

/** A result recorded by a worker that had lost the run. Done after it was given up as not done means that it may have happened twice. */
export const lateResult: Arrow<'late-result'> = (context, event) => {
  const { run, now } = context;
  const before = run.effects.find(({ id }) => id === event.effect);
  if (before === undefined) return stay(context);
  if (event.outcome.kind !== 'done') return note(run);
  const done = recordEffect(run, event.effect, { result: 'done', output: event.outcome.output, message: 'recorded late' }, null, now);
  const told: Run = { ...done, acted: true, actedAt: done.actedAt ?? now };
  if (before.result === 'abandoned')
    return escalate({ ...context, run: told }, 'late-effect', `${before.describe} was given up as not done and turned out to be done`);
  return note(told);
};

/** The open effect turned out not to have happened: its attempt is over, nothing is open any more. */
export function notDone(context: Context, effect: string, patch: Partial<EffectRecord>): Context {
  const { run, now } = context;
  const closed: Run = { ...attemptOver(recordEffect(run, effect, patch, null, now), effect), open: null };
  const acted = closed.effects.some(({ result }) => result === 'done' || result === 'unknown');
  const rungActed = closed.effects.some(
    ({ id, result }) => id.startsWith(`${closed.rung}/`) && (result === 'done' || result === 'unknown'),
  );
  return { ...context, run: { ...closed, acted, rungActed, actedAt: acted ? closed.actedAt : null } };
}
