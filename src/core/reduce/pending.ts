import { allResolved, attach, markResolved } from '../episodes.ts';
import { rungFromMemory, startRung, stepAt } from '../ladder.ts';
import type { Memory, Reduction, RunEvent } from '../run.ts';
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
    const step = stepAt(run, edition);
    return run.acted && step !== undefined ? go(run, { kind: 'permit', path: step.path }) : go(run, { kind: 'admit' });
  },
  decided: (context, event) => {
    if (event.phase === 'admit')
      return event.decision.then === 'run' || event.decision.then === 'observe' ? admitted(context, event) : refused(context, event);
    const step = stepAt(context.run, context.edition);
    const passed = event.decision.then === 'run' || (event.decision.then === 'observe' && context.run.dry !== null);
    const run = passed ? toRunning(context.run, context.now) : context.run;
    return permitted({ ...context, run }, event, step?.path ?? '');
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
  'plan-refused': (context, event) => stepFailed({ ...context, run: toRunning(context.run, context.now) }, event.message),
  approve: stay,
  reject: stay,
  effect: stay,
  'looked-up': stay,
  checked: stay,
  collected: stay,
  probed: stay,
};

/** Passed all guards of admit: the target is pinned and the ladder starts where its memory says. */
export function admitted(context: Context, event: Extract<RunEvent, { kind: 'decided' }>): Reduction {
  const { now, edition } = context;
  const admitted = seen(context, event);
  const run = toRunning(
    { ...admitted.run, dry: event.decision.then === 'observe' ? (admitted.run.dry ?? 'not-owner') : admitted.run.dry },
    now,
  );
  if (run.tried.length > 0) return proceed({ ...context, run: startRung(run, run.rung) });
  const rung = rungFromMemory(event.memory, edition, now);
  if (rung === null) return escalate(admitted, 'ladder-end', memorySentence(event.memory));
  return proceed({ ...context, run: { ...startRung(run, rung), startRung: rung } });
}

function memorySentence(memory: Memory | null): string {
  return memory === null ? '' : `rung ${memory.rung + 1}, the last, was used on this subject before: ${memory.outcome}`;
}
