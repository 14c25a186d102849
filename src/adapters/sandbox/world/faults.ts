import type { PodFault } from '../fleet.ts';
import { finishTermination, refresh, startContainer } from './pods.ts';
import type { PodState } from './state.ts';
import type { World } from './world.ts';

/** Lets the pod suffer; answers how to lift it. A fault that outlives the pod stays with its place in the workload. */
export function applyFault(world: World, pod: PodState, fault: PodFault): () => void {
  const bearer = fault.until === 'deleted' ? pod.faults : pod.slot.faults;
  bearer.add(fault);
  begin(world, pod, fault);
  const lift = () => {
    if (bearer.delete(fault) && pod.slot.pod !== null) recover(world, fault.until === 'deleted' ? pod : pod.slot.pod, fault);
  };
  if (typeof fault.until === 'number') world.afterExactly(fault.until, lift);
  return lift;
}

function begin(world: World, pod: PodState, fault: PodFault): void {
  if (fault.kind === 'crash-loop' && pod.container.state === 'running') {
    Object.assign(pod.container, { state: 'waiting', reason: 'CrashLoopBackOff', startedAt: null, endedAt: world.now, warm: false });
    startContainer(world, pod);
  }
  if (fault.kind === 'low-peers') world.log(pod, `level=warn msg="lost peers" peers=${fault.peers}`);
  if (fault.kind === 'unhealthy') world.log(pod, `level=error msg="health check failed" status=${fault.status}`);
  refresh(world, pod);
}

function recover(world: World, pod: PodState, fault: PodFault): void {
  if (fault.kind === 'pending') startContainer(world, pod);
  if (fault.kind === 'stuck-terminating' && pod.deletedAt !== null) finishTermination(world, pod);
  refresh(world, pod);
}

/** Ends all faults that this signal cures. */
export function cure(world: World, pod: PodState, signal: string): void {
  for (const bearer of [pod.faults, pod.slot.faults]) {
    for (const fault of bearer) {
      if (fault.kind === 'low-peers' && fault.cured_by.includes(`SIG${signal}`)) {
        bearer.delete(fault);
        world.log(pod, `level=info msg="network restarted" signal=SIG${signal}`);
      }
    }
  }
}
