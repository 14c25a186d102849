import type { FiringFact } from '../facts.ts';
import { defineGuard, notApplicable, pass, refuse, span, type GuardInput } from './guard.ts';

/**
 * A second source agrees that the alert fires. A webhook alone proves neither: a truncated group says resolved while its alerts still
 * fire, and a firing alert may have ended since. So the source's word counts: at once where both say that it is over, after a while where
 * only the source says so.
 */
export const corroboration = defineGuard({
  name: 'corroboration',
  phases: ['admit', 'permit'],
  needs: [],
  also: ({ run }) => (run.trigger.kind === 'alert' ? ['firing'] : []),
  check(input, { firing }) {
    if (firing === undefined) return notApplicable('the run was not started by an alert');
    if (firing.source === null && !firing.resolvedByWebhook) return notApplicable('no source besides the webhook is configured');
    if (firing.source === null) return resolved('the webhook says resolved, and no other source is configured');
    if (firing.state === 'firing') return pass(`${firing.source} says firing`, 'firing');
    return firing.state === 'pending' ? pendingVerdict(input, firing) : notFiring(input, firing);
  },
});

/** An alert that never resolved may flap to pending and back; one that did resolve has not fired again yet. */
function pendingVerdict(input: GuardInput, firing: FiringFact) {
  if (!firing.resolvedByWebhook) return pass(`${firing.source} says pending`, 'firing or pending');
  return disputed(input, `${firing.source} says pending, the webhook says resolved`, input.now + input.timing.notFiringHoldMs);
}

function notFiring(input: GuardInput, firing: FiringFact) {
  if (firing.resolvedByWebhook) return resolved(`the webhook says resolved and ${firing.source} agrees`);
  const since = input.run.hold?.reason === 'not-firing' ? input.run.hold.since : input.now;
  const believedAt = since + input.timing.notFiringHoldMs;
  if (input.now >= believedAt) return resolved(`${firing.source} has said for ${span(input.now - since)} that it does not fire`);
  return disputed(input, `${firing.source} says that it does not fire, the webhook says firing`, believedAt);
}

function disputed(input: GuardInput, have: string, nextEligibleAt: number) {
  return refuse({
    reason: 'not-firing',
    have,
    need: 'firing',
    clears: `The alert fires again at the source; if it still does not after ${span(input.timing.notFiringHoldMs)}, it counts as resolved.`,
    nextEligibleAt,
  });
}

function resolved(have: string) {
  return refuse({ reason: 'resolved', have, need: 'firing', clears: 'The alert fires again.' });
}
