import { defineGuard, pass, refuse, span } from './guard.ts';

/** Neither this rule on this subject, nor any rule on this target, acted a short while ago. */
export const cooldown = defineGuard({
  name: 'cooldown',
  phases: ['admit', 'permit'],
  needs: ['history'],
  check({ now, policy }, { history }) {
    const cooling = [
      { what: 'this rule acted on the subject', until: history.coolingUntil, policyMs: policy.cooldownMs },
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
