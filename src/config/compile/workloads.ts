import type { GuardPolicy, WorkloadEntry } from '../../core/edition.ts';
import type { Matcher } from '../../core/matcher.ts';
import type { Starts } from '../../core/schedule/starts.ts';
import { majority, maxUnavailable, minHealthy } from '../../core/members.ts';

/** Entries whose app a rule's matchers let through; of a rule without any, that of its own label, which only a human may leave open. */
export function workloadsOf(
  matchers: readonly Matcher[],
  { schedule, labels }: Pick<Starts, 'schedule' | 'labels'>,
  workloads: Readonly<Record<string, WorkloadEntry>>,
): Record<string, WorkloadEntry> {
  const onApp = matchers.filter(({ name }) => name === 'app');
  const own = matchers.length > 0 ? undefined : (labels['app'] ?? (schedule === null ? undefined : ''));
  const takes = (app: string) => (own === undefined || own === app) && onApp.every((matcher) => matcher.matches({ app }));
  return Object.fromEntries(Object.entries(workloads).filter(([app]) => takes(app)));
}

/** Whether expressions can read `workload.<field>` of the entry; the other side of core/environment.ts. */
export function provides(entry: WorkloadEntry, field: string): boolean {
  const [name, port = ''] = field.split('.');
  switch (name) {
    case 'process':
      return entry.process !== null;
    case 'health_path':
      return entry.healthPath !== null;
    case 'peers_command':
      return entry.peersCommand !== null;
    case 'claim_prefix':
      return entry.claimPrefix !== null;
    case 'metrics_port':
      return Object.hasOwn(entry.ports, 'metrics');
    case 'ports':
      return port === '' || Object.hasOwn(entry.ports, port);
    default:
      return true;
  }
}

/**
 * Why a restart of one member could never pass the guards in a workload of this size; null = it can. At best all others are healthy while it
 * is away.
 */
export function whyNeverPasses({ maxUnavailable: most, minHealthy: least }: GuardPolicy, size: number): string | null {
  if (most !== null && maxUnavailable(most, size) < 1) return `max_unavailable allows none of ${size} to be away`;
  if (least !== null && minHealthy(least, size) > size - 1)
    return `min_healthy demands ${minHealthy(least, size)} of ${size}, and one is away`;
  return null;
}

/** From how many healthy members on a rule restarts one that is not healthy, and one that is. More than there are means never. */
export function actsFrom(
  { maxUnavailable: most, minHealthy: least, quorum }: GuardPolicy,
  { kind, replicas }: Pick<WorkloadEntry, 'kind'> & { readonly replicas: number },
) {
  const need = Math.max(0, most === null ? 0 : replicas - maxUnavailable(most, replicas), least === null ? 0 : minHealthy(least, replicas));
  const voters = quorum === 'majority' && kind === 'StatefulSet' ? majority(replicas) : 0;
  return { unhealthy: need, healthy: Math.max(need, voters) + 1 };
}
