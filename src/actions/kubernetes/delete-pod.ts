import { z } from 'zod';
import { PlanRefused, type Action, type Tools } from '../../core/capability.ts';
import type { LookUp, Plan } from '../../core/plan.ts';
import { ClusterError } from '../../core/ports.ts';
import { healthOfRestart, locksOfDisruption, rightsIn, withHash } from '../plan.ts';

const Params = z.strictObject({
  grace_seconds: z
    .int()
    .min(0)
    .max(3600)
    .nullable()
    .default(null)
    .describe('Time that the containers get to end by themselves; null = as the pod says.'),
});
type Params = z.infer<typeof Params>;

const Request = z.object({ namespace: z.string(), name: z.string(), graceSeconds: z.number().nullable() });
const Preconditions = z.object({ uid: z.string() });

const ACTION = 'kubernetes/delete-pod';
const rights = [
  { verb: 'get', group: '', resource: 'pods', subresource: null },
  { verb: 'delete', group: '', resource: 'pods', subresource: null },
];

/** Restarts one pod by deleting it: its workload makes a successor of another uid. */
export const deletePod: Action<Params> = {
  name: ACTION,
  summary: 'Deletes exactly the pod that was looked at, so that its workload makes a new one.',
  params: Params,
  rights,
  effect: 'idempotent',

  async plan({ pod, workload, health }, { grace_seconds: graceSeconds }, tools) {
    if (pod === null) throw new PlanRefused('there is no pod to delete');
    if (pod.owner === null) throw new PlanRefused(`no workload would make pod ${pod.namespace}/${pod.name} again`);
    const { namespace, name, uid } = pod;
    return withHash(
      {
        action: ACTION,
        cluster: pod.cluster,
        request: { namespace, name, graceSeconds },
        preconditions: { uid },
        touches: locksOfDisruption(pod, workload),
        patches: [],
        cost: 1,
        rights: rightsIn(namespace, rights),
        describe: `delete pod ${namespace}/${name} (uid ${uid})`,
        loses: 'memory and scratch files of the pod; its logs, unless collected before',
        healthy: healthOfRestart(pod, health),
        replaces: true,
      },
      tools.digest,
    );
  },

  async perform(plan, run, { cluster, signal }, dryRun) {
    return cluster.deletePod({ ...Request.parse(plan.request), ...Preconditions.parse(plan.preconditions), dryRun, run }, signal);
  },

  async lookUp(plan, _run, tools) {
    try {
      return await findTrace(plan, tools);
    } catch (error) {
      if (error instanceof ClusterError) return { kind: 'unreadable', message: error.message };
      throw error;
    }
  },
};

/** A pod that is gone, replaced or ending was deleted; by whom does not matter, since it is what the plan wanted. */
async function findTrace(plan: Plan, { cluster, signal }: Tools): Promise<LookUp> {
  const { namespace, name } = Request.parse(plan.request);
  const { uid } = Preconditions.parse(plan.preconditions);
  const pod = await cluster.getPod(namespace, name, signal);
  const untouched = pod?.uid === uid && pod.deletedAt === null;
  return untouched ? { kind: 'not-done' } : { kind: 'done', output: { uid } };
}
