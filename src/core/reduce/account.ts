import type { Refusal } from '../decide.ts';
import type { Edition } from '../edition.ts';
import { rungOf } from '../rung.ts';
import type { Reached, Refused, Run, RunEvent } from '../run.ts';

/**
 * What a run tells of its way for those who ask later: every guard that ever refused it, also where it went on, and of one that only observed
 * how far it came. Nothing decides by it.
 */
export function accounted(before: Run, event: RunEvent, after: Run, edition: Edition, now: number): Run {
  if (before === after) return after;
  const told = event.kind === 'decided' ? withRefusals(after, event.decision.verdicts.filter(isRefusal), now) : after;
  if (told.end === null || told.end.would === null) return told;
  return { ...told, end: { ...told.end, reached: reached(before, event, told, edition) } };
}

/** That a run only observes refuses nothing else. */
function isRefusal(verdict: { readonly result: string }): verdict is Refusal {
  return verdict.result === 'refuse' && (verdict as Refusal).reason !== 'observe-only';
}

function withRefusals(run: Run, refusals: readonly Refusal[], now: number): Run {
  if (refusals.length === 0) return run;
  const refused = [...(run.refused ?? [])];
  for (const { guard, reason, have, need } of refusals) {
    const at = refused.findIndex((one) => one.guard === guard && one.reason === reason);
    const known = refused[at];
    const fresh: Refused = { guard, reason, have, need, times: (known?.times ?? 0) + 1, first: known?.first ?? now, last: now };
    if (known === undefined) refused.push(fresh);
    else refused[at] = fresh;
  }
  return { ...run, refused };
}

function reached(before: Run, event: RunEvent, run: Run, edition: Edition): Reached {
  const { remediation, steps } = rungOf(run, edition);
  const would = run.effects.find(({ result }) => result === 'would');
  const plan = ('plan' in event ? event.plan?.describe : would?.describe) ?? null;
  const waited = before.state === 'pending' || before.state === 'holding';
  return {
    rung: run.rung,
    rungs: edition.ladder.length,
    remediation,
    step: waited && run.at === 0 && plan === null ? null : (steps[run.at]?.path ?? null),
    plan,
    missed: actionsBehind(run, edition, plan === null ? run.at : run.at + 1),
  };
}

/** The actions of the ladder from this step of the run's rung on, as `remediation/path: action`. */
function actionsBehind(run: Run, { ladder }: Edition, from: number): string[] {
  return ladder.flatMap(({ remediation, steps }, rung) =>
    rung < run.rung
      ? []
      : steps.flatMap((step, at) =>
          step.word === 'action' && (rung > run.rung || at >= from) ? [`${remediation}/${step.path}: ${step.action}`] : [],
        ),
  );
}
