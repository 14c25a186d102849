import type { Subject, Tools } from '../core/capability.ts';
import { workloadEntry } from '../core/environment.ts';
import { healthOfMembers } from '../core/health.ts';
import { ClusterError, type Cluster } from '../core/ports.ts';
import { locate } from './facts/locate.ts';
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

/** Reads the object of the run afresh: the one pinned, or its own successor. What does not exist is null; what cannot be read throws `ClusterError`. */
export async function readSubject({ run, edition }: Work, { cluster, signal }: Tools): Promise<Subject> {
  const { fact, workload } = await locate({ cluster, run, edition, signal });
  const pod = fact.found === 'one' ? fact.pod : null;
  const health = workload === null ? null : healthOfMembers(workload.replicas, await cluster.membersOf(workload, signal));
  return { run, edition, pod, workload, health, entry: workloadEntry(run, edition) };
}
