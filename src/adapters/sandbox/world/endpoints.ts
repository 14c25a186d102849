import { faultOf, type PodState } from './state.ts';

/** What a pod's port answers: a response, a refused connection, or nothing at all. */
export type PortAnswer = { readonly status: number; readonly body: string } | 'refused' | 'hang';

export function getFromPod(pod: PodState, port: number, path: string): PortAnswer {
  const { spec } = pod.slot.workload;
  if (pod.container.state !== 'running' || !spec.ports.includes(port)) return 'refused';
  if (faultOf(pod, 'hang') !== null) return 'hang';
  const [route] = path.split('?');
  if (route === '/metrics') return { status: 200, body: metricsOf(pod) };
  if (route === '/ready') return pod.ready ? answer(200, 'ready') : answer(503, 'not ready');
  if (route === '/health' || route === '/v1/health') {
    const fault = faultOf(pod, 'unhealthy');
    return fault === null ? answer(200, 'ok') : answer(fault.status, 'unhealthy');
  }
  return answer(404, 'not found');
}

const answer = (status: number, word: string) => ({ status, body: `${JSON.stringify({ status: word })}\n` });

export function peersOf(pod: PodState): number {
  return faultOf(pod, 'low-peers')?.peers ?? pod.slot.workload.spec.peers;
}

export function storageUsedOf(pod: PodState): number {
  return faultOf(pod, 'storage')?.used ?? pod.slot.workload.spec.storage_used;
}

function metricsOf(pod: PodState): string {
  const { storage_total_bytes: total } = pod.slot.workload.spec;
  const gauges = {
    archivechain_network_peer_count: peersOf(pod),
    archivechain_storage_used_bytes: Math.round(storageUsedOf(pod) * total),
    archivechain_storage_total_bytes: total,
  };
  return Object.entries(gauges)
    .map(([name, value]) => `# TYPE ${name} gauge\n${name} ${value}\n`)
    .join('');
}
