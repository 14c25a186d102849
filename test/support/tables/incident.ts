import type { Escalation, Incident, Message } from '../../../src/core/incident.ts';
import type { Timing } from '../../../src/core/timing.ts';
import { dueStep, toldSoFar } from './policy.ts';

/**
 * The Incident table of docs/protocol.md as a pure function: one function per column. The store's scripts do the same atomically; a test
 * drives both with the same events.
 */
export type IncidentEvent =
  | { readonly kind: 'escalation'; readonly escalation: Escalation }
  /** Time has passed: whatever is due by now. `seenTo`: it is of runs, and nothing fires, lives, or ended there since it was acknowledged. */
  | { readonly kind: 'step-due'; readonly seenTo?: true }
  | { readonly kind: 'ack'; readonly by: string }
  | { readonly kind: 'take-over'; readonly by: string }
  /** Every run of the incident ended well. */
  | { readonly kind: 'all-clear' }
  | { readonly kind: 'resolve'; readonly snoozeMs: number; readonly firing: boolean }
  /** An alert of the incident was reported firing again. */
  | { readonly kind: 're-fire' };

export interface Sending {
  readonly event: Message['event'];
  /** Names of receivers; `told` = whoever got a message of this incident before. */
  readonly to: readonly string[] | 'told';
  readonly delayMs: number;
}

export interface IncidentChange {
  /** null = none. Another id than before = a new incident, the old one stays as it is. */
  readonly incident: Incident | null;
  readonly send: readonly Sending[];
  /** The policy ran out unheard: counted. */
  readonly exhausted: boolean;
  /** Runs are cancelled and a brake is set on the workload. */
  readonly takenOver: boolean;
}

/** A human's snooze ends by itself after this at the latest. */
const MAX_SNOOZE_MS = 86_400_000;

type Limits = Pick<Timing, 'incidentClearMs' | 'incidentReopenMs' | 'incidentAckMs' | 'incidentExhaustMs' | 'groupWaitMs'>;

/** `newId` names the incident that the event may open. */
export function changeIncident(
  incident: Incident | null,
  event: IncidentEvent,
  now: number,
  timing: Limits,
  newId: string,
): IncidentChange {
  if (incident === null) {
    return event.kind === 'escalation' ? steps(opened(event.escalation, now, newId), now, timing) : unchanged(null);
  }
  switch (event.kind) {
    case 'escalation':
      return escalated(incident, event.escalation, now, timing, newId);
    case 'step-due':
      return stepDue(incident, event.seenTo === true, now, timing);
    case 'ack':
      return acknowledged(incident, event.by, now);
    case 'take-over':
      return { ...acknowledged(incident, event.by, now), takenOver: incident.state !== 'resolved' };
    case 'all-clear':
      // A snooze ends with what it was for.
      return unchanged(
        incident.state === 'resolved' ? { ...incident, snoozedUntil: null } : { ...incident, clearSince: incident.clearSince ?? now },
      );
    case 'resolve':
      return incident.state === 'resolved'
        ? unchanged(incident)
        : resolved(incident, now, event.firing ? now + Math.min(event.snoozeMs, MAX_SNOOZE_MS) : null);
    case 're-fire':
      return reFired(incident, now, timing);
  }
}

/** When the incident has to be looked at again; null = never. */
export function nextLook(incident: Incident, now: number, timing: Limits): number | null {
  if (incident.state === 'resolved') return incident.snoozedUntil;
  if (incident.clearSince !== null) return incident.clearSince + timing.incidentClearMs;
  const policy = dueStep(incident, now, timing).nextAt ?? Number.POSITIVE_INFINITY;
  const lapse = incident.state === 'acknowledged' ? incident.changedAt + timing.incidentAckMs : Number.POSITIVE_INFINITY;
  const next = Math.min(policy, lapse);
  return Number.isFinite(next) ? next : null;
}

function opened({ key, priority, title, reason, run, target, policy }: Escalation, now: number, id: string): Incident {
  return { id, key, state: 'open', priority, title, reason, policy, runs: [run], targets: [target], ...fresh(now) };
}

/** What opening and opening again have in common: the policy starts at its first step. */
function fresh(
  now: number,
): Pick<Incident, 'openedAt' | 'changedAt' | 'acknowledgedBy' | 'snoozedUntil' | 'step' | 'repeats' | 'clearSince'> {
  return { openedAt: now, changedAt: now, acknowledgedBy: null, snoozedUntil: null, step: 0, repeats: 0, clearSince: null };
}

function reopened(incident: Incident, now: number, timing: Limits): IncidentChange {
  return steps({ ...incident, state: 'open', ...fresh(now) }, now, timing);
}

function escalated(incident: Incident, escalation: Escalation, now: number, timing: Limits, newId: string): IncidentChange {
  const attached = attach(incident, escalation);
  if (incident.state === 'resolved') {
    // One key has one incident at a time: a snoozed one is still the one.
    const same = isSnoozed(incident, now) || now - incident.changedAt < timing.incidentReopenMs;
    return same ? reopened(attached, now, timing) : steps(opened(escalation, now, newId), now, timing);
  }
  if (isForgotten(incident, now, timing)) return reopened(attached, now, timing);
  const pages = attached.targets.length > incident.targets.length || attached.priority !== incident.priority;
  return { ...unchanged(attached), send: pages ? trigger(toldSoFar(attached), timing.groupWaitMs) : [] };
}

function isForgotten(incident: Incident, now: number, timing: Limits): boolean {
  const old = now - incident.openedAt >= timing.incidentAckMs;
  return incident.state === 'open' && old && dueStep(incident, now, timing).nextAt === null;
}

function attach(incident: Incident, { run, target, priority }: Escalation): Incident {
  return {
    ...incident,
    runs: incident.runs.includes(run) ? incident.runs : [...incident.runs, run],
    targets: incident.targets.includes(target) ? incident.targets : [...incident.targets, target],
    // P0 is the highest.
    priority: priority < incident.priority ? priority : incident.priority,
    clearSince: null,
  };
}

function stepDue(incident: Incident, seenTo: boolean, now: number, timing: Limits): IncidentChange {
  if (incident.state === 'resolved') {
    return incident.snoozedUntil !== null && incident.snoozedUntil <= now ? reopened(incident, now, timing) : unchanged(incident);
  }
  if (incident.clearSince !== null) {
    // Nobody is woken while all is clear; should it fire again, what was due meanwhile is said then.
    return incident.clearSince + timing.incidentClearMs <= now ? resolved(incident, now, null) : unchanged(incident);
  }
  const lapsed = incident.state === 'acknowledged' && incident.changedAt + timing.incidentAckMs <= now;
  if (!lapsed) return steps(incident, now, timing);
  return seenTo ? resolved(incident, now, null) : reopened(incident, now, timing);
}

/** Says what the policy has to say now. */
function steps(incident: Incident, now: number, timing: Limits): IncidentChange {
  const due = dueStep(incident, now, timing);
  return {
    incident: { ...incident, step: due.step, repeats: due.repeats },
    send: trigger(due.notify, 0),
    exhausted: due.exhausted,
    takenOver: false,
  };
}

function acknowledged(incident: Incident, by: string, now: number): IncidentChange {
  if (incident.state === 'resolved') return unchanged(incident);
  if (incident.state === 'acknowledged') return unchanged({ ...incident, acknowledgedBy: by });
  const next: Incident = { ...incident, state: 'acknowledged', acknowledgedBy: by, changedAt: now };
  return { ...unchanged(next), send: [{ event: 'acknowledge', to: 'told', delayMs: 0 }] };
}

function resolved(incident: Incident, now: number, snoozedUntil: number | null): IncidentChange {
  const next: Incident = { ...incident, state: 'resolved', changedAt: now, clearSince: null, snoozedUntil };
  return { ...unchanged(next), send: [{ event: 'resolve', to: 'told', delayMs: 0 }] };
}

function reFired(incident: Incident, now: number, timing: Limits): IncidentChange {
  if (incident.state !== 'resolved') return unchanged({ ...incident, clearSince: null });
  if (isSnoozed(incident, now)) return unchanged(incident);
  // Later than that, the run that the alert starts opens an incident of its own if it needs a human.
  return now - incident.changedAt < timing.incidentReopenMs ? reopened(incident, now, timing) : unchanged(incident);
}

function isSnoozed({ snoozedUntil }: Incident, now: number): boolean {
  return snoozedUntil !== null && now < snoozedUntil;
}

function trigger(to: readonly string[], delayMs: number): Sending[] {
  return to.length === 0 ? [] : [{ event: 'trigger', to, delayMs }];
}

function unchanged(incident: Incident | null): IncidentChange {
  return { incident, send: [], exhausted: false, takenOver: false };
}
