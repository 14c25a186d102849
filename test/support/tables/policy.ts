import type { EscalationPolicy } from '../../../src/core/edition.ts';
import type { Incident } from '../../../src/core/incident.ts';
import type { Timing } from '../../../src/core/timing.ts';

/** An escalation policy in time, as a pure function; the store's `policy.lua` does the same, and a test drives both. */

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
