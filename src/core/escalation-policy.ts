import type { Edition, EscalationPolicy } from './edition.ts';
import type { Escalation } from './incident.ts';
import type { LinkConfig } from './links.ts';
import { isClusterWide, type Reason } from './reasons.ts';
import type { Hold, Run } from './run.ts';
import type { SilentEpisode } from './store.ts';
import { PRIORITIES } from './edition.ts';
import { reportOf, reportOfAlert } from './report.ts';

/**
 * What makes two escalations one incident: cluster, namespace, workload and rule. While a brake holds a run, it is one incident per
 * cluster: a hundred runs that wait for the same brake are one thing to a human.
 */
export function incidentKey(run: Pick<Run, 'rule' | 'target' | 'pinned' | 'hold'>): string {
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
  const policy = policyOf(run, edition, reason);
  const key = incidentKey(run);
  return {
    // Another team's incident is another incident: attached to ours, it would be told to us alone.
    key: policy.name === (edition.escalation ?? nobody).name ? key : `${key}|${policy.name}`,
    priority: run.priority,
    title: report.title,
    reason,
    run: run.id,
    target: run.target.key,
    policy: frozenPolicy(edition, policy),
    report,
  };
}

/**
 * What a run is held by that holds a whole cluster: one incident of each cluster and policy, so that every team that waits for it hears of it
 * once. Its target is the cluster, whichever run tells of it.
 */
export function clusterEscalationOf(run: Run, edition: Edition, { reason, detail }: Hold, links: LinkConfig): Escalation {
  const { cluster } = run.target;
  const escalation = escalationOf(run, edition, reason, detail, links);
  const title = `${run.priority} cluster ${cluster}: ${reason}`;
  const target = `cluster:${cluster}`;
  return {
    ...escalation,
    key: `${reason}|${cluster}|${escalation.policy.name}`,
    title,
    target,
    report: { ...escalation.report, title, target },
  };
}

/** The cluster that such an incident is about; null = it is about something else. */
export function clusterOfIncident({ key, reason }: Pick<Escalation, 'key' | 'reason'>): string | null {
  const [kind, cluster = ''] = key.split('|');
  return kind === reason && isClusterWide(reason) ? cluster : null;
}

/** For a firing alert that nothing covers. `slot` is (rule, target); `policy` tells those who are told when no rule can say who. */
export function orphanEscalation(
  orphan: Pick<SilentEpisode, 'labels' | 'annotations' | 'startsAt'> & { readonly slot: string },
  policy: EscalationPolicy,
  links: LinkConfig,
): Escalation {
  const { slot, labels, annotations, startsAt } = orphan;
  const [rule = '', ...target] = slot.split('|');
  const priority = PRIORITIES.find((one) => one === labels['priority']) ?? 'P2';
  const alert = { rule, target: target.join('|'), priority, labels, annotations, startsAt };
  const report = reportOfAlert(alert, 'orphaned', '', links);
  return { key: `orphaned|${slot}`, priority, title: report.title, reason: 'orphaned', run: '', target: alert.target, policy, report };
}

/** A rule that only observes may have no receiver: its incident is seen, and told to nobody. */
const nobody: EscalationPolicy = { name: 'nobody', steps: [], repeat: null, fallback: null };

/** The rule's policy, or the one that the step names which hands the case over. */
function policyOf(run: Run, edition: Edition, reason: Reason): EscalationPolicy {
  const step = edition.ladder[run.rung]?.steps[run.at];
  const named = reason === 'handed-over' && step?.word === 'escalate' ? edition.handOver?.[step.to] : undefined;
  return named ?? edition.escalation ?? nobody;
}

/** The policy with the receivers of each priority as steps of their own, in the order of time: all that is needed later stands in it. */
function frozenPolicy(edition: Pick<Edition, 'priorities'>, policy: EscalationPolicy): EscalationPolicy {
  const byPriority = PRIORITIES.filter((priority) => edition.priorities[priority].notify.length > 0).map((priority) => ({
    afterMs: 0,
    notify: edition.priorities[priority].notify,
    unless: null,
    priorities: [priority],
  }));
  return { ...policy, steps: [...policy.steps, ...byPriority].toSorted((a, b) => a.afterMs - b.afterMs) };
}
