import { PRIORITIES, type Edition, type Priority } from './edition.ts';
import { renderTemplates } from './expression.ts';
import { RUN_SCHEMA, type Run, type Target, type Trigger } from './run.ts';
import { slotOf, type Labelled } from './target.ts';

/** A run's document before the store gives it its id and times; `deadlineMs` counts from then. */
export type NewRun = Omit<Run, 'id' | 'acceptedAt' | 'since' | 'deadlineAt'> & { readonly deadlineMs: number };

/** A trigger that is no alert. */
export type OwnTrigger = Exclude<Trigger, { readonly kind: 'alert' }>;

export interface Start {
  readonly alert: Labelled & { readonly startsAt: number; readonly generatorURL: string };
  readonly edition: Edition;
  /** What starts it in place of the alert, which then only lends it its labels. */
  readonly trigger?: OwnTrigger;
  /** Content hash of the edition. */
  readonly editionHash: string;
  readonly target: Target;
  readonly dry: Run['dry'];
  /** When the webhook was received, ms. */
  readonly receivedAt: number;
}

/** The run that an alert, a tick or a human starts in a free slot. */
export function newRun(start: Start): NewRun {
  const { alert, edition, target, trigger = { kind: 'alert', id: alert.fingerprint } } = start;
  return {
    schema: RUN_SCHEMA,
    rule: edition.rule.name,
    slot: slotOf(edition.rule.name, target),
    trigger,
    dry: start.dry,
    edition: start.editionHash,
    priority: priorityOf(edition, alert),
    labels: alert.labels,
    annotations: alert.annotations,
    generatorURL: alert.generatorURL,
    episodes:
      trigger.kind === 'alert' ? { [alert.fingerprint]: { status: 'firing', startsAt: alert.startsAt, lastSeen: start.receivedAt } } : {},
    target,
    deadlineMs: edition.rule.deadlineMs,
    ...untouched,
  };
}

/** The rule's own priority, else the alert's label `priority`, else P2. A value that is none of P0–P3 counts as not given. */
export function priorityOf(edition: Edition, alert: Labelled): Priority {
  return asPriority(ownPriority(edition, alert)) ?? asPriority(alert.labels['priority']) ?? 'P2';
}

function ownPriority(edition: Edition, alert: Labelled): unknown {
  if (edition.rule.priority === null) return null;
  try {
    return renderTemplates(edition.rule.priority, { labels: alert.labels, annotations: alert.annotations });
  } catch {
    return null;
  }
}

function asPriority(value: unknown): Priority | null {
  return PRIORITIES.find((priority) => priority === value) ?? null;
}

/** When a human is woken whatever the run does: the rule's own time, else its priority's; null = never. A dry run never pages. */
export function pageAfter(edition: Edition, priority: Priority, dry: boolean): number | null {
  if (dry) return null;
  const own = edition.rule.escalateAfterMs ?? edition.priorities[priority].escalateAfterMs;
  return own === 'never' ? null : own;
}

/** What of a run no event has changed yet. */
export const untouched = {
  pinned: null,
  state: 'pending',
  hold: null,
  held: null,
  sleep: null,
  verifying: null,
  approval: null,
  open: null,
  rung: 0,
  at: 0,
  startRung: 0,
  outputs: {},
  failures: {},
  rungActed: false,
  attempts: {},
  acted: false,
  actedAt: null,
  effects: [],
  tried: [],
  verdicts: [],
  conflicts: 0,
  evidence: [],
  frozenSince: null,
  cancelRequested: null,
  end: null,
} as const satisfies Partial<Run>;
