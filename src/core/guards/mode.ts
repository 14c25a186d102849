import { effectiveMode, stricterMode } from '../permission.ts';
import type { Approval, Run } from '../run.ts';
import { defineGuard, pass, refuse, span, type GuardInput } from './guard.ts';

/**
 * What the rule, its rung and the installation allow: observe, ask, or act. Last, so that an observed run tells what would have happened;
 * for the same reason a dry run that would have to ask says so.
 */
export const mode = defineGuard({
  name: 'mode',
  phases: ['permit'],
  needs: ['plan'],
  check(input, { plan }) {
    const { mode: allowed, because } = effectiveMode(input);
    const asked = `mode ${allowed} (${because})`;
    if (allowed === 'observe') return isRungAlone(input) ? forAHuman(asked, plan.describe) : observeOnly(asked);
    const missing = allowed === 'act' ? null : approvalMissing(input, input.run.approval, plan.hash);
    if (missing !== null) {
      return refuse({
        reason: 'approval-required',
        have: `${asked}, ${missing}`,
        need: 'an approval of this plan',
        clears: 'A human approves the plan.',
      });
    }
    const have = allowed === 'act' ? asked : `${asked}, approved by ${input.run.approval?.approvedBy}`;
    return input.run.dry === null ? pass(have) : observeOnly(`${have}, but ${DRY[input.run.dry]}`);
  },
});

const DRY = {
  observe: 'the run was accepted while the rule only observed',
  flag: 'the installation runs dry',
} as const satisfies Record<NonNullable<Run['dry']>, string>;

/** A rule that acts wakes a human where it may not; to end quietly is for one that only observes, and for its runs. */
function isRungAlone({ run, edition, permission }: GuardInput): boolean {
  const ofRule = stricterMode(edition.rule.mode, permission.mode);
  return run.dry === null && ofRule !== 'observe' && edition.ladder[run.rung]?.mode === 'observe';
}

function forAHuman(have: string, describe: string) {
  return refuse({
    reason: 'rung-observes',
    have,
    need: 'a rung that may act',
    clears: `A human decides whether to ${describe}, or the rung is set to act or approve.`,
  });
}

function observeOnly(have: string) {
  return refuse({
    reason: 'observe-only',
    have,
    need: 'mode act, or approve and an approval',
    clears: 'The rule and the installation are set to act or approve; new runs follow it.',
  });
}

/** Why the approval does not cover this plan now; null = it does. */
function approvalMissing({ now, timing }: GuardInput, approval: Approval | null, planHash: string): string | null {
  if (approval === null || approval.approvedBy === null || approval.approvedAt === null) return 'not approved';
  if (approval.planHash !== planHash) return 'another plan was approved';
  const lapsesAt = approval.approvedAt + timing.approvalLapseMs;
  return now > lapsesAt ? `approved longer than ${span(timing.approvalLapseMs)} ago` : null;
}
