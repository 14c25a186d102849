import { z } from 'zod';
import type { ContainerView, PodView } from '../../core/objects.ts';
import { parseTimestamp } from '../../core/timestamp.ts';

/** The parts of the API's objects that our views are made of; everything else is passed over. */
export const Texts = z
  .record(z.string(), z.string())
  .nullish()
  .transform((texts) => texts ?? {});

/** RFC 3339 in the API, ms here; null = not told. */
export const Time = z
  .string()
  .nullish()
  .transform((text) => (text === null || text === undefined ? null : parseTimestamp(text)));
const KnownTime = Time.pipe(z.number());

const Owner = z.object({ kind: z.string(), name: z.string(), uid: z.string(), controller: z.boolean().nullish() });

export const Meta = z.object({
  name: z.string(),
  namespace: z.string().default(''),
  uid: z.string(),
  labels: Texts,
  annotations: Texts,
  creationTimestamp: KnownTime,
  deletionTimestamp: Time,
  deletionGracePeriodSeconds: z.number().nullish(),
  generation: z.number().nullish(),
  ownerReferences: z.array(Owner).nullish(),
  managedFields: z.array(z.object({ manager: z.string().nullish() })).nullish(),
});
export type Meta = z.infer<typeof Meta>;

const Condition = z.object({ type: z.string(), status: z.string(), reason: z.string().nullish(), lastTransitionTime: Time });
export type Condition = z.infer<typeof Condition>;
export const Conditions = z
  .array(Condition)
  .nullish()
  .transform((conditions) => conditions ?? []);

const State = z.object({
  waiting: z.object({ reason: z.string().nullish() }).nullish(),
  running: z.object({ startedAt: Time }).nullish(),
  terminated: z.object({ reason: z.string().nullish(), startedAt: Time, finishedAt: Time }).nullish(),
});

const ContainerStatus = z.object({
  name: z.string(),
  ready: z.boolean(),
  restartCount: z.number(),
  state: State.nullish(),
  lastState: State.nullish(),
});

export const Pod = z.object({
  metadata: Meta,
  spec: z.object({ nodeName: z.string().nullish(), containers: z.array(z.object({ name: z.string() })) }),
  status: z
    .object({
      phase: z.string().nullish(),
      podIP: z.string().nullish(),
      conditions: Conditions,
      containerStatuses: z.array(ContainerStatus).nullish(),
    })
    .prefault({}),
});
export type Pod = z.infer<typeof Pod>;

export const Node = z.object({ status: z.object({ conditions: Conditions }).prefault({}) });

const phases = ['Pending', 'Running', 'Succeeded', 'Failed'] as const;

/** `nodeReady`: of the node that it runs on; null = it has none, or nobody can tell. */
export function podView(cluster: string, { metadata, spec, status }: Pod, nodeReady: boolean | null): PodView {
  const ready = conditionOf(status.conditions, 'Ready');
  return {
    cluster,
    namespace: metadata.namespace,
    name: metadata.name,
    uid: metadata.uid,
    labels: metadata.labels,
    annotations: metadata.annotations,
    phase: phases.find((phase) => phase === status.phase) ?? 'Unknown',
    ready: ready?.status === 'True',
    readySince: ready?.lastTransitionTime ?? null,
    createdAt: metadata.creationTimestamp,
    deletedAt: deletedAt(metadata),
    ip: status.podIP ?? null,
    node: spec.nodeName ?? null,
    nodeReady,
    owner: controllerOf(metadata),
    containers: spec.containers.map(({ name }) =>
      containerView(
        name,
        (status.containerStatuses ?? []).find((one) => one.name === name),
      ),
    ),
  };
}

/** Null = the node says nothing of it. Its own kubelet, or in its silence the control plane, keeps this condition. */
export function isNodeReady({ status }: z.infer<typeof Node>): boolean | null {
  const ready = conditionOf(status.conditions, 'Ready');
  return ready === null ? null : ready.status === 'True';
}

export function controllerOf({ ownerReferences }: Meta): PodView['owner'] {
  const owner = (ownerReferences ?? []).find(({ controller }) => controller === true);
  return owner === undefined ? null : { kind: owner.kind, name: owner.name, uid: owner.uid };
}

export function conditionOf(conditions: readonly Condition[], type: string): Condition | null {
  return conditions.find((condition) => condition.type === type) ?? null;
}

/** The API tells when the grace ends, not when it began. */
function deletedAt({ deletionTimestamp, deletionGracePeriodSeconds }: Meta): number | null {
  return deletionTimestamp === null ? null : deletionTimestamp - (deletionGracePeriodSeconds ?? 0) * 1000;
}

function containerView(name: string, status: z.infer<typeof ContainerStatus> | undefined): ContainerView {
  const { waiting, running, terminated } = status?.state ?? {};
  const state = running ? 'running' : terminated ? 'terminated' : 'waiting';
  return {
    name,
    ready: status?.ready ?? false,
    restarts: status?.restartCount ?? 0,
    state,
    reason: waiting?.reason ?? terminated?.reason ?? null,
    startedAt: running?.startedAt ?? terminated?.startedAt ?? null,
    endedAt: terminated?.finishedAt ?? status?.lastState?.terminated?.finishedAt ?? null,
  };
}
