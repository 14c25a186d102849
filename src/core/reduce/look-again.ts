import { pathOf, stepAt } from '../ladder.ts';
import type { Reduction } from '../run.ts';
import { toReconciling } from './moves.ts';
import type { Context } from './row.ts';

/**
 * The world looks as if somebody else had done what the step at hand is to do. It may have been the run itself: a server can carry out a call
 * long after its caller gave up and found nothing done. An attempt given up like that is looked up once more before anybody else is named;
 * null = there is none.
 */
export function lookAgain(context: Context): Reduction | null {
  const { run, edition, timing } = context;
  const step = stepAt(run, edition);
  if (step === undefined) return null;
  const attempts = `${run.rung}/${step.path}/`;
  const given = run.effects.findLast(({ id, result, lookedAgain }) => id.startsWith(attempts) && result === 'abandoned' && !lookedAgain);
  if (given === undefined) return null;
  return toReconciling(context, { effect: given.id, path: pathOf(given.id), notAfter: given.at + timing.performMs, lookUps: 0 });
}
