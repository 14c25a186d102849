import type { FactTypes, TargetFact } from '../facts.ts';
import type { ObjectRef, Workload } from '../objects.ts';
import { counted, defineGuard, pass, refuse, type GuardInput } from './guard.ts';

type Found = Extract<TargetFact, { found: 'one' }>;

/** Exactly one object is there, and it is the one that was pinned, or the one that this run put in its place. */
export const target = defineGuard({
  name: 'target',
  phases: ['admit', 'permit'],
  needs: ['target'],
  // Whether the workload is whole matters only where the object is not there any more.
  also: (input, facts) => ((gone(input, facts.target)?.owner ?? null) === null ? [] : ['workload']),
  check(input, facts) {
    const { found } = facts.target;
    if (found === 'unknown') {
      return refuse({
        reason: 'target-unknown',
        have: facts.target.why,
        need: 'one object',
        clears: 'The rule finds its target from labels that the alert carries, in a cluster that is configured.',
      });
    }
    if (found === 'several') {
      return refuse({
        reason: 'target-ambiguous',
        have: counted(facts.target.count, 'object'),
        need: 'exactly one',
        clears: "The rule's finder is narrowed until it matches one object.",
      });
    }
    const missing = gone(input, facts.target);
    if (missing !== null) return absent(missing.have, facts.workload ?? null);
    return facts.target.found === 'workload'
      ? pass(`${nameOf(facts.target.workload)}, uid ${facts.target.workload.uid}`)
      : reachable(facts.target as Found);
  },
});

/** How the object that the run is about is missing, and whose it was; null = it is there. */
function gone({ run }: GuardInput, fact: TargetFact): { readonly have: string; readonly owner: ObjectRef | null } | null {
  if (fact.found === 'none') return { have: `${run.target.key} does not exist`, owner: fact.owner };
  if (run.pinned === null) return null;
  const { uid } = run.pinned;
  if (fact.found === 'workload' && fact.workload.uid !== uid) {
    return { have: `${nameOf(fact.workload)} has uid ${fact.workload.uid}, the run is about ${uid}`, owner: null };
  }
  if (fact.found !== 'one' || fact.ownSuccessor || fact.pod.uid === uid) return null;
  return { have: `pod ${fact.pod.name} has uid ${fact.pod.uid}, the run is about ${uid}`, owner: fact.owner };
}

function absent(have: string, owning: FactTypes['workload']) {
  const need = 'the object that the run is about';
  if (owning !== null && isWhole(owning)) {
    return refuse({
      reason: 'self-healed',
      have: `${have}; ${nameOf(owning.workload)} has ${owning.health.healthy} of ${owning.health.desired} healthy`,
      need,
      clears: 'Nothing is left to do; a firing alert starts a new run on the object that is there now.',
    });
  }
  return refuse({ reason: 'target-gone', have, need, clears: 'A human finds out who removed or replaced it.' });
}

function nameOf({ kind, name }: Workload): string {
  return `${kind} ${name}`;
}

function isWhole({ workload, health }: NonNullable<FactTypes['workload']>): boolean {
  return !workload.rollingOut && health.healthy >= health.desired;
}

/** A pod on a node that does not answer can be neither restarted nor looked into. */
function reachable({ pod }: Found) {
  if (pod.node === null || pod.nodeReady === true) return pass(`pod ${pod.name}, uid ${pod.uid}`);
  if (pod.nodeReady === false) {
    return refuse({
      reason: 'node-unreachable',
      have: `node ${pod.node} is not ready`,
      need: 'a node that answers',
      clears: `Node ${pod.node} becomes ready, or the pod is scheduled elsewhere.`,
    });
  }
  return refuse({
    reason: 'unknown-target',
    have: `whether node ${pod.node} is ready could not be read`,
    need: 'a node that answers',
    clears: `The state of node ${pod.node} can be read.`,
  });
}
