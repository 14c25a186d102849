import { daysIn, localTime, offsetAt, type LocalTime } from './local-time.ts';

/** Both ends belong to it, but for times of the day, whose end does not. */
export interface Range {
  readonly begin: number;
  readonly end: number;
}

/**
 * One entry of a time interval: all of its fields at once, each by one of its ranges. Null = any; an empty list = never. The semantics are
 * those of Alertmanager's `time_intervals`: the wall clock of `location` counts, so an hour that it skips never comes, and one that it repeats
 * comes twice. https://prometheus.io/docs/alerting/latest/configuration/#time_interval
 */
export interface TimeSpan {
  /** Minutes of the day, 0–1440. */
  readonly times: readonly Range[] | null;
  /** 0 = Sunday */
  readonly weekdays: readonly Range[] | null;
  /** 1–31, or from the end of the month -1 to -31. */
  readonly daysOfMonth: readonly Range[] | null;
  /** 1–12 */
  readonly months: readonly Range[] | null;
  readonly years: readonly Range[] | null;
  /** IANA name. */
  readonly location: string;
}

/** Active while one of its entries is. */
export interface TimeInterval {
  readonly name: string;
  readonly spans: readonly TimeSpan[];
}

const MINUTE_MS = 60_000;
const DAY_MINUTES = 1_440;

/** `at`: ms since the epoch. */
export function isActive({ spans }: TimeInterval, at: number): boolean {
  return spans.some((span) => contains(span, at));
}

/** The first instant after `at` at which the interval is active and was not, or the other way round; null = none in the next `withinMs`. */
export function nextChange(interval: TimeInterval, at: number, withinMs: number): number | null {
  const before = isActive(interval, at);
  for (let next = nextEdge(interval, at); next - at <= withinMs; next = nextEdge(interval, next)) {
    if (isActive(interval, next) !== before) return next;
  }
  return null;
}

function contains(span: TimeSpan, at: number): boolean {
  const local = localTime(at, span.location);
  return (
    inOne(span.times, local.minute, (range, minute) => range.begin <= minute && minute < range.end) &&
    inOne(span.daysOfMonth, local, isDayIn) &&
    inOne(span.months, local.month, isIn) &&
    inOne(span.weekdays, local.weekday, isIn) &&
    inOne(span.years, local.year, isIn)
  );
}

function inOne<T>(ranges: readonly Range[] | null, value: T, test: (range: Range, value: T) => boolean): boolean {
  return ranges === null || ranges.some((range) => test(range, value));
}

const isIn = ({ begin, end }: Range, value: number): boolean => begin <= value && value <= end;

/** Days that the month does not have are left out: `31` never comes in June, `1:31` is all of it. */
function isDayIn({ begin, end }: Range, { year, month, day }: LocalTime): boolean {
  const days = daysIn(year, month);
  const counted = (value: number): number => (value < 0 ? days + value + 1 : value);
  return counted(begin) <= day && day <= counted(end);
}

/** The next instant at which anything that an entry looks at may change. */
function nextEdge({ spans }: TimeInterval, at: number): number {
  return Math.min(...spans.map((span) => nextEdgeOf(span, at)));
}

function nextEdgeOf({ times, location }: TimeSpan, at: number): number {
  const { minute } = localTime(at, location);
  const edges = [DAY_MINUTES, ...(times ?? []).flatMap(({ begin, end }) => [begin, end])].filter((edge) => edge > minute);
  const next = (Math.floor(at / MINUTE_MS) + Math.min(...edges) - minute) * MINUTE_MS;
  return offsetAt(at, location) === offsetAt(next, location) ? next : offsetChange(location, at, next);
}

/** The first whole minute after `from`, up to `to`, at which the clocks of the place have been put forward or back. */
function offsetChange(location: string, from: number, to: number): number {
  const old = offsetAt(from, location);
  let [before, after] = [Math.floor(from / MINUTE_MS), to / MINUTE_MS];
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (offsetAt(middle * MINUTE_MS, location) === old) before = middle;
    else after = middle;
  }
  return after * MINUTE_MS;
}
