import type { Edition, EscalationPolicy } from '../core/edition.ts';
import { escalationOf, incidentKey } from '../core/escalation-policy.ts';
import type { Escalation, Report } from '../core/incident.ts';
import { shell, statusCommand } from '../core/links.ts';
import type { Run } from '../core/run.ts';
import { sentenceOfReason } from '../core/words.ts';

/**
 * What a human is told when a script has to end a run because workers die on it. It is made for every new run and hardly ever sent, so it
 * costs next to nothing: no label or annotation, which would have to be searched for secrets, and the target's key needs no escaping.
 * The run itself has the rest.
 */
export function crashEscalation(run: Run, edition: Edition): Escalation {
  const title = `${run.priority} ${run.rule} on ${run.target.key}: crash-loop`;
  const key = incidentKey(run);
  return {
    key,
    priority: run.priority,
    title,
    reason: 'crash-loop',
    run: '',
    target: run.target.key,
    policy: policyOf(run, edition),
    report: reportOf(run, title),
  };
}

const said = sentenceOfReason('crash-loop', 'remediad gave it up.');

function reportOf({ rule, target, since }: Run, title: string): Report {
  const nothing = { labels: {}, annotations: {}, tried: [], verdicts: [], evidence: [], links: [] };
  const runs = { text: 'see what became of it', command: shell('remediad', 'runs', '--rule', rule) };
  return {
    ...nothing,
    title,
    summary: said,
    rule,
    target: target.key,
    reason: 'crash-loop',
    reasonText: said,
    firedAt: since,
    commands: [runs, statusCommand],
  };
}

const policies = new WeakMap<Edition, EscalationPolicy>();
const noLinks = { externalUrl: null, alertmanagerUrl: null };

/** The same for every run of an edition. */
function policyOf(run: Run, edition: Edition): EscalationPolicy {
  const policy = policies.get(edition) ?? escalationOf(run, edition, 'crash-loop', '', noLinks).policy;
  policies.set(edition, policy);
  return policy;
}
