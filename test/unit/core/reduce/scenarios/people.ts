import type { RunEvent } from '../../../../../src/core/run.ts';
import { NOON } from '../../../../support/sample.ts';
import { acted, awaiting, holding, pending, reconciling, running, sleeping, verifying, type Scenario, row } from '../scenario.ts';

/** Rows: what comes from people, from Alertmanager, and from the process itself. */

const states = [
  ['pending / holding', pending],
  ['pending / holding', holding],
  ['awaiting-approval', awaiting],
  ['running', running],
  ['sleeping', sleeping],
  ['verifying', verifying],
  ['reconciling', reconciling],
] as const;

const approve = (planHash: string): RunEvent => ({ kind: 'approve', planHash, by: 'ada', at: NOON });
const reject = (planHash: string): RunEvent => ({ kind: 'reject', planHash, by: 'ada', at: NOON });
const PLAN = 'p'.repeat(64);
const cancel: RunEvent = { kind: 'cancel', by: 'ada', why: 'taken over', at: NOON };
const episode: RunEvent = { kind: 'episode', fingerprint: 'beef', startsAt: NOON, at: NOON, change: 'new' };
const resolved: RunEvent = { kind: 'resolved', fingerprint: 'f00dfeed', at: NOON };
const shutdown: RunEvent = { kind: 'shutdown' };

export const peopleScenarios: readonly Scenario[] = [
  row('approve', 'awaiting-approval', 'running', awaiting, approve(PLAN)),
  row('approve', 'awaiting-approval', '–', awaiting, approve('another')),
  row('reject', 'awaiting-approval', 'skipped(rejected)', awaiting, reject(PLAN)),
  row('reject', 'awaiting-approval', 'escalated(rejected)', acted(awaiting), reject(PLAN)),
  row('reject', 'awaiting-approval', '–', awaiting, reject('another')),
  ...states
    .filter(([column]) => column !== 'awaiting-approval')
    .flatMap(([column, given]) => [row('approve', column, '–', given, approve(PLAN)), row('reject', column, '–', given, reject(PLAN))]),
  ...states.map(([column, given]) =>
    row('cancel, take-over', column, column === 'reconciling' ? 'noted' : 'cancelled(cancelled)', given, cancel),
  ),
  ...states.map(([column, given]) => row('episode attached, repeat, re-fire', column, 'noted', given, episode)),
  ...states.map(([column, given]) => row('episode resolved', column, 'noted', given, resolved)),
  ...states.map(([column, given]) => row('SIGTERM', column, 'parks', given, shutdown)),
];
