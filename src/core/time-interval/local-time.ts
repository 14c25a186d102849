/** What a wall clock and a calendar show at one place. */
export interface LocalTime {
  readonly year: number;
  /** 1–12 */
  readonly month: number;
  /** 1–31 */
  readonly day: number;
  /** 0 = Sunday */
  readonly weekday: number;
  /** Of the day, 0–1439. */
  readonly minute: number;
}

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const DAY_MINUTES = 1_440;

const clocks = new Map<string, Intl.DateTimeFormat>();

/** Shows a time in a zone. Throws `RangeError` for a name that the IANA database does not have. */
function clockOf(zone: string): Intl.DateTimeFormat {
  const made = clocks.get(zone);
  if (made !== undefined) return made;
  const clock = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    calendar: 'iso8601',
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
  });
  clocks.set(zone, clock);
  return clock;
}

/** A name of the IANA time zone database, `UTC` included. */
export function isZone(name: string): boolean {
  // The engine takes offsets like `+01:00` too, which are no places.
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    clockOf(name);
    return true;
  } catch {
    return false;
  }
}

/** `at`: ms since the epoch. `zone`: see `isZone`. */
export function localTime(at: number, zone: string): LocalTime {
  const minutes = Math.floor(at / MINUTE_MS) + offsetAt(at, zone) / MINUTE_MS;
  const day = Math.floor(minutes / DAY_MINUTES);
  return { ...dateOf(day), weekday: (((day + 4) % 7) + 7) % 7, minute: minutes - day * DAY_MINUTES };
}

/** The first whole minute after `from`, up to `to`, at which the clocks of the zone are put forward or back; null = they are not. */
export function clockChange(from: number, to: number, zone: string): number | null {
  for (let day = Math.floor(from / DAY_MS); day * DAY_MS < to; day += 1) {
    const { changesAt } = offsetsOf(day, zone);
    if (changesAt !== null && changesAt > from && changesAt <= to) return changesAt;
  }
  return null;
}

/** How far the wall clock is ahead of UTC in one day of UTC, in ms, whole minutes. No place puts its clocks forward and back in one day. */
interface Offsets {
  readonly before: number;
  /** null = all day the same; the end of the day belongs to it here. */
  readonly changesAt: number | null;
  readonly after: number;
}

/** Asking the engine is a hundred times dearer than all else here, so that a day of a zone is asked for once. */
const known = new Map<string, Map<number, Offsets>>();
/** Of a zone; more than anybody looks ahead. */
const KNOWN_DAYS = 64;

/** How far the wall clock is ahead of UTC, in ms, whole minutes. */
export function offsetAt(at: number, zone: string): number {
  const { before, changesAt, after } = offsetsOf(Math.floor(at / DAY_MS), zone);
  return changesAt === null || at < changesAt ? before : after;
}

/** `day`: since the epoch, of UTC. */
function offsetsOf(day: number, zone: string): Offsets {
  const days = known.get(zone) ?? new Map<number, Offsets>();
  known.set(zone, days);
  const found = days.get(day);
  if (found !== undefined) return found;
  if (days.size >= KNOWN_DAYS) days.clear();
  const [start, end] = [day * DAY_MS, (day + 1) * DAY_MS];
  const [before, after] = [shownOffset(start, zone), shownOffset(end, zone)];
  const offsets = { before, changesAt: before === after ? null : changeBetween(start, end, zone), after };
  days.set(day, offsets);
  return offsets;
}

/** The first whole minute at which the offset is no longer that of `from`, which it is not at `to`. */
function changeBetween(from: number, to: number, zone: string): number {
  const old = shownOffset(from, zone);
  let [before, after] = [from / MINUTE_MS, to / MINUTE_MS];
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (shownOffset(middle * MINUTE_MS, zone) === old) before = middle;
    else after = middle;
  }
  return after * MINUTE_MS;
}

/** `at`: a whole minute. */
function shownOffset(at: number, zone: string): number {
  const parts = new Map(
    clockOf(zone)
      .formatToParts(at)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const field = (name: Intl.DateTimeFormatPartTypes): number => parts.get(name) as number;
  const days = daysSinceEpoch(field('year'), field('month'), field('day'));
  return days * DAY_MS + (field('hour') * 60 + field('minute')) * MINUTE_MS - at;
}

export function daysIn(year: number, month: number): number {
  return month === 12 ? 31 : daysSinceEpoch(year, month + 1, 1) - daysSinceEpoch(year, month, 1);
}

/** Days from 1970-01-01 to this day of the Gregorian calendar: years begin in March here, so that the odd day is the last one. */
function daysSinceEpoch(year: number, month: number, day: number): number {
  const shifted = month > 2 ? year : year - 1;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  return era * 146_097 + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear - 719_468;
}

/** The other way round: the date of a day since 1970-01-01. */
function dateOf(days: number): Pick<LocalTime, 'year' | 'month' | 'day'> {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const oddDays = Math.floor(dayOfEra / 1_460) - Math.floor(dayOfEra / 36_524) + Math.floor(dayOfEra / 146_096);
  const yearOfEra = Math.floor((dayOfEra - oddDays) / 365);
  const dayOfYear = dayOfEra - (yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const fromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9;
  const day = dayOfYear - Math.floor((153 * fromMarch + 2) / 5) + 1;
  return { year: era * 400 + yearOfEra + (month > 2 ? 0 : 1), month, day };
}
