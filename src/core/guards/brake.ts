import { brakeScopes, type Brake } from '../brake.ts';
import type { NamespaceFact } from '../facts.ts';
import { defineGuard, pass, refuse, type GuardInput } from './guard.ts';

const ANNOTATION = 'remediad.dev/pause';

/** Nobody has paused the installation, the rule, the namespace or the target. */
export const brake = defineGuard({
  name: 'brake',
  phases: ['admit', 'permit'],
  needs: ['brake'],
  also: (input, facts) => (covering(input, facts.brake).length > 0 ? [] : ['namespace']),
  check(input, facts) {
    const set = covering(input, facts.brake);
    if (set.length > 0) return pausedBy(set);
    if (isPaused(facts.namespace)) {
      return refuse({
        reason: 'paused',
        have: `namespace ${input.run.target.namespace} is annotated ${ANNOTATION}: "true"`,
        need: 'no brake',
        clears: `The annotation ${ANNOTATION} is taken off namespace ${input.run.target.namespace}.`,
      });
    }
    return pass('no brake');
  },
});

/** Those in the scopes of this run that have not expired. */
function covering({ run, plan, now }: GuardInput, brakes: readonly Brake[]): readonly Brake[] {
  const scopes = brakeScopes(run, plan?.touches);
  return brakes.filter(({ scope, until }) => scopes.includes(scope) && (until === null || until > now));
}

function pausedBy(set: readonly Brake[]) {
  const untils = set.map(({ until }) => until);
  return refuse({
    reason: 'paused',
    have: set.map(({ scope, by, why }) => `${scope} paused by ${by}: ${why}`).join('; '),
    need: 'no brake',
    clears: `Every brake on ${set.map(({ scope }) => scope).join(', ')} is lifted or expires.`,
    // All must be gone, so the last to expire counts, and one without expiry hides the answer.
    nextEligibleAt: untils.includes(null) ? null : Math.max(...untils.map(Number)),
  });
}

/** A namespace that does not exist is not annotated; that its objects are gone is another guard's to say. */
function isPaused(namespace: NamespaceFact | null | undefined): boolean {
  return namespace?.annotations[ANNOTATION] === 'true';
}
