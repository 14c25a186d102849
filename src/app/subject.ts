import type { Subject, Tools } from '../core/capability.ts';
import { workloadEntry } from '../core/environment.ts';
import { healthOfMembers } from '../core/health.ts';
import { ClusterError, type Cluster } from '../core/ports.ts';
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

/** Reads the object of the run afresh, as pinned, with its workload. What does not exist is null; what cannot be read throws `ClusterError`. */
export async function readSubject(work: Work, tools: Tools): Promise<Subject> {
  const { run, edition } = work;
  const { cluster, signal } = tools;
  const entry = workloadEntry(run, edition);
  const pod = run.pinned === null ? null : await cluster.getPod(run.target.namespace, run.pinned.name, signal);
  const workload = pod === null ? null : await cluster.workloadOf(pod, signal);
  if (workload === null) return { run, edition, pod, workload, health: null, entry };
  const members = await cluster.membersOf(workload, signal);
  return { run, edition, pod, workload, health: healthOfMembers(workload.replicas, members), entry };
}
