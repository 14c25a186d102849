import type { Plan } from '../core/plan.ts';
import { boundsOf } from '../core/permission.ts';
import { reduce } from '../core/reduce/index.ts';
import { newRun, type Start } from '../core/run-start.ts';
import { isEnded, type Command, type Run, type RunEvent } from '../core/run.ts';
import { renderTarget } from '../core/target.ts';
import type { RuleMatch } from './slot-request.ts';
import { handle } from './handlers/index.ts';
import type { AdvanceDeps, Work } from './work.ts';

/** What a run of this rule would come to now, on the world as it is, up to its first effect. */
export interface RunExplanation {
  readonly rule: string;
  readonly run: Run;
  /** The effect that it would begin; null = it would wait or end before. */
  readonly plan: Plan | null;
}

type Alert = Start['alert'];

/** So many commands lead to the first effect at most; more means that the run goes round. */
const MAX_STEPS = 100;

/**
 * Drives the daemon's own reducer and handlers without a store: reads, checks and plans are real, an effect is not begun, and nothing is
 * written. It stops where the run would act, wait or end.
 */
export async function explainRun(deps: AdvanceDeps, match: RuleMatch, alert: Alert, signal: AbortSignal): Promise<RunExplanation> {
  const { edition, rule } = match;
  const now = deps.clock.now();
  const target = renderTarget(edition, alert, deps.clusters.defaultName);
  const { deadlineMs, ...fresh } = newRun({ alert, edition, editionHash: match.hash, target, dry: match.dry, receivedAt: now });
  let run: Run = { ...fresh, id: 'r-0', acceptedAt: now, since: now, deadlineAt: now + deadlineMs };
  const bounds = boundsOf(edition, deps.inForce.permission(rule).guards);
  const tell = (event: RunEvent): Command | null => {
    const reduction = reduce(run, event, { edition, bounds, now: deps.clock.now(), timing: deps.timing });
    run = reduction.run;
    return isEnded(run.state) ? null : reduction.command;
  };
  let command = tell({ kind: 'due' });
  for (let steps = 0; steps < MAX_STEPS && command !== null && command.kind !== 'park' && command.kind !== 'end'; steps += 1) {
    if (command.kind === 'begin') return { rule, run, plan: command.plan };
    const work: Work = {
      deps,
      edition,
      epoch: 0,
      events: 0,
      effects: [],
      unwritten: [],
      written: () => undefined,
      run,
      now: () => deps.clock.now(),
      signal,
    };
    const told = await handle(work, command);
    command = typeof told === 'string' ? null : tell(told);
  }
  return { rule, run, plan: null };
}
