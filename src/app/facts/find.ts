import type { WorkloadEntry } from '../../core/edition.ts';
import type { PodView, Workload } from '../../core/objects.ts';
import type { Place } from './located.ts';

/**
 * Pods that the rule's finder yields. A finder that lists passes over pods that ended: they keep their address and labels, but nothing
 * runs in them. `owner_of` yields the pod whose owner is asked for.
 */
export async function candidates(place: Place, entry: WorkloadEntry | null): Promise<readonly PodView[]> {
  const { by, value } = place.run.target.find;
  switch (by) {
    case 'name':
    case 'owner_of':
      return named(place, value);
    case 'pod_ip':
      return listed(place, { podIP: value });
    case 'node_name':
      return listed(place, { nodeName: value });
    case 'selector':
      return listed(place, { selector: value });
    case 'claim_of':
      return (await listed(place, {})).filter((pod) => mountsClaim(pod, value, entry));
    default:
      throw new Error(`run ${place.run.id}: there is no finder ${by}`);
  }
}

async function named({ cluster, run, signal }: Place, name: string): Promise<readonly PodView[]> {
  const pod = await cluster.getPod(run.target.namespace, name, signal);
  return pod === null ? [] : [pod];
}

async function listed(
  { cluster, run, signal }: Place,
  filter: { selector?: string; podIP?: string; nodeName?: string },
): Promise<readonly PodView[]> {
  const pods = await cluster.listPods(run.target.namespace, filter, signal);
  return pods.filter(({ phase }) => phase !== 'Succeeded' && phase !== 'Failed');
}

/** A StatefulSet names the claim of its pod `<template>-<pod>`; the configured prefix tells `data-a-0` of `a-0` from that of `data-a`'s. */
function mountsClaim({ name, owner }: PodView, claim: string, entry: WorkloadEntry | null): boolean {
  if (owner?.kind !== 'StatefulSet') return false;
  const prefix = entry?.claimPrefix ?? null;
  return prefix === null ? claim.endsWith(`-${name}`) : claim === `${prefix}-${name}`;
}

/** Letters and digits that Kubernetes makes names of. */
const generated = '[bcdfghjklmnpqrstvwxz2456789]';
const patterns = [
  { kind: 'StatefulSet', shape: /^(.+)-\d+$/ },
  { kind: 'Deployment', shape: new RegExp(`^(.+)-${generated}{1,10}-${generated}{5}$`) },
  { kind: 'DaemonSet', shape: new RegExp(`^(.+)-${generated}{5}$`) },
] as const satisfies readonly { kind: Workload['kind']; shape: RegExp }[];

/** The workload that a pod of this name would belong to, where there is one: whether it is whole tells if anything is left to do. */
export async function guessOwner({ cluster, run, signal }: Place, podName: string): Promise<Workload | null> {
  for (const { kind, shape } of patterns) {
    const name = shape.exec(podName)?.[1];
    const workload = name === undefined ? null : await cluster.getWorkload(kind, run.target.namespace, name, signal);
    if (workload !== null) return workload;
  }
  return null;
}
