import type { EffectOutcome, RunEvent } from '../../../../../src/core/run.ts';
import { NOON, samplePlan } from '../../../../support/sample.ts';
import {
  abandoned,
  acted,
  atAction,
  awaiting,
  dry,
  gaveUp,
  gaveUpTwice,
  holding,
  oneRung,
  pending,
  reconciling,
  running,
  sleeping,
  verifying,
  type Scenario,
  row,
} from '../scenario.ts';
import { actionStep, checkStep, escalateStep, ladder } from '../steps.ts';

/** Rows: what the world answers to an effect, at once, when it is looked up, or late. */

const answered = (outcome: EffectOutcome): RunEvent => ({
  kind: 'effect',
  effect: '0/restart/1',
  plan: samplePlan(),
  outcome,
  notAfter: NOON + 70_000,
});
const done = answered({ kind: 'done', output: {} });
const rejected = (reason: Extract<EffectOutcome, { kind: 'rejected' }>['reason']) =>
  answered({ kind: 'rejected', reason, message: 'the API says so' });
const lookedUp = (result: 'done' | 'not-done' | 'unreadable' | 'undecidable', again = true): RunEvent => ({
  kind: 'looked-up',
  effect: '0/restart/1',
  result,
  again,
  message: 'looked up',
  output: {},
});
const lateResult = (outcome: EffectOutcome, effect = '0/restart/1'): RunEvent => ({ kind: 'late-result', effect, outcome, at: NOON });
const lateDone = lateResult({ kind: 'done', output: {} });
const lateRejected = lateResult({ kind: 'rejected', reason: 'conflict', message: '' });
const claimed = (...effects: Extract<RunEvent, { kind: 'claimed' }>['effects']): RunEvent => ({
  kind: 'claimed',
  effects,
  unblocked: false,
});
const unblocked: RunEvent = { kind: 'claimed', effects: [], unblocked: true };
const begun = { effect: '0/restart/1', at: NOON, notAfter: NOON + 70_000, plan: samplePlan() };
const intent = claimed({ ...begun, state: 'intent', outcome: null });
const refused = claimed({ ...begun, state: 'rejected', outcome: { kind: 'rejected', reason: 'conflict', message: '' } });
const finished = claimed({ ...begun, state: 'done', outcome: { kind: 'done', output: {} } });

const settling = ladder([checkStep('health'), actionStep('restart', { settleMs: 30_000 })]);
const verified = ladder([
  checkStep('health'),
  actionStep('restart', { verify: { check: 'kubernetes/pod-ready', with: {}, withinMs: 60_000 } }),
]);
const handsOver = ladder([checkStep('health'), actionStep('restart'), escalateStep('storage-team')]);
const twice = ladder([checkStep('health'), actionStep('restart'), actionStep('signal')]);
const cancelling = { ...reconciling, cancelRequested: { by: 'ada', why: 'taken over' } };
const lateOfAbandoned = lateResult({ kind: 'done', output: {} }, abandoned.id);

const everyState = [
  ['pending / holding', pending, acted({ ...holding, at: 1 })],
  ['awaiting-approval', awaiting, acted(awaiting)],
  ['running', atAction, acted(atAction)],
  ['sleeping', sleeping, acted(sleeping)],
  ['verifying', verifying, verifying],
] as const;

export const effectScenarios: readonly Scenario[] = [
  row('effect done', 'running', 'sleeping(settle)', atAction, done, { edition: settling }),
  row('effect done', 'running', 'sleeping(step-verify)', atAction, done, { edition: verified }),
  row('effect done', 'running', 'permit', atAction, done, { edition: twice }),
  row('effect done', 'running', 'verifying(acted)', atAction, done),
  row('effect done', 'running', 'noted', atAction, done, { edition: handsOver }),

  row('effect rejected', 'running', 'permit', atAction, rejected('conflict')),
  row('effect rejected', 'running', 'permit', atAction, rejected('gone')),
  row('effect rejected', 'running', 'permit', atAction, rejected('too-late')),
  row('effect rejected', 'running', 'holding', { ...atAction, conflicts: 2 }, rejected('conflict')),
  row('effect rejected', 'running', 'reconciling', gaveUp(atAction), rejected('conflict')),
  row('effect rejected', 'running', 'reconciling', gaveUp(atAction), rejected('gone')),
  row('effect rejected', 'running', 'permit', gaveUpTwice(atAction), rejected('conflict')),
  row('effect rejected', 'running', 'holding', atAction, rejected('disruption-budget')),
  row('effect rejected', 'running', 'holding', atAction, rejected('not-replicated')),
  row('effect rejected', 'running', 'escalated(not-permitted)', atAction, rejected('not-permitted')),
  row('effect rejected', 'running', 'next rung', atAction, rejected('invalid')),

  row('effect unknown', 'running', 'reconciling', atAction, answered({ kind: 'unknown', message: 'timeout' })),
  row('dry', 'running', 'observed(would: effect)', dry(atAction), answered({ kind: 'would', message: 'the server accepts it' })),

  row('looked up', 'reconciling', 'verifying(acted)', reconciling, lookedUp('done')),
  row('looked up', 'reconciling', 'sleeping(settle)', reconciling, lookedUp('done'), { edition: settling }),
  row('looked up', 'reconciling', 'running', reconciling, lookedUp('not-done')),
  row('looked up', 'reconciling', 'escalated(unknown-effect)', reconciling, lookedUp('not-done', false)),
  row('looked up', 'reconciling', 'parks', reconciling, lookedUp('unreadable')),
  row('looked up', 'reconciling', 'escalated(unknown-effect)', reconciling, lookedUp('undecidable', false)),
  row('looked up', 'reconciling', 'cancelled(cancelled)', cancelling, lookedUp('done')),
  row('looked up', 'reconciling', 'cancelled(cancelled)', cancelling, lookedUp('not-done')),
  row('looked up', 'reconciling', 'cancelled(cancelled)', cancelling, lookedUp('undecidable', false)),

  ...everyState.flatMap(([column, fresh, known]) => [
    row('late result, done', column, 'noted', { ...known, effects: reconciling.effects }, lateDone),
    row('late result, done', column, 'escalated(late-effect)', gaveUp(known), lateOfAbandoned),
    row('late result, rejected', column, '–', fresh, lateRejected),
  ]),
  row('late result, done', 'reconciling', 'verifying(acted)', reconciling, lateDone),
  row('late result, done', 'reconciling', 'cancelled(cancelled)', cancelling, lateDone),
  row(
    'late result, done',
    'reconciling',
    'noted',
    { ...reconciling, effects: [...reconciling.effects, { ...abandoned, result: 'unknown' }] },
    lateOfAbandoned,
  ),
  row('late result, done', 'reconciling', 'escalated(late-effect)', gaveUp(reconciling), lateOfAbandoned),
  row('late result, rejected', 'reconciling', 'running', reconciling, lateRejected),
  row('late result, rejected', 'reconciling', 'cancelled(cancelled)', cancelling, lateRejected),
  row('late result, rejected', 'reconciling', '–', reconciling, lateResult({ kind: 'rejected', reason: 'gone', message: '' }, '0/other/1')),

  ...everyState.map(([column, fresh]) => row('claimed again, an intent without result', column, 'reconciling', fresh, intent)),
  row('claimed again, an intent without result', 'reconciling', '–', reconciling, intent),
  row('claimed again, a result the run does not know', 'running', 'verifying(acted)', atAction, finished),
  row('claimed again, a result the run does not know', 'reconciling', 'verifying(acted)', reconciling, finished),
  row('claimed again, a result the run does not know', 'reconciling', 'running', reconciling, refused),
  row('claimed again, what held it is gone', 'pending / holding', 'noted', holding, unblocked),
  row('claimed again, nothing begun', 'pending / holding', '–', pending, claimed()),
  row('claimed again, nothing begun', 'awaiting-approval', '–', awaiting, claimed()),
  row('claimed again, nothing begun', 'running', '–', running, claimed()),
  row('claimed again, nothing begun', 'sleeping', '–', sleeping, claimed()),
  row('claimed again, nothing begun', 'verifying', '–', verifying, claimed()),
  row('claimed again, nothing begun', 'reconciling', '–', reconciling, claimed()),
  row('dry', 'running', 'observed(would: effect)', dry(atAction), intent, { edition: oneRung }),
];
