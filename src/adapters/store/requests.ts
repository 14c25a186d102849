import type { AuditEntry } from '../../core/audit.ts';
import type { Escalation } from '../../core/incident.ts';
import type { Hint } from '../../core/store.ts';
import { list, number, text } from './decode.ts';
import type { TextList } from './scripts.ts';

/** Parts that several requests and answers share. */

export function auditPart(audit: readonly AuditEntry[], texts: TextList): unknown[] {
  return audit.map(({ kind, data }) => [kind, texts.json(data)]);
}

/** Policy and report travel as texts: scripts keep them, and open only the policy. */
export function escalationPart({ policy, report, ...small }: Escalation, texts: TextList): object {
  return { ...small, policy: texts.shared(policy), report: texts.json(report) };
}

export function hintFrom(value: unknown): Hint {
  const [run, version, events, priority] = list(value);
  return { run: text(run), version: number(version), events: number(events), priority: number(priority) };
}
