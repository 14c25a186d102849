import type { HistoryFact } from '../facts.ts';
import { defineGuard, pass, refuse, span } from './guard.ts';

/**
 * Neither this rule on this subject, nor any rule on this target, acted a short while ago. The end of a cooldown is kept as the run set it that
 * acted; one that was made longer since counts from the end of that run.
 */
export const cooldown = defineGuard({
  name: 'cooldown',
  phases: ['admit', 'permit'],
  needs: ['history'],
  check({ now, policy }, { history }) {
    const cooling = [
      { what: 'this rule acted on the subject', until: coolingUntil(history, policy.cooldownMs), policyMs: policy.cooldownMs },
      { what: 'a rule acted on the target', until: history.targetCoolingUntil, policyMs: policy.targetCooldownMs },
    ].flatMap(({ until, ...rest }) => (until !== null && until > now ? [{ ...rest, until }] : []));
    if (cooling.length === 0) return pass('not cooling down');
    const until = Math.max(...cooling.map((one) => one.until));
    return refuse({
      reason: 'cooling-down',
      have: cooling.map((one) => `${one.what}, ${span(one.until - now)} of the cooldown are left`).join('; '),
      need: cooling.map((one) => `${span(one.policyMs)} since then`).join('; '),
      clears: 'The cooldown ends.',
      nextEligibleAt: until,
    });
  },
});

function coolingUntil({ coolingUntil: kept, memory }: HistoryFact, cooldownMs: number): number | null {
  return memory?.acted === true ? Math.max(kept ?? 0, memory.endedAt + cooldownMs) : kept;
}
