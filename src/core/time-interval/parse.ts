import type { Range } from './time-interval.ts';

/** What is not a time interval; worded as Alertmanager words it, where it has words. */
export class TimeIntervalError extends Error {
  override readonly name = 'TimeIntervalError';
}

const WEEKDAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'] as const;
const MONTHS = [
  'january',
  'february',
  'march',
  'april',
  'may',
  'june',
  'july',
  'august',
  'september',
  'october',
  'november',
  'december',
] as const;

/** The shortest month, by which Alertmanager judges whether days counted from its end can come before others. */
const SHORTEST_MONTH = 28;

/** `09:00` and `17:00` as minutes of the day, the end not included; `24:00` is the end of the day. Throws `TimeIntervalError`. */
export function parseTimes(start: string, end: string): Range {
  const [begin, until] = [minuteOf(start), minuteOf(end)];
  if (begin >= until) throw new TimeIntervalError('start time cannot be equal or greater than end time');
  return { begin, end: until };
}

/** `sunday`, `monday:friday`; the week begins on Sunday. Throws `TimeIntervalError`. */
export function parseWeekdays(text: string): Range {
  const range = rangeOf(text, weekdayOf);
  if (range.begin > range.end) throw new TimeIntervalError('start day cannot be before end day');
  return range;
}

/** `1`, `1:7`, `-1`, `-7:-1`, `20:-1`: negative ones count from the end of the month. Throws `TimeIntervalError`. */
export function parseDaysOfMonth(text: string): Range {
  const range = rangeOf(text, dayOf);
  const { begin, end } = range;
  if (begin < 0 && end > 0) throw new TimeIntervalError('end day must be negative if start day is negative');
  if (begin < 0 === end < 0 ? begin > end : fromStart(begin) > fromStart(end)) {
    throw new TimeIntervalError(`end day ${end} is always before start day ${begin}`);
  }
  return range;
}

const fromStart = (day: number): number => (day < 0 ? SHORTEST_MONTH + day + 1 : day);

/** `may`, `5`, `march:june`, `3:6`. Throws `TimeIntervalError`. */
export function parseMonths(text: string): Range {
  return inOrder(rangeOf(text, monthOf), text, 'month');
}

/** `2026`, `2026:2028`. Throws `TimeIntervalError`. */
export function parseYears(text: string): Range {
  return inOrder(rangeOf(text, yearOf), text, 'year');
}

function rangeOf(text: string, read: (part: string) => number): Range {
  const parts = text.toLowerCase().split(':');
  const [first = '', last = first] = parts;
  if (parts.length > 2) throw new TimeIntervalError(`couldn't parse range ${text}, invalid format`);
  return { begin: read(first), end: read(last) };
}

function inOrder(range: Range, text: string, unit: string): Range {
  if (range.begin <= range.end) return range;
  const [first = '', last = ''] = text.toLowerCase().split(':');
  throw new TimeIntervalError(`end ${unit} ${last} is before start ${unit} ${first}`);
}

function minuteOf(text: string): number {
  const match = /^(?:([01]\d|2[0-3]):([0-5]\d)|24:00)$/.exec(text);
  if (match === null) throw new TimeIntervalError(`couldn't parse timestamp ${text}, invalid format`);
  const [, hours = '24', minutes = '0'] = match;
  return Number(hours) * 60 + Number(minutes);
}

function weekdayOf(text: string): number {
  const day = WEEKDAYS.findIndex((name) => name === text);
  if (day < 0) throw new TimeIntervalError(`${text} is not a valid weekday`);
  return day;
}

function dayOf(text: string): number {
  const day = wholeNumber(text);
  if (day === null || day === 0 || Math.abs(day) > 31) throw new TimeIntervalError(`${text} is not a valid day of the month: out of range`);
  return day;
}

function monthOf(text: string): number {
  const month = MONTHS.findIndex((name) => name === text) + 1 || wholeNumber(text);
  // Alertmanager takes any number; one that no month has would silently match nothing.
  if (month === null || month < 1 || month > 12) throw new TimeIntervalError(`${text} is not a valid month`);
  return month;
}

function yearOf(text: string): number {
  const year = wholeNumber(text);
  if (year === null) throw new TimeIntervalError(`${text} is not a valid year`);
  return year;
}

function wholeNumber(text: string): number | null {
  return /^-?\d{1,9}$/.test(text) ? Number(text) : null;
}
