import type { FactTypes, TargetFact } from '../facts.ts';
import type { PodView } from '../objects.ts';
import type { Run } from '../run.ts';
import { defineGuard, notApplicable, pass, refuse, span, type GuardInput } from './guard.ts';

type Found = Extract<TargetFact, { found: 'one' }>;

/**
 * Nobody else is at work on the target: it is not terminating, its workload is not rolling out, and neither it nor one of its containers
 * was started, nor became ready, within `min_age`, and the kubelet is not about to start one of its containers again. What this run itself brought about does not count.
 */
export const settling = defineGuard({
  name: 'settling',
  phases: ['admit', 'permit'],
  needs: ['target'],
  also: (_input, { target }) => (target.found === 'workload' || (target.found === 'one' && target.owner !== null) ? ['workload'] : []),
  check(input, { target, workload = null }) {
    if (target.found === 'one') return terminating(target.pod) ?? rollingOut(workload) ?? young(input, target);
    if (target.found === 'workload') return rollingOut(workload) ?? pass('not rolling out');
    return notApplicable('there is no object to look at');
  },
});

function terminating(pod: PodView) {
  if (pod.deletedAt === null) return null;
  return refuse({
    reason: 'settling',
    have: `pod ${pod.name} is terminating`,
    need: 'a pod that is not being deleted',
    clears: `Pod ${pod.name} is gone.`,
  });
}

function rollingOut(owning: FactTypes['workload']) {
  if (owning === null || !owning.workload.rollingOut) return null;
  const name = `${owning.workload.kind} ${owning.workload.name}`;
  return refuse({
    reason: 'rollout-in-progress',
    have: `${name} is rolling out`,
    need: 'no rollout',
    clears: `The rollout of ${name} ends.`,
  });
}

function young(input: GuardInput, found: Found) {
  const { now, policy } = input;
  const { pod } = found;
  if (found.ownSuccessor) return pass('made by this run itself');
  const own = lastOwnEffect(input.run, pod);
  const seen: Change[] = [...changes(pod, own), ...(input.phase === 'permit' ? restarting(pod, own) : [])];
  const latest = seen.reduce((a, b) => (b.at > a.at ? b : a), { what: 'created', at: pod.createdAt });
  const need = `${span(policy.minAgeMs)} ago or longer`;
  const have = `${latest.what} ${span(now - latest.at)} ago`;
  if (now - latest.at >= policy.minAgeMs) return pass(have, need);
  return refuse({
    reason: latest.healing === true ? 'self-healing' : 'settling',
    have: `pod ${pod.name}: ${have}`,
    need,
    clears: 'It is left alone until that is longer ago than min_age.',
    nextEligibleAt: latest.at + policy.minAgeMs,
  });
}

/** What happened to the pod and when. `healing`: the kubelet is about to undo it. */
interface Change {
  readonly what: string;
  readonly at: number;
  readonly healing?: true;
}

/**
 * Containers that ended and that the kubelet starts again, by and by. Before the first effect nobody is in its way: a recipe may look, keep
 * the logs and hand over a pod that crashes again and again.
 */
function restarting(pod: PodView, ownSince: number): Change[] {
  return pod.containers.flatMap(({ name, state, endedAt }) =>
    state === 'running' || endedAt === null || endedAt >= ownSince ? [] : [{ what: `container ${name} ended`, at: endedAt, healing: true }],
  );
}

/** Starts and recoveries since the pod was created, without those that follow an effect of this run. */
function changes(pod: PodView, ownSince: number): Change[] {
  const started = pod.containers.map(({ name, startedAt }) => ({ what: `container ${name} started`, at: startedAt }));
  const became = pod.ready ? [{ what: 'became ready', at: pod.readySince }] : [];
  return [...started, ...became].flatMap(({ what, at }) => (at === null || at >= ownSince ? [] : [{ what, at }]));
}

/** When this run last acted on exactly this pod; Infinity = never. */
function lastOwnEffect(run: Run, pod: PodView): number {
  const own = run.effects.filter(({ uid, result }) => uid === pod.uid && (result === 'done' || result === 'unknown'));
  return own.length === 0 ? Number.POSITIVE_INFINITY : Math.max(...own.map(({ at }) => at));
}
