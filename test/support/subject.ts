import { createHash } from 'node:crypto';
import type { Subject, Tools } from '../../src/core/capability.ts';
import { healthOfMembers } from '../../src/core/health.ts';
import type { Cluster } from '../../src/core/ports.ts';
import { sampleEdition, sampleRun } from './sample.ts';

/** The tools of a capability on this cluster, with nothing else configured. */
export function toolsOn(cluster: Cluster, over: Partial<Tools> = {}): Tools {
  return {
    cluster,
    web: { get: () => Promise.reject(new Error('no web')) },
    metrics: null,
    sources: [],
    digest: (text) => createHash('sha256').update(text).digest('hex'),
    signal: AbortSignal.timeout(10_000),
    now: Date.now(),
    ...over,
  };
}

/** A pod of the cluster as the subject of a run, read now, with its workload. */
export async function readSubjectOf(cluster: Cluster, namespace: string, name: string, over: Partial<Subject> = {}): Promise<Subject> {
  const signal = AbortSignal.timeout(10_000);
  const pod = await cluster.getPod(namespace, name, signal);
  const workload = pod === null ? null : await cluster.workloadOf(pod, signal);
  const health = workload === null ? null : healthOfMembers(workload.replicas, await cluster.membersOf(workload, signal));
  const key = `pod:${cluster.name}/${namespace}/${name}`;
  const owner = workload === null ? null : `${workload.kind.toLowerCase()}:${cluster.name}/${namespace}/${workload.name}`;
  const run = sampleRun({
    target: { cluster: cluster.name, kind: 'Pod', namespace, find: { by: 'name', value: name }, key, unresolved: null },
    pinned: { uid: pod?.uid ?? 'u-1', name, subject: key, workload: owner },
  });
  return { run, edition: sampleEdition(), pod, workload, health, entry: null, ...over };
}
