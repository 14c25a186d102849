import { attemptOver, pathOf, record, stepAt } from '../ladder.ts';
import type { EffectOutcome, EffectRecord, Reduction, Run, RunEvent } from '../run.ts';
import { isEnded } from '../run.ts';
import { lookAgain } from './look-again.ts';
import { escalate, planAgain, toEnded, toHolding, toReconciling, toRunning, toSleeping } from './moves.ts';
import { afterStep, behindStep, stepFailed } from './proceed.ts';
import { note, stay, type Arrow, type Context } from './row.ts';

/** What follows from the answers of the world. */

/** The answer to an effect that was begun at `at`. */
type Answer = Omit<Extract<RunEvent, { kind: 'effect' }>, 'kind'> & { readonly at: number };

function recorded(run: Run, { effect, plan, outcome, at }: Answer): Run {
  const { action, describe, hash: planHash, replaces, preconditions } = plan;
  const uid = typeof preconditions['uid'] === 'string' ? preconditions['uid'] : null;
  const message = 'message' in outcome ? outcome.message : '';
  const fresh: EffectRecord = { id: effect, action, describe, planHash, replaces, uid, at, result: outcome.kind, message, output: {} };
  // The approval was for this one effect: GO used it, whatever came of it.
  return { ...run, effects: [...run.effects, fresh], approval: null };
}

function settled(run: Run, effect: string, patch: Partial<EffectRecord>): Run {
  return { ...run, effects: run.effects.map((one) => (one.id === effect ? { ...one, ...patch } : one)) };
}

/** The effect happened, and by `actedAt` it was over. */
export function done(run: Run, effect: string, output: EffectRecord['output'], actedAt: number | null): Run {
  const over = attemptOver(settled(run, effect, { result: 'done', output }), effect);
  return { ...over, acted: true, actedAt, rungActed: true, open: null, held: null };
}

/** An effect is done: its step settles, is verified, or is over. */
export function effectDone(context: Context, effect: string, output: EffectRecord['output'], actedAt: number | null): Reduction {
  const { edition, now } = context;
  const acted: Run = { ...done(context.run, effect, output, actedAt), conflicts: 0 };
  const step = stepAt(acted, edition);
  if (step?.word !== 'action') return escalate({ ...context, run: acted }, 'unknown-edition', `no action for effect ${effect}`);
  const told = { ...context, run: record(acted, step, { result: 'done', message: '', at: now, fields: output }) };
  if (step.settleMs > 0) return toSleeping(told, 'settle', now + step.settleMs);
  if (step.verify !== null) return toSleeping(told, 'step-verify', now);
  const next = afterStep(told);
  // An end may be refused because something came in, and the answer to an effect is told only once: it is kept first, the end comes when due.
  return isEnded(next.run.state) ? note(behindStep(told)) : next;
}

/** The answer to a begun effect. */
export function effectAnswered(context: Context, event: Extract<RunEvent, { kind: 'effect' }>): Reduction {
  return answered(context, { ...event, at: event.notAfter - context.timing.performMs });
}

function answered(context: Context, answer: Answer): Reduction {
  const { effect, plan, notAfter, outcome } = answer;
  const told = { ...context, run: recorded(context.run, answer) };
  switch (outcome.kind) {
    case 'done':
      return effectDone(told, effect, outcome.output, context.now);
    case 'would':
      return toEnded(told, 'observed', 'observe-only', `would ${plan.describe}; ${outcome.message}`, 'effect');
    case 'unknown':
      return toReconciling(told, { effect, path: pathOf(effect), notAfter, lookUps: 0 });
    case 'rejected':
      return rejected(told, effect, outcome);
  }
}

function rejected(context: Context, effect: string, { reason, message }: Extract<EffectOutcome, { kind: 'rejected' }>): Reduction {
  const next = { ...context, run: attemptOver(context.run, effect) };
  switch (reason) {
    case 'not-permitted':
      return escalate(next, reason, message);
    case 'invalid':
      return stepFailed(next, message);
    case 'disruption-budget':
    case 'not-replicated':
      return toHolding(next, { reason, nextEligibleAt: null }, message);
    default:
      return lookAgain(next) ?? planAgain(next, pathOf(effect), { reason, nextEligibleAt: null }, message);
  }
}

/**
 * What the store knows of effects and the run does not: its worker died after GO. A result goes on as if it had just come; an intent without
 * one is looked up before anything else happens. A hold whose cause is gone is over now, whenever it was to be looked at again.
 */
export const claimedAgain: Arrow<'claimed'> = (context, event) => {
  const { hold, effects } = context.run;
  const unrecorded = event.effects.findLast(({ effect }) => !effects.some(({ id }) => id === effect));
  if (unrecorded === undefined) {
    return event.unblocked && hold !== null ? note({ ...context.run, hold: { ...hold, until: context.now } }) : stay(context);
  }
  const run = toRunning(context.run, context.now);
  const lost = run.dry === null ? lostResult : lostAnswer;
  return answered({ ...context, run }, { ...unrecorded, outcome: unrecorded.outcome ?? lost });
};

const lostResult: EffectOutcome = { kind: 'unknown', message: 'no result was recorded' };
const lostAnswer: EffectOutcome = { kind: 'would', message: "the server's answer to the dry run was lost" };

/** A result recorded by a worker that had lost the run. Done after it was given up as not done means that it may have happened twice. */
export const lateResult: Arrow<'late-result'> = (context, event) => {
  const { run, now } = context;
  const before = run.effects.find(({ id }) => id === event.effect);
  if (before === undefined || before.result === 'done' || event.outcome.kind !== 'done') return stay(context);
  const late = settled(run, event.effect, { result: 'done', output: event.outcome.output, message: 'recorded late' });
  const told: Run = { ...late, acted: true, actedAt: now };
  if (before.result === 'abandoned')
    return escalate({ ...context, run: told }, 'late-effect', `${before.describe} was given up as not done and turned out to be done`);
  return note(told);
};

/** The open effect turned out not to have happened: its attempt is over, nothing is open any more. */
export function notDone(context: Context, effect: string, patch: Partial<EffectRecord>): Context {
  const closed: Run = { ...attemptOver(settled(context.run, effect, patch), effect), open: null };
  const real = closed.effects.filter(({ result }) => result === 'done' || result === 'unknown');
  const rungActed = real.some(({ id }) => id.startsWith(`${closed.rung}/`));
  const acted = real.length > 0;
  return { ...context, run: { ...closed, acted, rungActed, actedAt: acted ? closed.actedAt : null } };
}
