import type { Edition, EscalationPolicy } from './edition.ts';
import type { Escalation, Incident } from './incident.ts';
import type { LinkConfig } from './links.ts';
import type { Reason } from './reasons.ts';
import type { Run } from './run.ts';
import type { SilentEpisode } from './store.ts';
import type { Timing } from './timing.ts';
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

type Step = EscalationPolicy['steps'][number];
type Progress = Pick<Incident, 'state' | 'priority' | 'openedAt' | 'policy' | 'step' | 'repeats'>;

/** What a policy says at one moment. */
export interface Due {
  /** Receivers to be told now, each once, in the order of the policy. */
  readonly notify: readonly string[];
  /** Progress after it. */
  readonly step: number;
  readonly repeats: number;
  /** The policy just ran out without anybody answering; its fallback, if it has one, is in `notify`. */
  readonly exhausted: boolean;
  /** When it has something to say again; null = never. */
  readonly nextAt: number | null;
}

/**
 * Steps count from `openedAt`, repeats from the last step; a repeat tells everybody again. The round after the last repeat is the
 * exhaustion. What was missed while nobody looked is said once.
 */
export function dueStep(incident: Progress, now: number, timing: Pick<Timing, 'incidentExhaustMs'>): Due {
  const { policy, openedAt } = incident;
  const told: Step[] = [];
  let { step, repeats } = incident;
  for (let next = policy.steps[step]; next !== undefined && openedAt + next.afterMs <= now; next = policy.steps[step]) {
    told.push(next);
    step += 1;
  }
  const waiting = policy.steps[step];
  if (waiting !== undefined) {
    return { notify: receivers(incident, told), step, repeats, exhausted: false, nextAt: openedAt + waiting.afterMs };
  }
  const rounds = policy.repeat?.times ?? 0;
  const everyMs = policy.repeat?.everyMs ?? timing.incidentExhaustMs;
  const roundAt = (round: number): number => openedAt + (policy.steps.at(-1)?.afterMs ?? 0) + round * everyMs;
  while (repeats <= rounds && roundAt(repeats + 1) <= now) repeats += 1;
  const passed = Math.min(repeats, rounds) > incident.repeats;
  const exhausted = repeats > rounds && incident.repeats <= rounds && incident.state === 'open';
  const again = passed && !(policy.repeat?.unless === 'acknowledged' && incident.state === 'acknowledged');
  const fallback = exhausted && policy.fallback !== null ? [policy.fallback] : [];
  return {
    notify: [...new Set([...receivers(incident, again ? policy.steps : told), ...fallback])],
    step,
    repeats,
    exhausted,
    nextAt: repeats <= rounds ? roundAt(repeats + 1) : null,
  };
}

/** Who has been told so far by the steps that count for the incident as it is now: an attached target is told to them. */
export function toldSoFar(incident: Progress): string[] {
  return receivers(incident, incident.policy.steps.slice(0, incident.step));
}

function receivers({ state, priority }: Progress, steps: readonly Step[]): string[] {
  const counts = steps.filter(
    (step) =>
      (step.priorities === null || step.priorities.includes(priority)) && !(step.unless === 'acknowledged' && state === 'acknowledged'),
  );
  return [...new Set(counts.flatMap((step) => step.notify))];
}
