import type { Edition, EscalationPolicy } from '../core/edition.ts';
import { escalationOf, incidentKey } from '../core/escalation-policy.ts';
import type { Escalation, Report } from '../core/incident.ts';
import { shell, statusCommand } from '../core/links.ts';
import type { NewRun } from '../core/run-start.ts';
import { sentenceOfReason } from '../core/words.ts';

/**
 * What a human is told when a script has to end a run because workers die on it. It is made for every new run and hardly ever sent, so it
 * costs next to nothing: no label or annotation, which would have to be searched for secrets, and the target's key needs no escaping.
 * The run itself has the rest.
 */
export function crashEscalation(run: NewRun, receivedAt: number, edition: Edition): Escalation {
  const title = `${run.priority} ${run.rule} on ${run.target.key}: crash-loop`;
  const key = incidentKey(run);
  return {
    key,
    priority: run.priority,
    title,
    reason: 'crash-loop',
    run: '',
    target: run.target.key,
    policy: policyOf(run, receivedAt, edition),
    report: reportOf(run, receivedAt, title, edition.rule.team ?? ''),
  };
}

const said = sentenceOfReason('crash-loop', 'remediad gave it up.');

function reportOf({ rule, target }: NewRun, receivedAt: number, title: string, team: string): Report {
  const nothing = { labels: {}, annotations: {}, tried: [], verdicts: [], evidence: [], links: [] };
  const runs = { text: 'see what became of it', command: shell('remediad', 'runs', '--rule', rule) };
  return {
    ...nothing,
    title,
    summary: said,
    rule,
    team,
    target: target.key,
    reason: 'crash-loop',
    reasonText: said,
    firedAt: receivedAt,
    commands: [runs, statusCommand],
  };
}

const policies = new WeakMap<Edition, EscalationPolicy>();
const noLinks = { externalUrl: null, alertmanagerUrl: null };

/** The same for every run of an edition. */
function policyOf({ deadlineMs, ...run }: NewRun, receivedAt: number, edition: Edition): EscalationPolicy {
  const known = policies.get(edition);
  if (known !== undefined) return known;
  const times = { acceptedAt: receivedAt, since: receivedAt, deadlineAt: receivedAt + deadlineMs };
  const { policy } = escalationOf({ ...run, ...times, id: '' }, edition, 'crash-loop', '', noLinks);
  policies.set(edition, policy);
  return policy;
}
