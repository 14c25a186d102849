import type { Window } from '../edition.ts';
import { isActive, nextChange } from '../time-interval/time-interval.ts';
import { formatTimestamp } from '../timestamp.ts';
import { defineGuard, notApplicable, pass, refuse, type FoundRefusal } from './guard.ts';

/** Whoever is held is looked at again long before; only the words for a human tell the time, and a week is enough for these. */
const LOOK_AHEAD_MS = 7 * 86_400_000;

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

/**
 * null = not within the time that is looked ahead. The intervals count together: what mutes opens when the last of them is over, what
 * activates when the first begins.
 */
function nextOpening({ intervals }: Window, now: number): number | null {
  const together = { name: 'all', spans: intervals.flatMap(({ spans }) => spans) };
  return nextChange(together, now, LOOK_AHEAD_MS);
}

function words({ kind, intervals }: Window): string {
  const names = intervals.map(({ name }) => name).join(', ');
  return kind === 'active' ? `within ${names}` : `outside of ${names}`;
}
