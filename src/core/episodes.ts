import { higherOf } from './edition.ts';
import type { Run, RunEvent } from './run.ts';

/** An episode joins the run, which is as urgent as the most urgent of them. */
export function attach(run: Run, event: Extract<RunEvent, { kind: 'episode' }>): Run {
  const known = run.episodes[event.fingerprint];
  const startsAt = known === undefined ? event.startsAt : Math.min(known.startsAt, event.startsAt);
  const start = event.change === 'repeat' ? startsAt : event.startsAt;
  const episodes: Run['episodes'] = { ...run.episodes, [event.fingerprint]: { status: 'firing', startsAt: start, lastSeen: event.at } };
  return { ...run, priority: higherOf(run.priority, event.priority ?? run.priority), episodes };
}

export function markResolved(run: Run, event: Extract<RunEvent, { kind: 'resolved' }>): Run {
  const known = run.episodes[event.fingerprint];
  if (known === undefined) return run;
  return { ...run, episodes: { ...run.episodes, [event.fingerprint]: { ...known, status: 'resolved', lastSeen: event.at } } };
}

/** Nothing is left of what started the run: every episode of the slot was reported resolved. A run that no alert started is not over with one. */
export function allResolved(run: Run): boolean {
  return run.trigger.kind === 'alert' && alertsResolved(run);
}

/** Alerts are attached to the run, and each was reported resolved. */
export function alertsResolved(run: Run): boolean {
  const episodes = Object.values(run.episodes);
  return episodes.length > 0 && episodes.every(({ status }) => status === 'resolved');
}
