import { clockChange, localTime, offsetAt, type LocalTime } from '../time-interval/local-time.ts';
import type { Cron } from './cron.ts';

/** A schedule of a rule: when its runs start by themselves. */
export interface Schedule {
  /** As it was written: what tells it from another one of the same rule. */
  readonly text: string;
  readonly cron: Cron;
  /** IANA name. */
  readonly timezone: string;
  /** How late a tick may start its run, ms; a later one is missed. */
  readonly startWithinMs: number;
}

type Timed = Pick<Schedule, 'cron' | 'timezone'>;

const MINUTE_MS = 60_000;
const DAY_MINUTES = 1_440;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** Every day of the calendar meets every day of the week within it. */
const HORIZON_MS = 41 * 366 * DAY_MS;

/**
 * The first tick after `after` and up to `last`, ms, a whole minute; null = there is none. Where the clocks change it does what vixie cron does: a
 * schedule that follows the wall clock (`wild`) has no tick in an hour that is skipped and two in one that is repeated; one that means certain
 * times of a day loses none, for those that are skipped come when the clocks were put forward, and doubles none: of a repeated time the
 * first counts.
 */
export function nextTick(schedule: Timed, after: number, last = after + HORIZON_MS): number | null {
  const { cron, timezone } = schedule;
  let at = (Math.floor(after / MINUTE_MS) + 1) * MINUTE_MS;
  while (at <= last) {
    if (catchesUp(schedule, at)) return at;
    const local = localTime(at, timezone);
    const wait = minutesTo(cron, local);
    const next = at + (wait ?? DAY_MINUTES - local.minute) * MINUTE_MS;
    const change = clockChange(at, next, timezone);
    if (change !== null) at = change;
    else if (wait === null) at = next;
    else if (isRepeated(schedule, next)) at = next + MINUTE_MS;
    else return next <= last ? next : null;
  }
  return null;
}

/** The last tick after `after` and up to `upTo`, which is all that is left of those that were missed; null = there was none. */
export function lastTick(schedule: Timed, after: number, upTo: number): number | null {
  // Of a long time the end is tried first: there may be very many before it.
  for (const from of [HOUR_MS, DAY_MS, 32 * DAY_MS].map((span) => upTo - span)) {
    const found = from > after ? lastOf(schedule, from, upTo) : null;
    if (found !== null) return found;
  }
  return lastOf(schedule, after, upTo);
}

function lastOf(schedule: Timed, after: number, upTo: number): number | null {
  let found: number | null = null;
  for (let tick = nextTick(schedule, after, upTo); tick !== null; tick = nextTick(schedule, tick, upTo)) found = tick;
  return found;
}

/** How many minutes of this day are left until a tick, if no clock is touched; null = none comes today. */
function minutesTo(cron: Cron, local: LocalTime): number | null {
  if (!isDay(cron, local)) return null;
  for (const hour of cron.hours) {
    if (hour * 60 + 59 < local.minute) continue;
    for (const minute of cron.minutes) if (hour * 60 + minute >= local.minute) return hour * 60 + minute - local.minute;
  }
  return null;
}

function isDay({ daysOfMonth, months, weekdays, bothDays }: Cron, { day, month, weekday }: LocalTime): boolean {
  if (!months.includes(month)) return false;
  const [ofMonth, ofWeek] = [daysOfMonth.includes(day), weekdays.includes(weekday)];
  return bothDays ? ofMonth && ofWeek : ofMonth || ofWeek;
}

/** The clocks were put forward to this minute, over one that the schedule means. */
function catchesUp({ cron, timezone }: Timed, at: number): boolean {
  if (cron.wild) return false;
  const before = offsetAt(at - MINUTE_MS, timezone);
  const skipped = (offsetAt(at, timezone) - before) / MINUTE_MS;
  for (let minute = 0; minute < skipped; minute += 1) {
    if (minutesTo(cron, localTime(at + before + minute * MINUTE_MS, 'UTC')) === 0) return true;
  }
  return false;
}

/** The clocks were put back, and showed this time before. */
function isRepeated({ cron, timezone }: Timed, at: number): boolean {
  const change = cron.wild ? null : clockChange(at - DAY_MS, at, timezone);
  if (change === null) return false;
  return at < change + offsetAt(change - MINUTE_MS, timezone) - offsetAt(change, timezone);
}
