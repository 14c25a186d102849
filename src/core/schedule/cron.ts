import { nearest } from '../suggest.ts';

const FIX = 'write minute hour day month weekday, such as "0 3 * * mon-fri"';

/** What is not a schedule; the message names the field. */
export class CronError extends Error {
  override readonly name = 'CronError';
  /** What to write instead. */
  readonly fix: string;

  constructor(message: string, fix = FIX) {
    super(message);
    this.fix = fix;
  }
}

/**
 * Five fields of cron, read as vixie cron reads them (`man 5 crontab`), which is how Kubernetes' CronJob writes them too. `wild`: its minute or
 * its hour begins with `*`, so that it follows the wall clock; otherwise it means certain times of a day.
 */
export interface Cron {
  /** Ascending. */
  readonly minutes: readonly number[];
  /** Ascending. */
  readonly hours: readonly number[];
  /** 1–31 */
  readonly daysOfMonth: readonly number[];
  /** 1–12 */
  readonly months: readonly number[];
  /** 0 = Sunday */
  readonly weekdays: readonly number[];
  /** One of the two days begins with `*`, and both must match; otherwise either is enough. */
  readonly bothDays: boolean;
  readonly wild: boolean;
}

interface Field {
  readonly name: string;
  readonly least: number;
  readonly most: number;
  /** Names of the values from `least` on. */
  readonly names: readonly string[];
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

const MINUTE: Field = { name: 'minute', least: 0, most: 59, names: [] };
const HOUR: Field = { name: 'hour', least: 0, most: 23, names: [] };
const DAY: Field = { name: 'day of the month', least: 1, most: 31, names: [] };
const MONTH: Field = { name: 'month', least: 1, most: 12, names: MONTHS };
/** 7 is Sunday too. */
const WEEKDAY: Field = { name: 'day of the week', least: 0, most: 7, names: WEEKDAYS };

const LONGEST = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Names that vixie cron and Kubernetes know, and what they mean. */
const NAMED: ReadonlyMap<string, string> = new Map([
  ['@yearly', '0 0 1 1 *'],
  ['@annually', '0 0 1 1 *'],
  ['@monthly', '0 0 1 * *'],
  ['@weekly', '0 0 * * 0'],
  ['@daily', '0 0 * * *'],
  ['@midnight', '0 0 * * *'],
  ['@hourly', '0 * * * *'],
]);

/**
 * `0 3 * * 1-5`: minute, hour, day of the month, month, day of the week; or the name of such five fields, as `@daily`. Throws `CronError`, also
 * for a day that never comes.
 */
export function parseCron(text: string): Cron {
  const trimmed = text.trim();
  const fields = (trimmed.startsWith('@') ? fieldsNamed(trimmed) : trimmed).split(/\s+/);
  const [minute = '', hour = '', day = '', month = '', weekday = ''] = fields;
  if (fields.length !== 5) throw new CronError(`must be five fields, minute hour day month weekday, found ${fields.length}`);
  const cron: Cron = {
    minutes: valuesOf(minute, MINUTE),
    hours: valuesOf(hour, HOUR),
    daysOfMonth: valuesOf(day, DAY),
    months: valuesOf(month, MONTH),
    weekdays: inOrder(valuesOf(weekday, WEEKDAY).map((value) => value % 7)),
    bothDays: day.startsWith('*') || weekday.startsWith('*'),
    wild: minute.startsWith('*') || hour.startsWith('*'),
  };
  const comes = cron.months.some((one) => cron.daysOfMonth.some((at) => at <= (LONGEST[one - 1] as number)));
  if (cron.bothDays && !comes) throw new CronError(`day of the month ${day} never comes in month ${month}`);
  return cron;
}

/** What hangs on the start of a daemon is no schedule: each replica would have its own, and each restart would move it. */
function fieldsNamed(name: string): string {
  if (name === '@reboot') {
    const fix = 'write when it is to happen, such as @daily or "0 3 * * mon-fri"; or let a human start it, with manual: true';
    throw new CronError('"@reboot" names no time: that a daemon starts is no reason to act', fix);
  }
  if (/^@every(?:\s|$)/.test(name)) {
    const fix = 'write it by the clock on the wall, such as "*/30 * * * *" for every half hour';
    throw new CronError(`"${name}" would be counted from the start of a daemon, by each replica for itself`, fix);
  }
  const fields = NAMED.get(name);
  if (fields !== undefined) return fields;
  const near = nearest(name, [...NAMED.keys()]);
  const fix = near === null ? FIX : `did you mean ${near}?`;
  throw new CronError(`"${name}" is no name of a schedule; there are ${[...NAMED.keys()].join(', ')}`, fix);
}

function valuesOf(text: string, field: Field): number[] {
  return inOrder(text.split(',').flatMap((part) => partOf(part, field)));
}

const inOrder = (values: readonly number[]): number[] => [...new Set(values)].toSorted((a, b) => a - b);

/** `*`, `5`, `mon`, `1-5`, each also with a step `/n`; `5/15` is `5-59/15`. */
function partOf(part: string, field: Field): number[] {
  const [range = '', step, ...more] = part.split('/');
  if (more.length > 0) throw wrong(field, part);
  const every = step === undefined ? 1 : wholeNumber(step, field, part);
  if (every < 1) throw new CronError(`${field.name}: a step must be at least 1, found "${part}"`);
  const [from, to] = boundsOf(range, step !== undefined, field);
  if (from > to) throw new CronError(`${field.name}: "${range}" ends before it begins`);
  return Array.from({ length: Math.floor((to - from) / every) + 1 }, (_, index) => from + index * every);
}

function boundsOf(range: string, stepped: boolean, field: Field): [from: number, to: number] {
  // A week has seven days, whatever Sunday is called.
  const last = field === WEEKDAY ? 6 : field.most;
  if (range === '*') return [field.least, last];
  const [first = '', second, ...more] = range.split('-');
  if (more.length > 0) throw wrong(field, range);
  const from = valueOf(first, field, range);
  if (second !== undefined) return [from, valueOf(second, field, range)];
  return [from, stepped ? Math.max(from, last) : from];
}

function valueOf(word: string, field: Field, part: string): number {
  const named = field.names.indexOf(word.toLowerCase());
  const value = named < 0 ? wholeNumber(word, field, part) : field.least + named;
  if (value >= field.least && value <= field.most) return value;
  throw new CronError(`${field.name}: ${value} is not from ${field.least} to ${field.most}`);
}

function wholeNumber(word: string, field: Field, part: string): number {
  if (!/^\d{1,4}$/.test(word)) throw wrong(field, part);
  return Number(word);
}

function wrong({ name, least, most, names }: Field, part: string): CronError {
  const [first, last] = [names[0], names.at(-1)];
  const named = first === undefined ? '' : ` or ${first} to ${last}`;
  return new CronError(
    `${name}: "${part}" is neither * nor a number from ${least} to ${most}${named}, a range a-b, or either with a step /n`,
  );
}
