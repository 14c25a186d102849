/**
 * Another reading of cron, as slow as it is simple: every minute is asked what a clock on the wall shows, by the platform's own formatter, and
 * fields are tried value by value. It shares no code with what it judges.
 */

const MINUTE = 60_000;
const NAMES = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

interface Wall {
  readonly text: string;
  readonly minute: number;
  readonly hour: number;
  readonly day: number;
  readonly month: number;
  readonly weekday: number;
}

const formats = new Map<string, Intl.DateTimeFormat>();

const walls = new Map<string, Map<number, Wall>>();

function wallOf(at: number, zone: string): Wall {
  const known = walls.get(zone) ?? new Map<number, Wall>();
  walls.set(zone, known);
  const wall = known.get(at) ?? readWall(at, zone);
  known.set(at, wall);
  return wall;
}

function readWall(at: number, timeZone: string): Wall {
  const options = {
    timeZone,
    hourCycle: 'h23',
    weekday: 'short',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
  } as const;
  const format = formats.get(timeZone) ?? new Intl.DateTimeFormat('en-US', options);
  formats.set(timeZone, format);
  const parts = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]));
  const [minute, hour, day, month] = ['minute', 'hour', 'day', 'month'].map((name) => Number(parts[name])) as [
    number,
    number,
    number,
    number,
  ];
  const text = [parts['year'], month, day, hour, minute].join('-');
  return { text, minute, hour, day, month, weekday: DAYS.indexOf(parts['weekday'] ?? '') };
}

const number = (word: string) => (NAMES.includes(word) ? NAMES.indexOf(word) + 1 : Number(word));

function takes(field: string, value: number, least: number): boolean {
  return field.split(',').some((part) => {
    const [range = '', step = '1'] = part.split('/');
    if (range === '*') return (value - least) % Number(step) === 0;
    const [from = '', to = from] = range.split('-');
    return value >= number(from) && value <= number(to) && (value - number(from)) % Number(step) === 0;
  });
}

const atMidnight = ({ hour, minute }: Wall) => hour === 0 && minute === 0;

/** What the names mean, asked of the wall. */
const named: Readonly<Record<string, (wall: Wall) => boolean>> = {
  '@yearly': (wall) => wall.month === 1 && wall.day === 1 && atMidnight(wall),
  '@monthly': (wall) => wall.day === 1 && atMidnight(wall),
  '@weekly': (wall) => wall.weekday === 0 && atMidnight(wall),
  '@daily': atMidnight,
  '@hourly': ({ minute }) => minute === 0,
};

export const NAMED: readonly string[] = Object.keys(named);

function matches(text: string, wall: Wall): boolean {
  const own = named[text];
  if (own !== undefined) return own(wall);
  const [minute = '', hour = '', day = '', month = '', weekday = ''] = text.split(' ');
  const ofWeek = takes(weekday, wall.weekday, 0) || (wall.weekday === 0 && !weekday.startsWith('*') && takes(weekday, 7, 0));
  const ofMonth = takes(day, wall.day, 1);
  const onDay = day.startsWith('*') || weekday.startsWith('*') ? ofMonth && ofWeek : ofMonth || ofWeek;
  return takes(minute, wall.minute, 0) && takes(hour, wall.hour, 0) && takes(month, wall.month, 1) && onDay;
}

/** Minutes of the day, told from the wall alone. */
const ofDay = ({ hour, minute }: Wall) => hour * 60 + minute;

/** Ticks after `from` and up to `to`. */
export function slowTicks(text: string, zone: string, from: number, to: number): number[] {
  const [minute = '', hour = ''] = text.split(' ');
  const wild = text === '@hourly' || minute.startsWith('*') || hour.startsWith('*');
  const seen = new Set<string>();
  const ticks: number[] = [];
  // What the wall showed in the hours before tells what is shown a second time.
  for (let at = Math.floor(from / MINUTE) * MINUTE - 180 * MINUTE; at <= to; at += MINUTE) {
    const wall = wallOf(at, zone);
    const again = seen.has(wall.text);
    seen.add(wall.text);
    if (at <= from) continue;
    const skipped = wild ? [] : between(wallOf(at - MINUTE, zone), wall);
    const hit = matches(text, wall) && (wild || !again);
    if (hit || skipped.some((one) => matches(text, one))) ticks.push(at);
  }
  return ticks;
}

/** What a wall clock that jumps forward, by less than a day, never shows. */
function between(before: Wall, after: Wall): Wall[] {
  const jump = (ofDay(after) - ofDay(before) + 1_440) % 1_440;
  if (jump <= 1 || jump > 720) return [];
  return Array.from({ length: jump - 1 }, (_, index) => {
    const minutes = ofDay(before) + index + 1;
    const day = minutes >= 1_440 ? after : before;
    return { ...day, text: '', hour: Math.floor((minutes % 1_440) / 60), minute: minutes % 60 };
  });
}
