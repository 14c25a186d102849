import { allResolved, attach, markResolved } from '../episodes.ts';
import { stepAt } from '../ladder.ts';
import type { Reduction } from '../run.ts';
import { stepVerified } from './checks.ts';
import { lateResult, claimedAgain } from './effects.ts';
import { cancel, escalate, handBack, toRunning, toSleeping } from './moves.ts';
import { afterStep, proceed } from './proceed.ts';
import { go, note, park, stay, type Context, type Row } from './row.ts';

/** *sleeping*: a step settles, waits, pauses before a retry, or is verified. The worker is free meanwhile. */
export const sleeping: Row = {
  due: (context) => {
    const { run, now } = context;
    if (now >= run.deadlineAt) return escalate(context, 'timeout', 'the deadline of the run passed');
    if (allResolved(run)) return proceed({ ...context, run: toRunning(run, now) });
    if (run.sleep !== null && now < run.sleep.until) return park(run, Math.min(run.sleep.until, run.deadlineAt));
    return wake(context);
  },
  checked: stepVerified,
  episode: ({ run }, event) => note(attach(run, event)),
  resolved: ({ run }, event) => note(markResolved(run, event)),
  cancel,
  'late-result': lateResult,
  claimed: claimedAgain,
  shutdown: handBack,
  'plan-refused': stay,
  approve: stay,
  reject: stay,
  decided: stay,
  effect: stay,
  'looked-up': stay,
  collected: stay,
  probed: stay,
};

function wake(context: Context): Reduction {
  const { run, edition, now } = context;
  const step = stepAt(run, edition);
  switch (run.sleep?.kind) {
    case 'settle':
      return step?.word === 'action' && step.verify !== null ? toSleeping(context, 'step-verify', now) : afterStep(context);
    case 'step-verify':
      return go(run, { kind: 'check', path: step?.path ?? '', stepVerify: true });
    case 'wait':
      return afterStep(context);
    case 'backoff':
    case undefined:
      return proceed({ ...context, run: toRunning(run, now) });
  }
}
