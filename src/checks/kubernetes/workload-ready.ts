import { z } from 'zod';
import type { Check } from '../../core/capability.ts';
import { healthOf, healthOfMembers } from '../../core/health.ts';
import { ClusterError } from '../../core/ports.ts';
import { reading, told } from '../output.ts';
import { readWorkload } from './workload.ts';

const Params = z.strictObject({});

export const workloadReady: Check<z.infer<typeof Params>> = {
  name: 'kubernetes/workload-ready',
  summary: 'Tells whether all replicas of the workload are ready and no rollout is under way.',
  params: Params,
  rights: [
    { verb: 'get', group: 'apps', resource: 'statefulsets', subresource: null },
    { verb: 'get', group: 'apps', resource: 'deployments', subresource: null },
    { verb: 'get', group: 'apps', resource: 'daemonsets', subresource: null },
    { verb: 'list', group: '', resource: 'pods', subresource: null },
  ],
  output: {
    desired: { type: 'int', describe: 'Replicas that there should be.' },
    healthy: { type: 'int', describe: 'Members that are ready and not terminating.' },
    rolling_out: { type: 'bool', describe: 'A new revision is being rolled out.' },
  },
  run(subject, _params, tools) {
    return reading(
      async () => {
        const state = await readWorkload(subject, tools);
        if (state === null) return told(false, 'there is no workload', { desired: 0, healthy: 0, rolling_out: false });
        const { workload, members } = state;
        const { desired, healthy } = healthOfMembers(workload.replicas, members);
        const all = healthOf('StatefulSet', null, workload, members);
        return told(all.healthy, all.message, { desired, healthy, rolling_out: workload.rollingOut });
      },
      (error) => error instanceof ClusterError,
    );
  },
};
