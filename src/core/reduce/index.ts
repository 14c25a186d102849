import { isEnded, type LiveState, type Reduction, type Run, type RunEvent } from '../run.ts';
import { accounted } from './account.ts';
import { awaitingApproval } from './awaiting-approval.ts';
import { assertEntry } from './moves.ts';
import { pending } from './pending.ts';
import { reconciling } from './reconciling.ts';
import type { Arrow, Context, Row } from './row.ts';
import { running } from './running.ts';
import { sleeping } from './sleeping.ts';
import { verifying } from './verifying.ts';

/**
 * The life of a run, as in the run table of docs/protocol.md (a test compares every cell):
 *
 *   pending ─► running ─► sleeping ─► running … ─► verifying ─► succeeded
 *      │  ▲       │ ▲                                  │ ineffective: next rung ─► running
 *      ▼  │       ▼ │ approve                          └ end of the ladder, inconclusive ─► escalated
 *   holding    awaiting-approval      reconciling ◄─ an effect whose result is not known
 *
 * Pure: the same run, event and surroundings give the same answer.
 */
const rows: Readonly<Record<LiveState, Row>> = {
  pending,
  holding: pending,
  'awaiting-approval': awaitingApproval,
  running,
  sleeping,
  verifying,
  reconciling,
};

/** An ended run does not change any more. */
export function reduce(run: Run, event: RunEvent, around: Omit<Context, 'run'>): Reduction {
  if (isEnded(run.state)) return { run, command: null };
  const context: Context = { run, ...around };
  const reduction = arrow(rows[run.state], event.kind)(context, event);
  return { run: accounted(run, event, assertEntry(reduction.run), around.edition, around.now), command: reduction.command };
}

function arrow<K extends RunEvent['kind']>(row: Row, kind: K): Arrow<K> {
  return row[kind];
}
