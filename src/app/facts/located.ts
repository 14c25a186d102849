import type { Edition } from '../../core/edition.ts';
import type { TargetFact } from '../../core/facts.ts';
import type { ObjectRef, PodView, Workload } from '../../core/objects.ts';
import { subjectOf } from '../../core/pinned.ts';
import type { Cluster } from '../../core/ports.ts';
import type { Run } from '../../core/run.ts';

/** The object found, with the workload behind it where there is one. */
export interface Located {
  readonly fact: TargetFact;
  readonly workload: Workload | null;
}

/** Where the run's target is looked for. */
export interface Place {
  readonly cluster: Cluster;
  readonly run: Run;
  readonly edition: Edition;
  readonly signal: AbortSignal;
}

/** `own`: this run put it there. */
export async function onePod({ cluster, signal }: Pick<Place, 'cluster' | 'signal'>, pod: PodView, own: boolean): Promise<Located> {
  const workload = await cluster.workloadOf(pod, signal);
  const owner = workload === null ? null : refOf(workload);
  return { fact: { found: 'one', pod, owner, subject: subjectOf(pod, workload), ownSuccessor: own }, workload };
}

export function absent(workload: Workload | null): Located {
  return { fact: { found: 'none', owner: workload === null ? null : refOf(workload) }, workload };
}

function refOf({ cluster, kind, namespace, name, uid }: Workload): ObjectRef {
  return { cluster, kind, namespace, name, uid };
}
