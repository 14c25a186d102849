import type { PodView, Workload } from '../../src/core/objects.ts';
import { NOON } from './sample.ts';

/** A healthy member of a StatefulSet of three, as the port shows it. */
export function samplePod(over: Partial<PodView> = {}): PodView {
  return {
    cluster: 'main',
    namespace: 'archivechain-prod',
    name: 'node-1',
    uid: 'u-1',
    labels: { app: 'node' },
    annotations: {},
    phase: 'Running',
    ready: true,
    readySince: NOON - 3_600_000,
    createdAt: NOON - 3_600_000,
    deletedAt: null,
    ip: '10.0.0.1',
    node: 'node-a',
    nodeReady: true,
    owner: { kind: 'StatefulSet', name: 'node', uid: 'w-1' },
    containers: [
      { name: 'archivechain-node', ready: true, restarts: 0, state: 'running', reason: null, startedAt: NOON - 3_600_000, endedAt: null },
    ],
    ...over,
  };
}

export function sampleWorkload(over: Partial<Workload> = {}): Workload {
  return {
    cluster: 'main',
    kind: 'StatefulSet',
    namespace: 'archivechain-prod',
    name: 'node',
    uid: 'w-1',
    labels: { app: 'node' },
    annotations: {},
    managers: ['kubectl'],
    replicas: 3,
    rollingOut: false,
    ...over,
  };
}
