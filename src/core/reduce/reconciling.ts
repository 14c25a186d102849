import { attach, markResolved } from '../episodes.ts';
import type { Reduction, Run, RunEvent } from '../run.ts';
import { effectDone, lateResult, notDone, claimedAgain } from './effects.ts';
import { cancel, escalate, handBack, toRunning } from './moves.ts';
import { proceed } from './proceed.ts';
import { go, note, park, stay, type Context, type Row } from './row.ts';

/** *reconciling*: an effect was begun and its result is not known. It is looked up in the world, never blindly repeated. */
export const reconciling: Row = {
  due: (context) => {
    const { run, now, timing } = context;
    if (run.open === null) return proceed({ ...context, run: toRunning(run, now) });
    const from = run.open.notAfter + timing.lookUpDelayMs;
    if (now < from) return park(run, from);
    if (now >= run.deadlineAt)
      return escalate(context, 'unknown-effect', `${run.open.effect} could not be looked up before the deadline of the run`);
    return go(run, { kind: 'look-up', effect: run.open.effect });
  },
  'looked-up': (context, event) => {
    if (context.run.open?.effect !== event.effect) return stay(context);
    return lookedUp(context, context.run.open, event);
  },
  'late-result': (context, event) => {
    const { run } = context;
    if (run.open?.effect !== event.effect) return lateResult(context, event);
    if (event.outcome.kind === 'done') return afterLookUp(context, event.effect, event.outcome.output);
    if (event.outcome.kind !== 'rejected') return note(run);
    return newAttempt(notDone(context, event.effect, { result: 'rejected', message: event.outcome.message }));
  },
  cancel: ({ run }, event) => note({ ...run, cancelRequested: { by: event.by, why: event.why } }),
  episode: ({ run }, event) => note(attach(run, event)),
  resolved: ({ run }, event) => note(markResolved(run, event)),
  claimed: (context, event) => (context.run.open === null ? claimedAgain(context, event) : stay(context)),
  shutdown: handBack,
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
      const closed = notDone(context, event.effect, { result: 'abandoned', message: event.message });
      if (run.cancelRequested !== null) return cancel(closed, run.cancelRequested);
      if (!event.again)
        return escalate(closed, 'unknown-effect', `${event.effect} was not done and may not be attempted again: ${event.message}`);
      return proceed({ ...closed, run: toRunning(closed.run, now) });
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

/** The effect did not happen: the step is carried out anew, as another effect through the whole gate. */
function newAttempt(context: Context): Reduction {
  const { run, now } = context;
  return run.cancelRequested === null ? proceed({ ...context, run: toRunning(run, now) }) : cancel(context, run.cancelRequested);
}

function afterLookUp(context: Context, effect: string, output: Extract<RunEvent, { kind: 'looked-up' }>['output']): Reduction {
  const { run, now } = context;
  if (run.cancelRequested !== null) return cancel({ ...context, run: { ...run, open: null } }, run.cancelRequested);
  return effectDone({ ...context, run: toRunning(run, now) }, effect, output, null);
}
