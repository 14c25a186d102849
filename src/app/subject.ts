import type { Subject, Tools } from '../core/capability.ts';
import { workloadEntry } from '../core/environment.ts';
import { ClusterError, type Cluster } from '../core/ports.ts';
import type { Found } from './read-facts.ts';
import type { Work } from './work.ts';

/** What a capability of this run may use, bounded by `ms`. */
export function toolsOf(work: Work, ms: number): Tools {
  const { deps } = work;
  const signal = AbortSignal.any([work.signal, AbortSignal.timeout(ms)]);
  const { web, metrics, sources, digest } = deps;
  return { cluster: clusterOf(work), web, metrics, sources, digest, signal, now: work.now() };
}

/** Throws `ClusterError` when the run's cluster is no longer configured. */
export function clusterOf(work: Work): Cluster {
  const cluster = work.deps.clusters.get(work.run.target.cluster);
  if (cluster === null) throw new ClusterError('invalid', `cluster ${work.run.target.cluster} is not configured`);
  return cluster;
}

/** The object as the facts tell it; what could not be read throws `ClusterError`, what does not exist is null. */
export function subjectOf({ run, edition }: Pick<Work, 'run' | 'edition'>, { target, workload }: Found): Subject {
  if (!target.known) throw new ClusterError('unreachable', target.why);
  if (!workload.known) throw new ClusterError('unreachable', workload.why);
  const pod = target.value.found === 'one' ? target.value.pod : null;
  const entry = workloadEntry(run, edition);
  return { run, edition, pod, workload: workload.value?.workload ?? null, health: workload.value?.health ?? null, entry };
}
