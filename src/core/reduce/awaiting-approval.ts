import { allResolved, attach, markResolved } from '../episodes.ts';
import { currentStep } from '../ladder.ts';
import { lateResult, claimedAgain } from './effects.ts';
import { cancel, escalate, handBack, toEnded, toRunning } from './moves.ts';
import { proceed } from './proceed.ts';
import { demanded, go, note, park, stay, type Row } from './row.ts';

/** *awaiting-approval*: one plan was put before a human. It holds no lock unless the run has acted; its time does not count. */
export const awaitingApproval: Row = {
  due: (context) => {
    const { run, now } = context;
    const { expiresAt, plan } = demanded(run, run.approval);
    if (allResolved(run)) return proceed({ ...context, run: { ...toRunning(run, now), approval: null } });
    return now < expiresAt ? park(run, expiresAt) : escalate(context, 'approval-expired', plan.describe);
  },
  approve: (context, event) => {
    const { run, edition, now } = context;
    if (run.approval?.planHash !== event.planHash || event.at >= run.approval.expiresAt) return stay(context);
    const approval = { ...run.approval, approvedBy: event.by, approvedAt: event.at };
    return go({ ...toRunning(run, now), approval }, { kind: 'permit', path: currentStep(run, edition).path });
  },
  reject: (context, event) => {
    if (context.run.approval?.planHash !== event.planHash) return stay(context);
    const detail = `by ${event.by}: ${context.run.approval.plan.describe}`;
    return context.run.acted ? escalate(context, 'rejected', detail) : toEnded(context, 'skipped', 'rejected', detail);
  },
  episode: ({ run }, event) => note(attach(run, event)),
  resolved: ({ run }, event) => note(markResolved(run, event)),
  cancel,
  'late-result': lateResult,
  claimed: claimedAgain,
  shutdown: handBack,
  unresolved: stay,
  'plan-refused': stay,
  decided: stay,
  effect: stay,
  'looked-up': stay,
  checked: stay,
  collected: stay,
  probed: stay,
};
