import { workloadEntry } from '../../core/environment.ts';
import type { Workload } from '../../core/objects.ts';
import { workloadKey } from '../../core/pinned.ts';
import { candidates, guessOwner } from './find.ts';
import { followPod } from './follow.ts';
import { absent, onePod, type Located, type Place } from './located.ts';

/** Finds the object of a run: the one that it pinned or put in its place, else what the rule's finder yields. Throws `ClusterError`. */
export async function locate(place: Place): Promise<Located> {
  const { kind } = place.run.target;
  if (kind === 'Pod') return place.run.pinned === null ? findPod(place) : followPod(place, place.run.pinned);
  if (kind === 'Deployment' || kind === 'StatefulSet') return locateWorkload(place, kind);
  return { fact: { found: 'unknown', why: `no finder knows the kind ${kind}` }, workload: null };
}

async function findPod(place: Place): Promise<Located> {
  const { run, edition } = place;
  if (run.target.find.by === 'owner_of') {
    return { fact: { found: 'unknown', why: 'owner_of finds a workload, and the kind of the target is Pod' }, workload: null };
  }
  const pods = await candidates(place, workloadEntry(run, edition));
  const [pod, ...others] = pods;
  if (others.length > 0) return { fact: { found: 'several', count: pods.length }, workload: null };
  if (pod !== undefined) return onePod(place, pod, false);
  return absent(run.target.find.by === 'name' ? await guessOwner(place, run.target.find.value) : null);
}

/** A workload is found by its name, or as the one workload of this kind behind the pods that the finder yields. */
async function locateWorkload(place: Place, kind: 'Deployment' | 'StatefulSet'): Promise<Located> {
  const { cluster, run, edition, signal } = place;
  const { namespace, find } = run.target;
  const name = run.pinned?.name ?? (find.by === 'name' ? find.value : null);
  if (name !== null) return oneWorkload(await cluster.getWorkload(kind, namespace, name, signal));
  const pods = await candidates(place, workloadEntry(run, edition));
  const owners = await Promise.all(pods.map((pod) => cluster.workloadOf(pod, signal)));
  const distinct = new Map(owners.flatMap((owner) => (owner?.kind === kind ? [[owner.uid, owner]] : [])));
  if (distinct.size > 1) return { fact: { found: 'several', count: distinct.size }, workload: null };
  return oneWorkload([...distinct.values()][0] ?? null);
}

function oneWorkload(workload: Workload | null): Located {
  if (workload === null) return { fact: { found: 'none', owner: null }, workload: null };
  return { fact: { found: 'workload', workload, subject: workloadKey(workload) }, workload };
}
