import type { GuardPolicy } from '../edition.ts';
import type { FactTypes } from '../facts.ts';
import { majority, maxUnavailable, minHealthy } from '../members.ts';
import type { Plan } from '../plan.ts';
import { defineGuard, notApplicable, pass, refuse } from './guard.ts';

type Owning = NonNullable<FactTypes['workload']>;

/**
 * While the effect happens and after it, enough members of the workload are healthy. The limits of the rule come first: where another
 * member is down it may come back, so waiting can help. A quorum that is at risk although they hold is a matter of size, for a human.
 */
export const health = defineGuard({
  name: 'health',
  phases: ['permit'],
  needs: ['plan'],
  also: (_input, { plan }) => (plan.healthy === null ? [] : ['workload']),
  check({ policy }, { plan, workload }) {
    if (plan.healthy === null) return notApplicable('the plan leaves the health of the workload alone');
    if (!workload) return notApplicable('the target belongs to no workload');
    const lowest = workload.health.healthy + Math.min(plan.healthy.during, plan.healthy.after);
    return tooFew(policy, workload, lowest) ?? quorum(policy, workload, plan, lowest) ?? enough(policy, workload, lowest);
  },
});

function tooFew(policy: GuardPolicy, owning: Owning, lowest: number) {
  const need = needed(policy, owning);
  if (lowest >= need) return null;
  return refuse({
    reason: 'too-few-healthy',
    have: have(owning, lowest),
    need: `${need}, ${limits(policy)}`,
    clears: `Another member of ${name(owning)} becomes healthy.`,
  });
}

/** Only an effect that takes a healthy member away can cost the majority; one that is unhealthy already counts for nothing. */
function quorum(policy: GuardPolicy, owning: Owning, plan: Plan, lowest: number) {
  if (!hasQuorum(policy, owning) || lowest >= owning.health.healthy) return null;
  const need = majority(owning.health.desired);
  if (lowest >= need) return null;
  return refuse({
    reason: 'quorum-at-risk',
    have: have(owning, lowest),
    need: `${need}, a majority of ${owning.health.desired}`,
    clears: `A human decides whether ${plan.describe} is worth the quorum of ${name(owning)}.`,
  });
}

function enough(policy: GuardPolicy, owning: Owning, lowest: number) {
  const voters = hasQuorum(policy, owning) ? majority(owning.health.desired) : 0;
  return pass(have(owning, lowest), String(Math.max(needed(policy, owning), voters)));
}

/** Healthy members that `max_unavailable` and `min_healthy` demand. */
function needed({ maxUnavailable: max, minHealthy: min }: GuardPolicy, { health: { desired } }: Owning): number {
  return Math.max(0, max === null ? 0 : desired - maxUnavailable(max, desired), min === null ? 0 : minHealthy(min, desired));
}

function hasQuorum(policy: GuardPolicy, { workload }: Owning): boolean {
  return policy.quorum === 'majority' && workload.kind === 'StatefulSet';
}

function have(owning: Owning, lowest: number): string {
  const { healthy, desired } = owning.health;
  return `${healthy} of ${desired} healthy${lowest === healthy ? '' : `, ${lowest} at the lowest with the effect`}`;
}

function name({ workload }: Owning): string {
  return `${workload.kind} ${workload.name}`;
}

function limits({ maxUnavailable: max, minHealthy: min }: GuardPolicy): string {
  const parts = [max && `max_unavailable: ${members(max)}`, min && `min_healthy: ${members(min)}`];
  return parts.filter((part) => part !== null).join(', ');
}

function members(limit: NonNullable<GuardPolicy['minHealthy']>): string {
  return 'count' in limit ? String(limit.count) : `${limit.percent}%`;
}
