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
    if (missing !== null) return absent(input, missing, facts.workload ?? null);
    return facts.target.found === 'workload'
      ? pass(`${nameOf(facts.target.workload)}, uid ${facts.target.workload.uid}`)
      : reachable(facts.target as Found);
  },
});

/** `owner`: whose it was. `replaced`: another one is in its place, which the next run of the alert is about. */
interface Missing {
  readonly have: string;
  readonly owner: ObjectRef | null;
  readonly replaced: boolean;
}

/** How the object that the run is about is missing; null = it is there. */
function gone({ run }: GuardInput, fact: TargetFact): Missing | null {
  if (fact.found === 'none') return { have: `${run.target.key} does not exist`, owner: fact.owner, replaced: false };
  if (run.pinned === null) return null;
  const { uid } = run.pinned;
  if (fact.found === 'workload' && fact.workload.uid !== uid) {
    return { have: `${nameOf(fact.workload)} has uid ${fact.workload.uid}, the run is about ${uid}`, owner: null, replaced: true };
  }
  if (fact.found !== 'one' || fact.ownSuccessor || fact.pod.uid === uid) return null;
  return { have: `pod ${fact.pod.name} has uid ${fact.pod.uid}, the run is about ${uid}`, owner: fact.owner, replaced: true };
}

function absent({ run }: GuardInput, { have, replaced }: Missing, owning: FactTypes['workload']) {
  const need = 'the object that the run is about';
  if (owning === null || !isWhole(owning)) {
    return refuse({ reason: 'target-gone', have, need, clears: 'A human finds out who removed or replaced it.' });
  }
  const whole = `${have}; ${nameOf(owning.workload)} has ${owning.health.healthy} of ${owning.health.desired} healthy`;
  // An alert about what does not exist would start one run after the other, and nobody would ever hear of it.
  if (!replaced && !run.acted && run.trigger.kind === 'alert') {
    return refuse({
      reason: 'gone-yet-firing',
      have: whole,
      need: 'an alert that is over',
      clears: 'The alert resolves, as nothing is left to do.',
    });
  }
  return refuse({
    reason: 'self-healed',
    have: whole,
    need,
    clears: 'Nothing is left to do; a firing alert starts a new run on the object that is there now.',
  });
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
