import { z } from 'zod';
import type { Workload } from '../../core/objects.ts';
import { conditionOf, Conditions, Meta } from './pod-view.ts';

const Selector = z.object({
  matchLabels: z.record(z.string(), z.string()).nullish(),
  matchExpressions: z
    .array(
      z.object({ key: z.string(), operator: z.enum(['In', 'NotIn', 'Exists', 'DoesNotExist']), values: z.array(z.string()).nullish() }),
    )
    .nullish(),
});
type Selector = z.infer<typeof Selector>;

const count = z
  .number()
  .nullish()
  .transform((number) => number ?? 0);

/** All four kinds of apps/v1 at once: each has some of the fields. */
export const ApiWorkload = z.object({
  metadata: Meta,
  spec: z.object({
    replicas: z.number().nullish(),
    selector: Selector,
    updateStrategy: z
      .object({ type: z.string().nullish(), rollingUpdate: z.object({ partition: z.number().nullish() }).nullish() })
      .nullish(),
  }),
  status: z
    .object({
      observedGeneration: count,
      replicas: count,
      updatedReplicas: count,
      currentRevision: z.string().nullish(),
      updateRevision: z.string().nullish(),
      desiredNumberScheduled: count,
      updatedNumberScheduled: count,
      conditions: Conditions,
    })
    .prefault({}),
});
export type ApiWorkload = z.infer<typeof ApiWorkload>;

export const resources = {
  StatefulSet: 'statefulsets',
  Deployment: 'deployments',
  DaemonSet: 'daemonsets',
  ReplicaSet: 'replicasets',
} as const satisfies Record<Workload['kind'], string>;

export function workloadView(cluster: string, kind: Workload['kind'], found: ApiWorkload): Workload {
  const { namespace, name, uid, labels, annotations } = found.metadata;
  const { spec, status } = found;
  const replicas = kind === 'DaemonSet' ? status.desiredNumberScheduled : (spec.replicas ?? 1);
  const managers = [...new Set((found.metadata.managedFields ?? []).flatMap(({ manager }) => manager ?? []))];
  return { cluster, kind, namespace, name, uid, labels, annotations, managers, replicas, rollingOut: isRollingOut(kind, found) };
}

/**
 * The controller has not seen the newest specification yet, or still replaces pods by ones of another revision. That some pods are away is
 * no rollout.
 */
function isRollingOut(kind: Workload['kind'], found: ApiWorkload): boolean {
  if (found.status.observedGeneration < (found.metadata.generation ?? 0)) return true;
  switch (kind) {
    case 'StatefulSet':
      return isStatefulSetUpdating(found);
    case 'Deployment':
      return isDeploymentUpdating(found);
    case 'DaemonSet':
      return isRolling(found) && found.status.updatedNumberScheduled < found.status.desiredNumberScheduled;
    case 'ReplicaSet':
      return false;
  }
}

/** Both revisions are the same once all pods are updated and ready. Ordinals below the partition keep the old one on purpose. */
function isStatefulSetUpdating(found: ApiWorkload): boolean {
  const { spec, status } = found;
  if (!isRolling(found) || status.currentRevision === status.updateRevision) return false;
  const partition = spec.updateStrategy?.rollingUpdate?.partition ?? 0;
  return partition === 0 || status.updatedReplicas < (spec.replicas ?? 1) - partition;
}

/** Its condition says `NewReplicaSetAvailable` from the end of one rollout to the begin of the next. */
function isDeploymentUpdating({ status }: ApiWorkload): boolean {
  if (status.replicas > status.updatedReplicas) return true;
  const progressing = conditionOf(status.conditions, 'Progressing');
  return progressing?.status === 'True' && progressing.reason !== 'NewReplicaSetAvailable';
}

/** With `OnDelete` nobody but whoever deletes pods brings the new revision. */
function isRolling({ spec }: ApiWorkload): boolean {
  return spec.updateStrategy?.type !== 'OnDelete';
}

/** As a label selector in a query. */
export function selectorText({ matchLabels, matchExpressions }: Selector): string {
  const equal = Object.entries(matchLabels ?? {}).map(([key, value]) => `${key}=${value}`);
  const others = (matchExpressions ?? []).map(({ key, operator, values }) => {
    switch (operator) {
      case 'In':
        return `${key} in (${(values ?? []).join(',')})`;
      case 'NotIn':
        return `${key} notin (${(values ?? []).join(',')})`;
      case 'Exists':
        return key;
      case 'DoesNotExist':
        return `!${key}`;
    }
  });
  return [...equal, ...others].join(',');
}
