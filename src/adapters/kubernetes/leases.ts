import { z } from 'zod';
import type { Cluster, LeaseView } from '../../core/ports.ts';
import { formatTimestamp } from '../../core/timestamp.ts';
import { callIn, type Call } from './call.ts';

const group = 'coordination.k8s.io/v1';

export const Lease = z.object({
  metadata: z.object({ resourceVersion: z.string() }),
  spec: z.object({ holderIdentity: z.string().nullish(), renewTime: z.string().nullish() }).nullish(),
});

export function getLeaseCall(namespace: string, name: string): Call {
  return callIn(namespace, 'get', 'leases', name, { group });
}

/** An empty holder is nobody: so a Lease is given up by client-go. */
export function leaseView({ metadata, spec }: z.infer<typeof Lease>): LeaseView {
  const holder = spec?.holderIdentity ?? '';
  return { holder: holder === '' ? null : holder, renewed: spec?.renewTime ?? '', version: metadata.resourceVersion };
}

/** The resourceVersion makes the API server refuse it when somebody else was faster. */
export function putLeaseCall({ namespace, name, holder, durationMs, version }: Parameters<Cluster['putLease']>[0], now: number): Call {
  const renewTime = formatTimestamp(now).replace('Z', '000Z');
  const body = {
    apiVersion: group,
    kind: 'Lease',
    metadata: { name, namespace, ...(version === null ? {} : { resourceVersion: version }) },
    spec: { holderIdentity: holder, leaseDurationSeconds: Math.ceil(durationMs / 1000), renewTime },
  };
  const details = { group, body, query: [['fieldManager', 'remediad']] as const };
  return version === null ? callIn(namespace, 'create', 'leases', null, details) : callIn(namespace, 'update', 'leases', name, details);
}
