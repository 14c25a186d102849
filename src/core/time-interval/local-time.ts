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

const clocks = new Map<string, Intl.DateTimeFormat>();

/** Shows a time in a zone. Throws `RangeError` for a name that the IANA database does not have. */
function clockOf(zone: string): Intl.DateTimeFormat {
  const known = clocks.get(zone);
  if (known !== undefined) return known;
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
  const parts = new Map(
    clockOf(zone)
      .formatToParts(at)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const field = (name: Intl.DateTimeFormatPartTypes): number => parts.get(name) as number;
  const [year, month, day] = [field('year'), field('month'), field('day')];
  const weekday = (((daysSinceEpoch(year, month, day) + 4) % 7) + 7) % 7;
  return { year, month, day, weekday, minute: field('hour') * 60 + field('minute') };
}

/** How far the wall clock is ahead of UTC, in ms; whole minutes. */
export function offsetAt(at: number, zone: string): number {
  const { year, month, day, minute } = localTime(at, zone);
  return daysSinceEpoch(year, month, day) * DAY_MS + minute * MINUTE_MS - Math.floor(at / MINUTE_MS) * MINUTE_MS;
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
