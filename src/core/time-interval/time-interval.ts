import { clockChange, daysIn, localTime, type LocalTime } from './local-time.ts';

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
  const last = at + withinMs;
  return isActive(interval, at) ? endOf(interval, at, last) : beginningOf(interval, at, last);
}

/** Nothing that happens before the entries that are active now have ended can matter, so that it is not looked at. */
function endOf({ spans }: TimeInterval, at: number, last: number): number | null {
  let ended = at;
  for (;;) {
    const from = ended;
    const active = spans.filter((span) => contains(span, from));
    if (active.length === 0) return from;
    for (const span of active) {
      const end = nextChangeOf(span, from, last);
      if (end === null) return null;
      ended = Math.max(ended, end);
    }
  }
}

/** Nothing that begins after another entry did can matter. */
function beginningOf({ spans }: TimeInterval, at: number, last: number): number | null {
  let first: number | null = null;
  for (const span of spans) first = nextChangeOf(span, at, first ?? last) ?? first;
  return first;
}

/** `last`: the last instant that is looked at. */
function nextChangeOf(span: TimeSpan, at: number, last: number): number | null {
  const before = contains(span, at);
  for (let next = nextEdge(span, at); next <= last; next = nextEdge(span, next)) {
    if (contains(span, next) !== before) return next;
  }
  return null;
}

function contains(span: TimeSpan, at: number): boolean {
  const local = localTime(at, span.location);
  return inOne(span.times, local.minute, (range, minute) => range.begin <= minute && minute < range.end) && isOnDay(span, local);
}

function isOnDay(span: TimeSpan, local: LocalTime): boolean {
  return (
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

/** The next instant at which anything that the entry looks at may change. Times of a day that it leaves out do not matter. */
function nextEdge(span: TimeSpan, at: number): number {
  const local = localTime(at, span.location);
  let edge = DAY_MINUTES;
  for (const { begin, end } of isOnDay(span, local) ? (span.times ?? []) : []) {
    if (begin > local.minute) edge = Math.min(edge, begin);
    if (end > local.minute) edge = Math.min(edge, end);
  }
  const next = (Math.floor(at / MINUTE_MS) + edge - local.minute) * MINUTE_MS;
  return clockChange(at, next, span.location) ?? next;
}
