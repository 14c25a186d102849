import type { Plan } from '../core/plan.ts';
import { sentenceOfDeed } from '../core/words.ts';
import { pinnedWorkload } from './facts/follow.ts';
import { clusterOf } from './subject.ts';
import type { Work } from './work.ts';

type Involved = { readonly kind: string; readonly namespace: string; readonly name: string; readonly uid: string };

/**
 * Tells of an effect that is done by an Event on its target and on the workload behind it, where people who look at the cluster find it. Best
 * effort, and nobody waits for it: ends by itself and never rejects.
 */
export async function tellCluster(work: Work, plan: Plan): Promise<void> {
  const { deps, run } = work;
  const signal = AbortSignal.timeout(deps.timing.readMs);
  try {
    const cluster = clusterOf(work);
    const event = { type: 'Normal', reason: 'Remediated', message: sentenceOfDeed(run, plan), run: run.id } as const;
    const objects = await involved(work, signal);
    await Promise.all(objects.map((object) => cluster.recordEvent(object, event, signal)));
  } catch (error) {
    deps.log.debug({ run: run.id, err: error }, 'no Event tells of the effect');
  }
}

/** The object as the run pinned it, which an effect may have taken out of the world by now, and the workload that stays. */
async function involved(work: Work, signal: AbortSignal): Promise<readonly Involved[]> {
  const { run, edition } = work;
  const { pinned, target } = run;
  if (pinned === null) return [];
  const { namespace, kind } = target;
  const object = { kind, namespace, name: pinned.name, uid: pinned.uid };
  if (kind !== 'Pod') return [object];
  const workload = await pinnedWorkload({ cluster: clusterOf(work), run, edition, signal }, pinned);
  return workload === null ? [object] : [object, workload];
}
