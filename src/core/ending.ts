import type { Edition, EditionRule } from './edition.ts';
import { escalationOf } from './escalation-policy.ts';
import type { LinkConfig } from './links.ts';
import type { Ending, Run } from './run.ts';
import type { EndRecord } from './store.ts';

/** What an ended run leaves behind: the memory of its subject, cooldowns, and the human who is woken. */
export function endRecordOf(run: Run, edition: Edition, links: LinkConfig): EndRecord {
  const { guards } = edition.rule;
  const { end, pinned } = run;
  if (end === null) throw new Error(`run ${run.id} has not ended: it is ${run.state}`);
  // A dry run that came to its effect leaves in its own key space what a live one would leave.
  const touched = run.acted || (run.dry !== null && end.would === 'effect');
  return {
    memory: pinned === null || !touched ? null : { ...memoryOf(run, end), keepMs: memoryMs(edition.rule) },
    cooldownMs: touched ? guards.cooldownMs : 0,
    targetCooldownMs: touched ? guards.targetCooldownMs : 0,
    // Not the target as rendered: another rule may find the same object by other labels.
    subject: pinned?.subject ?? run.target.key,
    escalation: run.state === 'escalated' ? escalationOf(run, edition, end.reason, end.detail, links) : null,
    clears: run.state === 'succeeded' || (run.state === 'skipped' && end.reason === 'resolved'),
  };
}

/** How long the memory of a subject is kept: as long as the ladder or the loop guard may ask for it. */
export function memoryMs({ ladderMemoryMs, guards }: Pick<EditionRule, 'ladderMemoryMs' | 'guards'>): number {
  return Math.max(ladderMemoryMs, guards.loop.withinMs);
}

/** The last rung that came to an effect, and whether it helped: an acted run that did not end verified did not, unless a human stopped it. */
function memoryOf(run: Run, end: Ending): Pick<NonNullable<EndRecord['memory']>, 'rung' | 'acted' | 'outcome' | 'ineffective'> {
  const used = run.effects.flatMap(({ id, result }) => (USED.has(result) ? [Number.parseInt(id, 10)] : []));
  const ineffective = run.acted && run.state === 'escalated';
  return { rung: Math.max(run.startRung, ...used), acted: run.acted, outcome: end.reason, ineffective };
}

const USED: ReadonlySet<Run['effects'][number]['result']> = new Set(['done', 'unknown', 'would']);
