import { workloadKey } from '../../core/pinned.ts';
import type { PodView, Workload } from '../../core/objects.ts';
import type { Pinned, Run } from '../../core/run.ts';
import { absent, onePod, type Located, type Place } from './located.ts';

/**
 * Finds a pinned pod again. If this run's own effect replaced it, its successor counts as the target: the pod of the same owner that was
 * created after that effect, of the same name where the owner keeps names. Anything else in its place was put there by others.
 */
export async function followPod(place: Place, pinned: Pinned): Promise<Located> {
  const { cluster, run, signal } = place;
  const pod = await cluster.getPod(run.target.namespace, pinned.name, signal);
  if (pod?.uid === pinned.uid) return onePod(place, pod, isOwnWork(run, pod));
  const workload = await pinnedWorkload(place, pinned);
  const successors = workload === null ? [] : await successorsOf(place, workload, pinned);
  const [successor, ...others] = successors;
  if (others.length > 0) return { fact: { found: 'several', count: successors.length }, workload };
  if (successor !== undefined) return onePod(place, successor, true);
  return pod === null ? absent(workload) : onePod(place, pod, false);
}

async function successorsOf({ cluster, run, signal }: Place, workload: Workload, pinned: Pinned): Promise<readonly PodView[]> {
  // Only what the run itself replaced has a successor of its own; a pin that was moved on and then replaced by others has none.
  if (!replacing(run).some(({ uid }) => uid === pinned.uid)) return [];
  const members = await cluster.membersOf(workload, signal);
  // A name is taken by one pod at a time, so whoever bears it now came after ours; without names only the time of creation tells.
  if (workload.kind === 'StatefulSet') return members.filter((pod) => pod.name === pinned.name && !isReplaced(run, pod));
  return members.filter((pod) => isOwnWork(run, pod));
}

/** Created after the run's last effect that replaced a pod. The API server tells whole seconds only. */
function isOwnWork(run: Run, pod: PodView): boolean {
  const effects = replacing(run);
  if (effects.length === 0 || isReplaced(run, pod)) return false;
  return pod.createdAt >= Math.floor(Math.max(...effects.map(({ at }) => at)) / 1000) * 1000;
}

function isReplaced(run: Run, { uid }: PodView): boolean {
  return replacing(run).some((effect) => effect.uid === uid);
}

function replacing(run: Run) {
  return run.effects.filter(({ replaces, uid, result }) => replaces && uid !== null && (result === 'done' || result === 'unknown'));
}

const kinds = ['StatefulSet', 'Deployment', 'DaemonSet', 'ReplicaSet'] as const satisfies readonly Workload['kind'][];

/** The workload that was pinned with the pod, read by the name in its key; null = none was pinned, or it is gone. */
export async function pinnedWorkload({ cluster, run, signal }: Place, pinned: Pinned): Promise<Workload | null> {
  const { namespace } = run.target;
  for (const kind of kinds) {
    const prefix = workloadKey({ cluster: run.target.cluster, kind, namespace, name: '', uid: '' });
    if (pinned.workload?.startsWith(prefix) !== true) continue;
    return cluster.getWorkload(kind, namespace, pinned.workload.slice(prefix.length), signal);
  }
  return null;
}
