import type { BudgetUse } from '../facts.ts';
import { isReleased } from '../release.ts';
import { mayAct } from '../rung.ts';
import { counted, defineGuard, notApplicable, pass, refuse, span } from './guard.ts';

/**
 * Every budget of effects has room for one more. `begin` takes the charge; this explains and predicts. One that was used up because many
 * runs were held together wakes no human: they wait for it.
 */
export const budget = defineGuard({
  name: 'budget',
  phases: ['admit', 'permit'],
  needs: ['history'],
  check({ plan, phase, edition, run }, { history }) {
    if (phase === 'admit' && !mayAct(edition)) return notApplicable('no step of the ladder acts');
    const cost = plan?.cost ?? 1;
    const spent = history.budgets.filter(({ used, max }) => used + cost > max);
    if (spent.length === 0) return pass(history.budgets.map(words).join('; '), counted(cost, 'effect'));
    const frees = spent.map(({ freesAt }) => freesAt);
    const waits = isReleased(run) && spent.every(({ scope, freesAt }) => scope !== 'target' && freesAt !== null);
    return refuse({
      reason: waits ? 'awaiting-budget' : 'budget-spent',
      have: spent.map(words).join('; '),
      need: `room for ${counted(cost, 'effect')}`,
      clears: 'Earlier effects leave the window, or the budget is made larger.',
      // All must have room: the last to free one counts, and one that cannot tell hides the answer.
      nextEligibleAt: frees.includes(null) ? null : Math.max(...frees.map(Number)),
    });
  },
});

function words({ scope, used, max, perMs }: BudgetUse): string {
  return `${used} of ${max} per ${span(perMs)} used (${scope})`;
}
