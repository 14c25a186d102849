import { isFrozen, type Reason } from '../reasons.ts';
import { isEnded, type Approval, type EndState, type Ending, type LiveState, type Reduction, type Run, type Verifying } from '../run.ts';
import type { Decision } from '../decide.ts';
import type { Plan } from '../plan.ts';
import type { Context } from './row.ts';
import { go, note, park } from './row.ts';

/** The moves between states. Each is the only place that sets what its state demands (see `assertEntry`). */

/** Time since `frozenSince` does not count: it is added to the deadline when the clock runs again. */
function thaw(run: Run, now: number): Run {
  if (run.frozenSince === null) return run;
  return { ...run, deadlineAt: run.deadlineAt + (now - run.frozenSince), frozenSince: null };
}

function freeze(run: Run, now: number): Run {
  return run.frozenSince === null ? { ...run, frozenSince: now } : run;
}

/** Leaves the present state and enters another: what belonged to the old one is gone. */
function enter(run: Run, state: LiveState, now: number): Run {
  return { ...thaw(run, now), state, since: now, hold: null, sleep: null, verifying: null };
}

export function toRunning(run: Run, now: number): Run {
  return run.state === 'running' ? run : enter(run, 'running', now);
}

export function toSleeping(context: Context, kind: NonNullable<Run['sleep']>['kind'], until: number, from = context.now): Reduction {
  const { run, now } = context;
  return park({ ...enter(run, 'sleeping', now), sleep: { kind, until, from } }, until);
}

export function toVerifying(context: Context, why: Verifying['why']): Reduction {
  const { run, now } = context;
  const verifying: Verifying = { why, since: now, clearSince: null, against: null, readableAt: null };
  return go({ ...enter(run, 'verifying', now), approval: null, verifying }, { kind: 'probe' });
}

export function toReconciling(context: Context, open: NonNullable<Run['open']>): Reduction {
  const { run, now, timing } = context;
  const next = { ...enter(run, 'reconciling', now), open, acted: true, actedAt: run.actedAt ?? now, rungActed: true };
  return park(next, open.notAfter + timing.lookUpDelayMs);
}

/** A request for approval binds to one plan; a new plan makes a new request. */
export function toAwaitingApproval(context: Context, plan: Plan): Reduction {
  const { run, now, timing } = context;
  const expiresAt = now + (run.priority === 'P0' ? timing.approvalP0Ms : timing.approvalMs);
  const approval: Approval = { planHash: plan.hash, plan, askedAt: now, expiresAt, approvedBy: null, approvedAt: null };
  return park({ ...freeze(enter(run, 'awaiting-approval', now), now), approval }, expiresAt);
}

/**
 * Holds for the decision's reason, bounded: by `unknown_grace` for an unreadable fact, by `max_hold` for all else, by the run's deadline
 * in any case. A hold that cannot pass before its bound escalates at once.
 */
export function toHolding(
  context: Context,
  decision: Pick<Decision, 'reason' | 'nextEligibleAt'>,
  detail: string,
  waitFor: readonly string[] = [],
): Reduction {
  const { run, edition, now, timing } = context;
  const reason = decision.reason ?? 'unknown-target';
  const before = run.hold;
  const frozen = isFrozen(reason);
  const thawed = frozen ? freeze(run, now) : thaw(run, now);
  const notCounted = run.frozenSince === null || frozen ? 0 : now - run.frozenSince;
  const from = before === null ? now : before.from + notCounted;
  const since = before?.reason === reason ? before.since : now;
  const bound = frozen ? Number.POSITIVE_INFINITY : holdBound(reason, { since, from }, edition.rule.guards, thawed.deadlineAt);
  const next = decision.nextEligibleAt;
  if (now >= bound || (next !== null && next > bound)) {
    return toEnded(
      { ...context, run: thawed },
      'escalated',
      reason.startsWith('unknown-') ? reason : 'held-too-long',
      `${reason}: ${detail}`,
    );
  }
  const wish = next ?? now + timing.holdPollMs;
  const until = Math.min(Math.max(wish, now + timing.backoffMs), bound, frozen ? now + timing.holdPollMs : Number.POSITIVE_INFINITY);
  const entered = run.state === 'holding' ? thawed : { ...thawed, state: 'holding' as const, since: now, sleep: null, verifying: null };
  return park({ ...entered, hold: { reason, detail, since, from, until, nextEligibleAt: next, waitFor } }, until);
}

function holdBound(
  reason: Reason,
  hold: { since: number; from: number },
  guards: { unknownGraceMs: number; maxHoldMs: number },
  deadlineAt: number,
): number {
  const own = reason.startsWith('unknown-') ? hold.since + guards.unknownGraceMs : hold.from + guards.maxHoldMs;
  return Math.min(own, deadlineAt);
}

/** Ends the run. Of a dry run every ending is `observed`, with what it would have come to. */
export function toEnded(context: Context, state: EndState, reason: Reason, detail: string, would: Ending['would'] = null): Reduction {
  const { run, now } = context;
  const thawed = thaw(run, now);
  const wouldCome = would ?? (state === 'escalated' ? 'escalate' : 'nothing');
  const ending: Ending = { reason, detail, would: run.dry === null && state !== 'observed' ? null : wouldCome, at: now };
  const ended: Run = {
    ...thawed,
    state: run.dry === null ? state : 'observed',
    since: now,
    hold: null,
    sleep: null,
    verifying: null,
    approval: null,
    end: ending,
  };
  return go(assertEntry(ended), { kind: 'end' });
}

export const escalate = (context: Context, reason: Reason, detail: string): Reduction => toEnded(context, 'escalated', reason, detail);

/** A human stops the run: at once where nothing is open, else after the look-up. */
export function cancel(context: Context, event: { by: string; why: string }): Reduction {
  const acted = context.run.acted ? ' after it had acted' : '';
  return toEnded(context, 'cancelled', 'cancelled', `by ${event.by}: ${event.why}${acted}`);
}

/** Where a run goes when every episode is resolved and corroborated, or its rule is gone: nothing is left to do, or it must be verified. */
export function toSkippedOrVerifying(context: Context, reason: Reason, detail: string): Reduction {
  if (!context.run.acted) return toEnded(context, 'skipped', reason, detail);
  return toVerifying(context, reason === 'rule-removed' ? 'rule-removed' : 'resolved');
}

/** Sentences that must hold of a run in its state; a breach is a bug, and no run may go on with one. */
export function assertEntry(run: Run): Run {
  const breach = (sentence: string): never => {
    throw new Error(`run ${run.id} in state ${run.state}: ${sentence}`);
  };
  if (isEnded(run.state) && run.end === null) breach('an ended run says why it ended');
  if (run.state === 'succeeded' && !run.acted) breach('only a run that acted succeeds');
  if (run.state === 'skipped' && run.acted) breach('a run that acted is never skipped');
  if (run.state === 'running' && run.pinned === null) breach('a running run has its target pinned');
  if (run.state === 'verifying' && run.verifying === null) breach('a verifying run knows why');
  if (run.state === 'reconciling' && run.open === null) breach('a reconciling run has an open effect');
  if (run.state === 'holding' && run.hold === null) breach('a holding run says for what');
  if (run.state === 'awaiting-approval' && run.approval === null) breach('a run that awaits approval has asked for it');
  return run;
}

/** Shutdown: nothing is begun any more; another worker goes on at once. */
export const handBack = ({ run, now }: Context): Reduction => park(run, now);

export { note };
