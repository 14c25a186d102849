import type { TargetFact } from './facts.ts';
import { lockKey, type ObjectRef, type PodView, type Workload } from './objects.ts';
import type { Pinned, Run } from './run.ts';

/** What survives an effect on the pod: a StatefulSet's pod keeps its name, any other's place is kept by its workload. */
export function subjectOf(pod: PodView, workload: Workload | null): string {
  if (workload === null || workload.kind === 'StatefulSet') return lockKey('Pod', pod.cluster, pod.namespace, pod.name);
  return workloadKey(workload);
}

/** Lock key of a workload, which is its subject too. */
export function workloadKey({ cluster, kind, namespace, name }: Workload | ObjectRef): string {
  return lockKey(kind, cluster, namespace, name);
}

/** Lock keys of what the run is about: the object as its rule names it, as it was pinned and found, and the workload behind it. */
export function objectKeys({ target, pinned }: Pick<Run, 'target' | 'pinned'>, fact: TargetFact): string[] {
  const named = pinned === null ? [] : [lockKey(target.kind, target.cluster, target.namespace, pinned.name), pinned.workload];
  return [...new Set([target.key, ...named, ...foundKeys(fact)].filter((key) => key !== null))];
}

function foundKeys(fact: TargetFact): (string | null)[] {
  if (fact.found === 'workload') return [workloadKey(fact.workload)];
  if (fact.found !== 'one' && fact.found !== 'none') return [];
  const owner = fact.owner === null ? null : workloadKey(fact.owner);
  return fact.found === 'none' ? [owner] : [lockKey('Pod', fact.pod.cluster, fact.pod.namespace, fact.pod.name), owner];
}

/** What a run pins of the object found; null where there is not exactly one. */
export function pinnedOf(target: TargetFact): Pinned | null {
  if (target.found === 'one') {
    const { pod, owner, subject } = target;
    return { uid: pod.uid, name: pod.name, subject, workload: owner === null ? null : workloadKey(owner) };
  }
  if (target.found !== 'workload') return null;
  const { uid, name } = target.workload;
  return { uid, name, subject: target.subject, workload: workloadKey(target.workload) };
}
