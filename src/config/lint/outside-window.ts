import type { Window } from '../../core/edition.ts';
import { nextTick, type Schedule } from '../../core/schedule/ticks.ts';
import { isActive, nextChange } from '../../core/time-interval/time-interval.ts';
import type { CompiledRule } from '../compile/rule.ts';
import { defineLint } from './lint.ts';

const DAY_MS = 86_400_000;
/** Any four years have every day of the calendar in them; from here on the ticks are tried. */
const FROM = Date.UTC(2026, 0, 1);
const ENOUGH_MS = 4 * 366 * DAY_MS;
const LAST = FROM + 3 * ENOUGH_MS;
const MOST_TICKS = 1_500;

/** Mostly a mistaken time zone: each tick is missed, one after the other, and nobody is woken for it. */
export const outsideWindow = defineLint({
  name: 'outside-window',
  summary: 'a rule may never start, for its schedule has no time within its time intervals',
  check({ rules }) {
    return rules.filter(neverStarts).map((rule) => ({
      rule,
      path: ['schedule'],
      message: 'none of its times lies within "active_time_intervals": each is missed',
      fix: 'compare the timezone of the schedule with the location of the intervals; both are UTC if left out',
    }));
  },
});

function neverStarts({ starts: { schedule }, edition }: CompiledRule): boolean {
  const windows = edition.rule.guards.windows.filter(({ kind }) => kind === 'active');
  const hasYears = windows.some(({ intervals }) => intervals.some(({ spans }) => spans.some(({ years }) => years !== null)));
  if (schedule === null || windows.length === 0 || hasYears) return false;
  return windows.some((window) => neverWithin(schedule, window));
}

/** false also where there are too many ticks to try. */
function neverWithin(schedule: Schedule, { intervals }: Window): boolean {
  let tick: number | null = FROM;
  for (let tried = 0; tried < MOST_TICKS; tried += 1) {
    tick = nextTick(schedule, tick, LAST);
    if (tick === null) return true;
    const at = tick;
    if (intervals.some((interval) => isActive(interval, at) || nextChange(interval, at, schedule.startWithinMs) !== null)) return false;
  }
  return tick - FROM >= ENOUGH_MS;
}
