import { attach, markResolved } from '../episodes.ts';
import type { EffectOutcome, Reduction, Run, RunEvent } from '../run.ts';
import { done, effectDone, lateResult, notDone } from './effects.ts';
import { cancel, escalate, handBack, toRunning } from './moves.ts';
import { proceed } from './proceed.ts';
import { demanded, go, note, park, stay, type Context, type Row } from './row.ts';

/** *reconciling*: an effect was begun and its result is not known. It is looked up in the world, never blindly repeated. */
export const reconciling: Row = {
  due: (context) => {
    const { run, now, timing } = context;
    const { effect, notAfter } = demanded(run, run.open);
    const from = notAfter + timing.lookUpDelayMs;
    if (now < from) return park(run, from);
    if (now >= run.deadlineAt)
      return escalate(context, 'unknown-effect', `${effect} could not be looked up before the deadline of the run`);
    return go(run, { kind: 'look-up', effect });
  },
  'looked-up': (context, event) => {
    if (context.run.open?.effect !== event.effect) return stay(context);
    return lookedUp(context, context.run.open, event);
  },
  'late-result': (context, event) =>
    context.run.open?.effect === event.effect ? resultKnown(context, event.effect, event.outcome) : lateResult(context, event),
  cancel: ({ run }, event) => note({ ...run, cancelRequested: { by: event.by, why: event.why } }),
  episode: ({ run }, event) => note(attach(run, event)),
  resolved: ({ run }, event) => note(markResolved(run, event)),
  // The worker that looked it up, or the one that had lost the run, recorded a result and died: nothing is left to look up.
  claimed: (context, event) => {
    const open = event.effects.find(({ effect }) => effect === context.run.open?.effect);
    return open === undefined ? stay(context) : resultKnown(context, open.effect, open.outcome);
  },
  shutdown: handBack,
  unresolved: stay,
  'plan-refused': stay,
  approve: stay,
  reject: stay,
  decided: stay,
  effect: stay,
  checked: stay,
  collected: stay,
  probed: stay,
};

function lookedUp(context: Context, open: NonNullable<Run['open']>, event: Extract<RunEvent, { kind: 'looked-up' }>): Reduction {
  const { run, now, timing } = context;
  switch (event.result) {
    case 'done':
      return afterLookUp(context, event.effect, event.output);
    case 'not-done': {
      const before = run.effects.find(({ id }) => id === event.effect);
      const again = before?.result === 'abandoned' ? { lookedAgain: true as const } : {};
      const closed = notDone(context, event.effect, { result: 'abandoned', message: event.message, ...again });
      if (event.again || run.cancelRequested !== null) return newAttempt(closed);
      return escalate(closed, 'unknown-effect', `${event.effect} was not done and may not be attempted again: ${event.message}`);
    }
    case 'unreadable': {
      const lookUps = open.lookUps + 1;
      const pause = Math.min(timing.backoffMaxMs, timing.backoffMs * 2 ** Math.min(lookUps, 10));
      return park({ ...run, open: { ...open, lookUps } }, Math.min(now + pause, Math.max(run.deadlineAt, now + timing.backoffMs)));
    }
    case 'undecidable':
      return run.cancelRequested !== null
        ? cancel(context, run.cancelRequested)
        : escalate(context, 'unknown-effect', `${event.effect}: ${event.message}`);
  }
}

/** A result of the open effect that was recorded; null, or one that tells nothing: it is still to be looked up. */
function resultKnown(context: Context, effect: string, outcome: EffectOutcome | null): Reduction {
  if (outcome?.kind === 'done') return afterLookUp(context, effect, outcome.output);
  if (outcome?.kind === 'rejected') return newAttempt(notDone(context, effect, { result: 'rejected', message: outcome.message }));
  return stay(context);
}

/** The effect did not happen: the step is carried out anew, as another effect through the whole gate. */
function newAttempt(context: Context): Reduction {
  const { run, now } = context;
  return run.cancelRequested === null ? proceed({ ...context, run: toRunning(run, now) }) : cancel(context, run.cancelRequested);
}

function afterLookUp(context: Context, effect: string, output: Extract<RunEvent, { kind: 'looked-up' }>['output']): Reduction {
  const { run, now } = context;
  if (run.cancelRequested !== null) return cancel({ ...context, run: done(run, effect, output, run.actedAt) }, run.cancelRequested);
  return effectDone({ ...context, run: toRunning(run, now) }, effect, output, run.actedAt);
}
