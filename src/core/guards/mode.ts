import type { Approval } from '../run.ts';
import { effectiveMode } from '../permission.ts';
import { defineGuard, pass, refuse, span, type GuardInput } from './guard.ts';

/** What the rule, its rung and the installation allow: observe, ask, or act. Last, so that an observed run tells what would have happened. */
export const mode = defineGuard({
  name: 'mode',
  phases: ['permit'],
  needs: ['plan'],
  check(input, { plan }) {
    const { mode: allowed, because } = effectiveMode(input);
    const have = `mode ${allowed} (${because})`;
    if (allowed === 'act') return pass(have);
    if (allowed === 'observe') {
      return refuse({
        reason: 'observe-only',
        have,
        need: 'mode act, or approve and an approval',
        clears: 'The rule and the installation are set to act or approve; new runs follow it.',
      });
    }
    const missing = approvalMissing(input, input.run.approval, plan.hash);
    if (missing === null) return pass(`${have}, approved by ${input.run.approval?.approvedBy}`);
    return refuse({
      reason: 'approval-required',
      have: `${have}, ${missing}`,
      need: 'an approval of this plan',
      clears: 'A human approves the plan.',
    });
  },
});

/** Why the approval does not cover this plan now; null = it does. */
function approvalMissing({ now, timing }: GuardInput, approval: Approval | null, planHash: string): string | null {
  if (approval === null || approval.approvedBy === null || approval.approvedAt === null) return 'not approved';
  if (approval.planHash !== planHash) return 'another plan was approved';
  const lapsesAt = approval.approvedAt + timing.approvalLapseMs;
  return now > lapsesAt ? `approved longer than ${span(timing.approvalLapseMs)} ago` : null;
}
