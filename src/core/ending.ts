import type { Edition } from './edition.ts';
import { escalationOf } from './escalation-policy.ts';
import type { LinkConfig } from './links.ts';
import type { Run } from './run.ts';
import type { EndRecord } from './store.ts';

/** What an ended run leaves behind: the memory of its subject, cooldowns, and the human who is woken. */
export function endRecordOf(run: Run, edition: Edition, links: LinkConfig): EndRecord {
  const { guards, ladderMemoryMs } = edition.rule;
  const touched = run.acted || run.end?.would === 'effect';
  return {
    memory: run.pinned === null || !touched ? null : memoryOf(run, run.pinned.subject, Math.max(ladderMemoryMs, guards.loop.withinMs)),
    cooldownMs: touched ? guards.cooldownMs : 0,
    targetCooldownMs: touched ? guards.targetCooldownMs : 0,
    targetKey: run.target.key,
    escalation: escalationAtEnd(run, edition, links),
    clears: run.state === 'succeeded' || (run.state === 'skipped' && run.end?.reason === 'resolved'),
  };
}

/** An acted run that did not end verified did not help, unless a human stopped it. */
function memoryOf(run: Run, subject: string, keepMs: number): EndRecord['memory'] {
  const ineffective = run.acted && run.state === 'escalated';
  return { subject, rung: run.rung, acted: run.acted, outcome: run.end?.reason ?? run.state, ineffective, keepMs };
}

function escalationAtEnd(run: Run, edition: Edition, links: LinkConfig): EndRecord['escalation'] {
  if (run.state !== 'escalated' || run.end === null) return null;
  return escalationOf(run, edition, run.end.reason, run.end.detail, links);
}
