import type { Decision } from '../../../../src/core/decide.ts';
import type { Edition } from '../../../../src/core/edition.ts';
import type { Reason } from '../../../../src/core/reasons.ts';
import type { Run, RunEvent } from '../../../../src/core/run.ts';
import { NOON, samplePlan, sampleRefusal, sampleRun, sampleHold, sampleEffect } from '../../../support/sample.ts';
import { actionStep, checkStep, ladder } from './steps.ts';

/** One row of a test for one cell of the run table. */
export interface Scenario {
  /** First cell of the table's row, and head of its column. */
  readonly row: string;
  readonly column: string;
  /** What the cell says in code marks. */
  readonly token: string;
  /** Where the cell says *its reason*: what that is here. */
  readonly outcome?: string;
  readonly given: Run;
  readonly edition?: Edition;
  readonly event: RunEvent;
  /** ms after noon; default one minute. */
  readonly after?: number;
}

/** A scenario on two rungs. */
export function row(
  name: string,
  column: string,
  token: string,
  given: Scenario['given'],
  event: RunEvent,
  more: Partial<Scenario> = {},
): Scenario {
  return { row: name, column, token, given, edition: twoRungs, event, ...more };
}

export const MINUTE = 60_000;
export const NOW = NOON + MINUTE;

/** health (check) → restart (action) on the first rung, a restart on the second. */
export const twoRungs = ladder([checkStep('health'), actionStep('restart')], [checkStep('again'), actionStep('harder')]);
export const oneRung = ladder([checkStep('health'), actionStep('restart')]);

const hold = sampleHold('cooling-down');

export const pending = sampleRun({ pinned: null });
export const holding = sampleRun({ state: 'holding', hold });
export const running = sampleRun({ state: 'running' });
/** Stands before the action of its rung. */
export const atAction = sampleRun({ state: 'running', at: 1 });
export const sleeping = sampleRun({ state: 'sleeping', at: 1, sleep: { kind: 'wait', until: NOON, from: NOON } });
export const verifying = sampleRun({
  state: 'verifying',
  at: 2,
  acted: true,
  actedAt: NOON,
  rungActed: true,
  verifying: { why: 'acted', since: NOON, clearSince: null, against: null, clearedAt: null },
});
export const awaiting = sampleRun({
  state: 'awaiting-approval',
  at: 1,
  frozenSince: NOON,
  approval: {
    planHash: 'p'.repeat(64),
    plan: samplePlan(),
    askedAt: NOON,
    expiresAt: NOON + 15 * MINUTE,
    approvedBy: null,
    approvedAt: null,
  },
});
const unknownEffect = sampleEffect({ at: NOON, result: 'unknown' });
export const reconciling = sampleRun({
  state: 'reconciling',
  at: 1,
  acted: true,
  actedAt: NOON,
  rungActed: true,
  effects: [unknownEffect],
  open: { effect: '0/restart/1', path: 'restart', notAfter: NOON + 10_000, lookUps: 0 },
});
/** An effect of this run that was given up as not done. */
export const abandoned = { ...unknownEffect, id: '0/restart/0', result: 'abandoned' } as const;
export const gaveUp = (run: Run): Run => ({ ...run, effects: [...run.effects, abandoned] });
/** And was not done either when it was looked up once more. */
export const gaveUpTwice = (run: Run): Run => ({ ...run, effects: [...run.effects, { ...abandoned, lookedAgain: true }] });

export const acted = (run: Run): Run => ({ ...run, acted: true, actedAt: NOON, rungActed: true });
export const dry = (run: Run): Run => ({ ...run, dry: 'observe' });
export const resolved = (run: Run): Run => ({
  ...run,
  episodes: { f00dfeed: { status: 'resolved', startsAt: NOON - MINUTE, lastSeen: NOON } },
});
export const late = (run: Run): Run => ({ ...run, deadlineAt: NOON });

type Then = Decision['then'];

/** A verdict as it comes from the guards; `permit` brings a plan. */
export function verdict(phase: 'admit' | 'permit', then: Then, reason: Reason | null = null, over: Partial<Decision> = {}): RunEvent {
  const refusal = reason === null ? [] : [sampleRefusal({ reason })];
  return {
    kind: 'decided',
    phase,
    decision: { then, reason, verdicts: refusal, nextEligibleAt: null, ...over },
    pinned: {
      uid: 'u-1',
      name: 'node-1',
      subject: 'pod:main/archivechain-prod/node-1',
      workload: 'statefulset:main/archivechain-prod/node',
    },
    plan: phase === 'permit' ? samplePlan() : null,
    factsAt: NOW,
    memory: null,
  };
}

export const due: RunEvent = { kind: 'due' };
