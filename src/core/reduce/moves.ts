import { isFrozen, type Reason } from '../reasons.ts';
import { isReleased } from '../release.ts';
import {
  isEnded,
  type Approval,
  type EndState,
  type Ending,
  type Held,
  type Hold,
  type LiveState,
  type Reduction,
  type Run,
  type Verifying,
} from '../run.ts';
import type { Decision } from '../decide.ts';
import type { Bounds } from '../permission.ts';
import type { Plan } from '../plan.ts';
import type { Context } from './row.ts';
import { go, park } from './row.ts';

/** The moves between states. Each is the only place that sets what its state demands (see `assertEntry`). */

/** Time since `frozenSince` does not count: deadline and bound of the hold move on by it when the clock runs again. */
function thaw(run: Run, now: number): Run {
  if (run.frozenSince === null) return run;
  const frozenMs = now - run.frozenSince;
  const hold = run.hold === null ? null : { ...run.hold, from: run.hold.from + frozenMs };
  return { ...run, deadlineAt: run.deadlineAt + frozenMs, hold, frozenSince: null };
}

function freeze(run: Run, now: number): Run {
  return run.frozenSince === null ? { ...run, frozenSince: now } : run;
}

/** Leaves the present state and enters another: what belonged to the old one is gone, but for how long it held. */
function enter(run: Run, state: LiveState, now: number): Run {
  const thawed = thaw(run, now);
  return { ...thawed, state, since: now, hold: null, held: leave(thawed, now), sleep: null, verifying: null };
}

function leave({ hold, held }: Run, now: number): Held | null {
  return hold === null ? held : { reason: hold.reason, since: hold.since, from: hold.from, left: now, ...released({ hold, held }) };
}

/** The mark outlasts other holds, until something comes of the run. */
const released = (run: Pick<Run, 'hold' | 'held'>): { released?: true } => (isReleased(run) ? { released: true } : {});

export function toRunning(run: Run, now: number): Run {
  return run.state === 'running' ? run : enter(run, 'running', now);
}

export function toSleeping(context: Context, kind: NonNullable<Run['sleep']>['kind'], until: number, from = context.now): Reduction {
  const { run, now } = context;
  const next: Run = { ...enter(run, 'sleeping', now), sleep: { kind, until, from } };
  return park(next, Math.min(until, next.deadlineAt));
}

export function toVerifying(context: Context, why: Verifying['why']): Reduction {
  const { run, now } = context;
  const verifying: Verifying = { why, since: now, clearSince: null, clearedAt: null, against: null };
  return go({ ...enter(run, 'verifying', now), held: null, approval: null, verifying }, { kind: 'probe' });
}

export function toReconciling(context: Context, open: NonNullable<Run['open']>): Reduction {
  const { run, now, timing } = context;
  const next = { ...enter(run, 'reconciling', now), open, held: null, acted: true, actedAt: now, rungActed: true };
  return park(next, open.notAfter + timing.lookUpDelayMs);
}

/** A request for approval binds to one plan; a new plan makes a new request. */
export function toAwaitingApproval(context: Context, plan: Plan): Reduction {
  const { run, now, timing } = context;
  const expiresAt = now + (run.priority === 'P0' ? timing.approvalP0Ms : timing.approvalMs);
  const approval: Approval = { planHash: plan.hash, plan, askedAt: now, expiresAt, approvedBy: null, approvedAt: null };
  return park({ ...freeze(enter(run, 'awaiting-approval', now), now), held: null, approval }, expiresAt);
}

/**
 * Holds for the decision's reason, bounded: by `max_hold`, by `unknown_grace` for an unreadable fact, by the run's deadline in any case. A
 * hold that cannot pass before its bound escalates at once.
 */
export function toHolding(
  context: Context,
  decision: Pick<Decision, 'nextEligibleAt'> & { readonly reason: Reason },
  detail: string,
  waitFor: readonly string[] = [],
): Reduction {
  const { bounds, now, timing } = context;
  const { reason, nextEligibleAt } = decision;
  const frozen = isFrozen(reason);
  const run = frozen ? freeze(context.run, now) : thaw(context.run, now);
  const { since, from } = countsFrom(run, reason, now);
  const bound = frozen ? Number.POSITIVE_INFINITY : boundOf(reason, { since, from }, bounds, run.deadlineAt);
  if (isMissed(run, frozen, { now, nextEligibleAt })) return toEnded({ ...context, run }, 'skipped', 'missed', `${reason}: ${detail}`);
  if (now >= bound || (nextEligibleAt !== null && nextEligibleAt > bound)) {
    const why = isUnknown(reason) ? reason : 'held-too-long';
    return escalate({ ...context, run }, why, `${reason}: ${detail}`);
  }
  const pollAt = now + timing.holdPollMs;
  const wish = Math.max(nextEligibleAt ?? pollAt, now + timing.backoffMs);
  const until = Math.min(wish, bound, frozen ? pollAt : Number.POSITIVE_INFINITY);
  const entered: Run = run.state === 'holding' ? run : { ...run, state: 'holding', since: now, sleep: null, verifying: null };
  return park(
    { ...entered, conflicts: 0, held: null, hold: { reason, detail, since, from, until, nextEligibleAt, waitFor, ...released(run) } },
    until,
  );
}

/** Somebody keeps a scheduled run, which has done nothing yet, from its time: what it was to do then is not to be done at another time. */
function isMissed({ trigger, acted }: Run, frozen: boolean, at: { readonly now: number; readonly nextEligibleAt: number | null }): boolean {
  return frozen && !acted && trigger.kind === 'schedule' && Math.max(at.now, at.nextEligibleAt ?? 0) > trigger.startBy;
}

/** How often an effect is planned anew because the world moved under it, before the run holds. */
const PLANS = 3;

/** The plan, or the facts that it was made from, no longer fit the world: another one, or in the end a hold. */
export function planAgain(context: Context, path: string, decision: Parameters<typeof toHolding>[1], detail: string): Reduction {
  const conflicts = context.run.conflicts + 1;
  return conflicts < PLANS ? go({ ...context.run, conflicts }, { kind: 'permit', path }) : toHolding(context, decision, detail);
}

/** A hold goes on from the one before it if nothing came of the run in between; the time in between was not held. */
function countsFrom({ hold, held }: Run, reason: Reason, now: number): Pick<Hold, 'since' | 'from'> {
  const before = hold ?? held;
  if (before === null) return { since: now, from: now };
  const between = 'left' in before ? now - before.left : 0;
  return { since: before.reason === reason ? before.since + between : now, from: before.from + between };
}

function boundOf(
  reason: Reason,
  { since, from }: Pick<Hold, 'since' | 'from'>,
  { unknownGraceMs, maxHoldMs }: Bounds,
  deadlineAt: number,
): number {
  return Math.min(isUnknown(reason) ? since + unknownGraceMs : Number.POSITIVE_INFINITY, from + maxHoldMs, deadlineAt);
}

const isUnknown = (reason: Reason): boolean => reason.startsWith('unknown-');

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
    held: null,
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
  if (run.state === 'succeeded' && !run.acted && run.trigger.kind === 'alert')
    breach('a run that an alert started succeeds only if it acted');
  if (run.state === 'skipped' && run.acted) breach('a run that acted is never skipped');
  if (run.state === 'running' && run.pinned === null) breach('a running run has its target pinned');
  if (run.state === 'verifying' && run.verifying === null) breach('a verifying run knows why');
  if (run.state === 'reconciling' && run.open === null) breach('a reconciling run has an open effect');
  if (run.state === 'sleeping' && run.sleep === null) breach('a sleeping run knows until when');
  if (run.state === 'holding' && run.hold === null) breach('a holding run says for what');
  if (run.state === 'awaiting-approval' && run.approval === null) breach('a run that awaits approval has asked for it');
  return run;
}

/** Shutdown: nothing is begun any more; another worker goes on at once. */
export const handBack = ({ run, now }: Context): Reduction => park(run, now);
