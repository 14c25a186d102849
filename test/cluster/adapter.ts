import { createKubernetesCluster } from '../../src/adapters/kubernetes/cluster.ts';
import type { Cluster } from '../../src/core/ports.ts';
import { processClock, recordingLog } from '../support/log.ts';

/** The adapter with this kubeconfig, as the daemon makes it, but fast: its own limit on calls has tests of its own. */
export function connectTo({ kubeconfig, context }: { kubeconfig: string; context: string }): Promise<Cluster & Disposable> {
  const credentials = { kind: 'kubeconfig', file: kubeconfig, context } as const;
  return createKubernetesCluster({
    name: 'real',
    version: 'test',
    qps: 1_000,
    burst: 1_000,
    credentials,
    log: recordingLog(),
    clock: processClock,
  });
}
