import type { Edition, Rung, Step } from './edition.ts';
import type { Run } from './run.ts';

/** Where a run stands on its ladder. An edition never changes, so a place that it does not have is a bug: no run goes on with one. */

export function rungOf(run: Run, edition: Edition): Rung {
  const rung = edition.ladder[run.rung];
  if (rung === undefined) throw new Error(`run ${run.id}: its edition has no rung ${run.rung}`);
  return rung;
}

/** The step at hand; undefined behind the last one. */
export function stepAt(run: Run, edition: Edition): Step | undefined {
  return rungOf(run, edition).steps[run.at];
}

/** The step at hand, where there must be one. */
export function currentStep(run: Run, edition: Edition): Step {
  const step = stepAt(run, edition);
  if (step === undefined) throw new Error(`run ${run.id}: rung ${run.rung} has no step ${run.at}`);
  return step;
}

/** Some step of the ladder changes something. */
export function mayAct({ ladder }: Pick<Edition, 'ladder'>): boolean {
  return ladder.some(({ steps }) => steps.some(({ word }) => word === 'action'));
}
