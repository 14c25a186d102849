import type { Edition, EscalationPolicy, Priority } from './edition.ts';
import type { Escalation } from './incident.ts';
import type { LinkConfig } from './links.ts';
import type { Reason } from './reasons.ts';
import type { Run } from './run.ts';
import { PRIORITIES } from './edition.ts';
import { reportOf } from './report.ts';

/**
 * What makes two escalations one incident: cluster, namespace, workload and rule. While a brake holds a run, it is one incident per
 * cluster: a hundred runs that wait for the same brake are one thing to a human.
 */
export function incidentKey(run: Run): string {
  const { cluster, namespace, key } = run.target;
  if (run.hold?.reason === 'paused') return `paused|${cluster}`;
  return [cluster, namespace, run.pinned?.workload ?? key, run.rule].join('|');
}

/** The store's own trouble is one incident per cluster, whatever it hits. */
export function storeIncidentKey(cluster: string): string {
  return `store|${cluster}`;
}

/** What the script that opens or attaches the incident of `run` is given. `reason` may be another than the run's own (`overdue`). */
export function escalationOf(run: Run, edition: Edition, reason: Reason, detail: string, links: LinkConfig): Escalation {
  const report = reportOf(run, edition, reason, detail, links);
  return {
    key: incidentKey(run),
    priority: run.priority,
    title: report.title,
    reason,
    run: run.id,
    target: run.target.key,
    policy: frozenPolicy(edition),
    report,
  };
}

/** A rule that only observes may have no receiver: its incident is seen, and told to nobody. */
const nobody: EscalationPolicy = { name: 'nobody', steps: [], repeat: null, fallback: null };

/** The policy with the receivers of each priority as steps of their own, in the order of time: all that is needed later stands in it. */
export function frozenPolicy(edition: Pick<Edition, 'escalation' | 'priorities'>): EscalationPolicy {
  const policy = edition.escalation ?? nobody;
  const byPriority = PRIORITIES.filter((priority) => edition.priorities[priority].notify.length > 0).map((priority: Priority) => ({
    afterMs: 0,
    notify: edition.priorities[priority].notify,
    unless: null,
    priorities: [priority],
  }));
  return { ...policy, steps: [...policy.steps, ...byPriority].toSorted((a, b) => a.afterMs - b.afterMs) };
}
