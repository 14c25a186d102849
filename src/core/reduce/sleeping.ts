import { allResolved, attach, markResolved } from '../episodes.ts';
import { currentStep } from '../ladder.ts';
import type { Reduction, Sleep } from '../run.ts';
import { stepVerified, unresolved } from './checks.ts';
import { lateResult, claimedAgain } from './effects.ts';
import { cancel, escalate, handBack, toRunning, toSleeping } from './moves.ts';
import { afterStep, proceed } from './proceed.ts';
import { demanded, go, note, park, stay, type Context, type Row } from './row.ts';

/** *sleeping*: a step settles, waits, pauses before a retry, or is verified. The worker is free meanwhile. */
export const sleeping: Row = {
  due: (context) => {
    const { run, now } = context;
    if (now >= run.deadlineAt) return escalate(context, 'timeout', 'the deadline of the run passed');
    if (allResolved(run)) return proceed({ ...context, run: toRunning(run, now) });
    const { until, kind } = demanded(run, run.sleep);
    return now < until ? park(run, Math.min(until, run.deadlineAt)) : wake(context, kind);
  },
  checked: stepVerified,
  episode: ({ run }, event) => note(attach(run, event)),
  resolved: ({ run }, event) => note(markResolved(run, event)),
  cancel,
  'late-result': lateResult,
  claimed: claimedAgain,
  shutdown: handBack,
  unresolved,
  'plan-refused': stay,
  approve: stay,
  reject: stay,
  decided: stay,
  effect: stay,
  'looked-up': stay,
  collected: stay,
  probed: stay,
};

function wake(context: Context, kind: Sleep['kind']): Reduction {
  const { run, edition, now } = context;
  switch (kind) {
    case 'settle': {
      const step = currentStep(run, edition);
      return step.word === 'action' && step.verify !== null ? toSleeping(context, 'step-verify', now) : afterStep(context);
    }
    case 'step-verify':
      return go(run, { kind: 'check', path: currentStep(run, edition).path, stepVerify: true });
    case 'wait':
      return afterStep(context);
    case 'backoff':
      return proceed({ ...context, run: toRunning(run, now) });
  }
}
