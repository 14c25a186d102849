import { PRIORITIES, type Edition } from '../core/edition.ts';
import type { Run } from '../core/run.ts';
import { newRun, pageAfter, priorityOf, type NewRun, type OwnTrigger, type Start } from '../core/run-start.ts';
import type { SlotRequest } from '../core/store.ts';
import { renderTarget, slotOf } from '../core/target.ts';
import { crashEscalation } from './crash-escalation.ts';

/** A rule that takes an alert, as it is in force. */
export interface RuleMatch {
  readonly rule: string;
  /** Content hash of `edition`. */
  readonly hash: string;
  readonly edition: Edition;
  /** Why its runs have no effects; null = they may. */
  readonly dry: Run['dry'];
}

export interface SlotContext {
  /** null = none is configured. */
  readonly defaultCluster: string | null;
  /** ms */
  readonly receivedAt: number;
  /** What starts the run in place of an alert. */
  readonly trigger?: OwnTrigger;
}

/** What the store needs to start, or to attach to, the run of this rule for the target that the alert names. */
export function slotRequest(match: RuleMatch, alert: Start['alert'], context: SlotContext): SlotRequest {
  const { rule, edition, dry } = match;
  const { defaultCluster, receivedAt, trigger } = context;
  const target = renderTarget(edition, alert, defaultCluster);
  const priority = priorityOf(edition, alert);
  let made: NewRun | undefined;
  const doc = () => (made ??= newRun({ alert, edition, editionHash: match.hash, target, dry, receivedAt, ...(trigger && { trigger }) }));
  return {
    slot: slotOf(rule, target),
    target: target.unresolved === null ? target : null,
    rule,
    ...(edition.rule.team === null ? {} : { team: edition.rule.team }),
    dry: dry !== null,
    pageAfterMs: pageAfter(edition, priority, dry !== null),
    priority: PRIORITIES.indexOf(priority),
    doc,
    escalation() {
      if (dry !== null) return null;
      return crashEscalation(doc(), receivedAt, edition);
    },
  };
}
