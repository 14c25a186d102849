import { allResolved, attach, markResolved } from '../episodes.ts';
import { currentStep, startFrom, startRung } from '../ladder.ts';
import type { Reduction, RunEvent } from '../run.ts';
import { unresolved } from './checks.ts';
import { lateResult, claimedAgain } from './effects.ts';
import { cancel, escalate, handBack, toRunning } from './moves.ts';
import { proceed, stepFailed } from './proceed.ts';
import { go, note, park, stay, type Context, type Row } from './row.ts';
import { permitted, refused, seen } from './verdicts.ts';

/**
 * *pending* and *holding*: the run has not begun, or waits for a guard to pass. A run that has not acted is admitted anew, on fresh facts
 * and from the first step of its rung; one that has acted goes on where it was, through `permit`.
 */
export const pending: Row = {
  due: ({ run, edition, now }) => {
    if (run.hold !== null && now < run.hold.until) return park(run, run.hold.until);
    return go(run, run.acted ? { kind: 'permit', path: currentStep(run, edition).path } : { kind: 'admit' });
  },
  decided: (context, event) => {
    if (event.phase === 'permit') return permitted(context, event);
    return event.decision.then === 'run' ? admitted(context, event) : refused(context, event);
  },
  episode: ({ run }, event) => note(attach(run, event)),
  resolved: ({ run, now }, event) => {
    const marked = markResolved(run, event);
    const hold = marked.hold !== null && allResolved(marked) ? { ...marked.hold, until: now } : marked.hold;
    return note({ ...marked, hold });
  },
  cancel,
  'late-result': lateResult,
  claimed: claimedAgain,
  shutdown: handBack,
  unresolved,
  'plan-refused': (context, event) => stepFailed({ ...context, run: toRunning(context.run, context.now) }, event.message),
  approve: stay,
  reject: stay,
  effect: stay,
  'looked-up': stay,
  checked: stay,
  collected: stay,
  probed: stay,
};

/** Passed all guards of admit: the target is pinned and the ladder starts where its memory says, never below where it stood. */
export function admitted(context: Context, event: Extract<RunEvent, { kind: 'decided' }>): Reduction {
  const { now, edition } = context;
  const told = seen(context, event);
  const run = toRunning(told.run, now);
  if (run.tried.length > 0) return proceed({ ...context, run: startRung(run, run.rung) });
  // A tick or a human asks for the whole of it, whatever an earlier run came to.
  const start = startFrom(run.trigger.kind === 'alert' ? event.memory : null, edition, now);
  if (start.kind === 'spent') {
    const { rung, outcome } = start.memory;
    return escalate(told, 'ladder-end', `rung ${rung + 1}, the last, was used on this subject before: ${outcome}`);
  }
  const rung = Math.max(run.rung, start.rung);
  return proceed({ ...context, run: { ...startRung(run, rung), startRung: rung } });
}
