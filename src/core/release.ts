import { isFrozen } from './reasons.ts';
import type { Run } from './run.ts';
import type { BudgetCharge } from './store.ts';

/**
 * A brake, a silence, a window or a storm holds many runs, and lets go of all of them at once. What comes out of such a hold goes on in the
 * order of priority and age, and waits for budgets that the others use up, until something comes of it.
 */
export function isReleased({ hold, held }: Pick<Run, 'hold' | 'held'>): boolean {
  const before = hold ?? held;
  return before !== null && (before.released === true || isFrozen(before.reason));
}

/** Whoever was released leaves half of the installation's budgets to what is new: it is not for them that a human is woken. */
export function shareOf(charges: readonly BudgetCharge[], cost: number): BudgetCharge[] {
  return charges.map((one) => (one.scope === 'installation' ? { ...one, max: Math.max(cost, Math.floor(one.max / 2)) } : one));
}
