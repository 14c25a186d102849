import type { Window } from '../edition.ts';
import { isActive, nextChange } from '../time-interval/time-interval.ts';
import { formatTimestamp } from '../timestamp.ts';
import { defineGuard, notApplicable, pass, refuse, type FoundRefusal } from './guard.ts';

/** Longer than any hold: whoever waits for more is woken before. */
const LOOK_AHEAD_MS = 40 * 86_400_000;

/** The rule's time intervals let it act now: outside of all that mute it, inside one of those that it is active in. */
export const window = defineGuard({
  name: 'window',
  phases: ['admit', 'permit'],
  needs: [],
  check({ now, policy }) {
    if (policy.windows.length === 0) return notApplicable('the rule has no time intervals');
    const closed = policy.windows.find((one) => !isOpen(one, now));
    return closed === undefined ? pass(policy.windows.map(words).join(', ')) : refuse(refusalOf(closed, now));
  },
});

function isOpen({ kind, intervals }: Window, now: number): boolean {
  return intervals.some((interval) => isActive(interval, now)) === (kind === 'active');
}

function refusalOf(window: Window, now: number): Omit<FoundRefusal, 'result'> {
  const { kind, intervals } = window;
  const opensAt = nextOpening(window, now);
  const until = opensAt === null ? '' : ` at ${formatTimestamp(opensAt)}`;
  if (kind === 'active') {
    const names = intervals.map(({ name }) => name).join(', ');
    const [have, need] = [`outside of ${names}`, `the time of ${names}`];
    return { reason: 'outside-window', have, need, clears: `One of these time intervals begins${until}.`, nextEligibleAt: opensAt };
  }
  const muting = intervals.filter((interval) => isActive(interval, now)).map(({ name }) => name);
  const [have, need] = [`muted by ${muting.join(', ')}`, `another time than that of ${intervals.map(({ name }) => name).join(', ')}`];
  return { reason: 'muted', have, need, clears: `The time interval ends${until}.`, nextEligibleAt: opensAt };
}

/** null = not within the time that is looked ahead. */
function nextOpening(window: Window, now: number): number | null {
  for (let at: number | null = now; at !== null;) {
    const changes = window.intervals.flatMap(
      (interval) => nextChange(interval, at as number, LOOK_AHEAD_MS - ((at as number) - now)) ?? [],
    );
    at = changes.length === 0 ? null : Math.min(...changes);
    if (at !== null && isOpen(window, at)) return at;
  }
  return null;
}

function words({ kind, intervals }: Window): string {
  const names = intervals.map(({ name }) => name).join(', ');
  return kind === 'active' ? `within ${names}` : `outside of ${names}`;
}
