import { z } from 'zod';
import type { Check } from '../../core/capability.ts';
import { healthOf } from '../../core/health.ts';
import { ClusterError } from '../../core/ports.ts';
import { reading, told } from '../output.ts';

const Params = z.strictObject({
  container: z.string().optional().describe("Whose state is told. Default: the workload's, else the first."),
});

/** What the API says of the pod; a pod that does not exist is an answer, not an error. */
export const podStatus: Check<z.infer<typeof Params>> = {
  name: 'kubernetes/pod-status',
  summary: 'Tells phase, readiness, restarts and container state of the pod; ok = ready and not terminating.',
  params: Params,
  rights: [{ verb: 'get', group: '', resource: 'pods', subresource: null }],
  output: {
    phase: { type: 'string', describe: 'Pending, Running, Succeeded, Failed, Unknown, or Absent when there is no such pod.' },
    ready: { type: 'bool', describe: 'As the kubelet reports it.' },
    terminating: { type: 'bool', describe: 'It is being deleted.' },
    waiting_reason: { type: 'string', describe: 'Why the container waits, e.g. CrashLoopBackOff; empty = it does not wait.' },
    terminated_reason: { type: 'string', describe: 'Why the container ended, e.g. OOMKilled; empty = it did not end.' },
    restarts: { type: 'int', describe: 'Of the container.' },
    uid: { type: 'string', describe: 'Of the pod.' },
    node: { type: 'string', describe: 'Where it runs; empty = nowhere yet.' },
    ip: { type: 'string', describe: 'Of the pod; empty = none yet.' },
  },
  run({ pod, entry }, params) {
    const wanted = params.container ?? entry?.container;
    const container = pod?.containers.find(({ name }) => wanted === undefined || name === wanted);
    const reasonIf = (state: string) => (container?.state === state ? (container.reason ?? '') : '');
    return reading(
      async () => {
        const { healthy, message } = healthOf('Pod', pod, null, []);
        return told(healthy, message, {
          phase: pod?.phase ?? 'Absent',
          ready: pod?.ready ?? false,
          terminating: pod !== null && pod.deletedAt !== null,
          waiting_reason: reasonIf('waiting'),
          terminated_reason: reasonIf('terminated'),
          restarts: container?.restarts ?? 0,
          uid: pod?.uid ?? '',
          node: pod?.node ?? '',
          ip: pod?.ip ?? '',
        });
      },
      (error) => error instanceof ClusterError,
    );
  },
};
