import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isZone, localTime } from '../../../../src/core/time-interval/local-time.ts';
import { parseDaysOfMonth, parseMonths, parseTimes, parseWeekdays, parseYears } from '../../../../src/core/time-interval/parse.ts';
import { isActive, nextChange, type TimeInterval, type TimeSpan } from '../../../../src/core/time-interval/time-interval.ts';

interface Written {
  readonly times?: readonly (readonly [string, string])[];
  readonly weekdays?: readonly string[];
  readonly days?: readonly string[];
  readonly months?: readonly string[];
  readonly years?: readonly string[];
  readonly location?: string;
}

function span({ times, weekdays, days, months, years, location = 'UTC' }: Written): TimeSpan {
  return {
    times: times?.map(([start, end]) => parseTimes(start, end)) ?? null,
    weekdays: weekdays?.map(parseWeekdays) ?? null,
    daysOfMonth: days?.map(parseDaysOfMonth) ?? null,
    months: months?.map(parseMonths) ?? null,
    years: years?.map(parseYears) ?? null,
    location,
  };
}

const interval = (...spans: readonly Written[]): TimeInterval => ({ name: 'i', spans: spans.map(span) });
const WEEK_MS = 604_800_000;
const at = (text: string): number => Date.parse(text);
const office: Written = { times: [['09:00', '17:00']], weekdays: ['monday:friday'] };

/** Those of Alertmanager's own tests (0.33.1, timeinterval/timeinterval_test.go), as data. */
const table: readonly (readonly [what: string, written: Written, active: readonly string[], not: readonly string[]])[] = [
  ['anything', {}, ['2006-01-02T15:04Z', '2007-01-03T10:04Z', '2006-01-04T09:04Z'], []],
  [
    'office hours',
    office,
    ['2020-05-04T15:04Z', '2020-05-05T10:04Z', '2020-06-09T09:04Z', '2020-07-08T09:00Z', '2020-07-08T16:59Z', '2021-04-01T13:00Z'],
    ['2020-05-03T15:04Z', '2020-05-04T08:59Z', '2020-05-05T05:00Z', '2020-07-08T05:00Z', '2020-07-08T17:00Z'],
  ],
  [
    'Easter 2020',
    { days: ['4:6'], months: ['april'], years: ['2020'] },
    ['2020-04-04T15:04Z', '2020-04-05T00:00Z', '2020-04-06T23:05Z'],
    ['2018-05-03T15:04Z', '2020-04-03T23:59Z', '2020-06-04T23:59Z', '2019-04-06T23:59Z', '2020-04-07T00:00Z'],
  ],
  [
    'the last three days of each month',
    { days: ['-3:-1'] },
    ['2020-01-31T15:04Z', '2020-01-30T15:04Z', '2020-01-29T15:04Z', '2020-06-30T00:00Z', '2020-02-29T23:05Z', '2020-12-31T23:59Z'],
    ['2018-05-03T15:04Z', '2020-01-27T15:04Z', '2020-04-03T23:59Z', '2020-06-04T23:59Z', '2020-03-01T00:00Z', '2020-12-28T23:59Z'],
  ],
  [
    'all days of June, counted beyond its end',
    { months: ['june'], days: ['1:31'] },
    ['2020-06-30T00:00Z', '2020-06-01T00:00Z'],
    ['2020-05-31T00:00Z', '2020-07-01T00:00Z'],
  ],
  ['office hours in Sydney', { ...office, location: 'Australia/Sydney' }, ['2021-04-06T13:00+10:00'], ['2021-04-06T13:00Z']],
  [
    'office hours in Sydney, in its summer',
    { ...office, months: ['november'], location: 'Australia/Sydney' },
    ['2021-11-01T09:00+11:00', '2021-10-31T22:00Z'],
    ['2021-10-31T21:00Z'],
  ],
  [
    'the last week of the first quarter without Saturday',
    {
      weekdays: ['monday:friday', 'sunday'],
      months: ['january:march'],
      days: ['-7:-1'],
      years: ['2020:2025', '2030:2035'],
      times: [['09:00', '17:00']],
    },
    ['2021-01-27T09:00Z', '2021-01-28T16:59Z', '2021-01-29T13:00Z', '2025-03-31T13:00Z', '2035-01-31T13:00Z'],
    ['2021-01-30T13:00Z', '2021-04-01T13:00Z', '2026-01-30T13:00Z', '2035-01-31T17:01Z'],
  ],
  [
    'several of everything',
    {
      weekdays: ['monday:wednesday', 'saturday', 'sunday'],
      times: [['13:00', '15:00']],
      days: ['1', '10', '20:-1'],
      years: ['2020:2023'],
      months: ['january:march'],
    },
    ['2021-01-10T13:00Z', '2021-01-30T14:24Z'],
    ['2021-01-09T13:00Z', '2021-01-20T12:59Z', '2021-02-02T13:00Z'],
  ],
  [
    'evenings in Sydney',
    {
      times: [
        ['00:00', '09:00'],
        ['17:00', '24:00'],
      ],
      location: 'Australia/Sydney',
    },
    ['2024-01-01T00:00+11:00', '2024-01-06T17:00+11:00', '2024-01-01T10:00Z', '2024-01-06T10:00Z'],
    ['2024-01-01T09:00+11:00', '2024-01-06T10:00+11:00'],
  ],
  [
    'weekends in Sydney',
    { weekdays: ['saturday', 'sunday'], location: 'Australia/Sydney' },
    ['2024-01-06T10:00+11:00', '2024-01-06T17:00+11:00', '2024-01-06T10:00Z'],
    ['2024-01-01T00:00+11:00', '2024-01-01T09:00+11:00', '2024-01-01T10:00Z'],
  ],
  ['days that a month does not have', { days: ['30:31'], years: ['2020:2023'], months: ['february'] }, [], ['2021-02-28T13:00Z']],
  ['nothing, said by an empty list', { weekdays: [] }, [], ['2021-02-28T13:00Z']],
];

describe('an interval', () => {
  test.each(table)('%s', (_what, written, active, not) => {
    const one = interval(written);
    expect(active.filter((text) => !isActive(one, at(text)))).toEqual([]);
    expect(not.filter((text) => isActive(one, at(text)))).toEqual([]);
  });

  test('is active while one of its entries is', () => {
    const both = interval({ weekdays: ['sunday'] }, { times: [['12:00', '13:00']] });
    expect(['2026-11-22T03:00Z', '2026-11-23T12:30Z'].map((text) => isActive(both, at(text)))).toEqual([true, true]);
    expect(isActive(both, at('2026-11-23T03:00Z'))).toBe(false);
  });

  test('goes by the wall clock: an hour that is skipped never comes, one that is repeated comes twice', () => {
    const night = interval({ times: [['02:00', '03:00']], location: 'America/New_York' });
    expect(changes(night, '2024-03-09T12:00Z', '2024-03-11T12:00Z')).toEqual(['2024-03-11T06:00:00.000Z', '2024-03-11T07:00:00.000Z']);
    const again = interval({ times: [['01:00', '02:00']], location: 'America/New_York' });
    expect(changes(again, '2024-11-03T00:00Z', '2024-11-04T00:00Z')).toEqual(['2024-11-03T05:00:00.000Z', '2024-11-03T07:00:00.000Z']);
    const half = interval({ times: [['01:30', '02:00']], location: 'America/New_York' });
    expect(changes(half, '2024-11-03T00:00Z', '2024-11-04T00:00Z')).toEqual([
      '2024-11-03T05:30:00.000Z',
      '2024-11-03T06:00:00.000Z',
      '2024-11-03T06:30:00.000Z',
      '2024-11-03T07:00:00.000Z',
    ]);
  });

  test('that never changes says so', () => {
    expect(nextChange(interval({}), at('2026-11-22T00:00Z'), 86_400_000)).toBeNull();
    expect(nextChange(interval({ years: ['2030'] }), at('2026-11-22T00:00Z'), 7 * 86_400_000)).toBeNull();
    expect(nextChange(interval({ years: ['2030'] }), at('2029-12-30T00:00Z'), 7 * 86_400_000)).toBe(at('2030-01-01T00:00Z'));
  });
});

function changes(one: TimeInterval, from: string, to: string): string[] {
  const found: string[] = [];
  for (let next = nextChange(one, at(from), WEEK_MS); next !== null && next < at(to); next = nextChange(one, next, WEEK_MS)) {
    found.push(new Date(next).toISOString());
  }
  return found;
}

test('is told for as many days as one likes, in any order', () => {
  const noons = Array.from({ length: 200 }, (_, index) => at('2026-01-01T12:00Z') + index * 86_400_000);
  const hours = [...noons, ...noons.toReversed()].map((noon) => localTime(noon, 'Europe/Berlin').minute / 60);
  const summer = at('2026-03-29T01:00Z');
  expect(hours).toEqual([...noons, ...noons.toReversed()].map((noon) => (noon < summer ? 13 : 14)));
});

describe('a name of a place', () => {
  test.each(['UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kathmandu'])('%s', (name) => expect(isZone(name)).toBe(true));
  test.each(['', 'Mars/Base', '+01:00', 'Local', 'Europe/berlin/mitte'])('not %s', (name) => expect(isZone(name)).toBe(false));
});

/** Written anew, on the engine's own calendar: what it prints of a time is read back. */
function slowly({ spans }: TimeInterval, time: number): boolean {
  return spans.some((one) => {
    const [date = '', clock = ''] = new Date(time).toLocaleString('sv-SE', { timeZone: one.location }).split(' ');
    const [year = 0, month = 0, day = 0] = date.split('-').map(Number);
    const [hour = 0, minute = 0] = clock.split(':').map(Number);
    const last = new Date(Date.UTC(year, month, 0)).getUTCDate();
    const fits = (ranges: TimeSpan['months'], test: (begin: number, end: number) => boolean): boolean =>
      ranges === null || ranges.some(({ begin, end }) => test(begin, end));
    const day0 = (value: number): number => (value > 0 ? value : last + 1 + value);
    return (
      fits(one.times, (begin, end) => hour * 60 + minute >= begin && hour * 60 + minute < end) &&
      fits(one.daysOfMonth, (begin, end) => day >= day0(begin) && day <= day0(end)) &&
      fits(one.months, (begin, end) => month >= begin && month <= end) &&
      fits(one.years, (begin, end) => year >= begin && year <= end) &&
      fits(one.weekdays, (begin, end) =>
        [begin, end].every((value, place) => (new Date(`${date}T00:00Z`).getUTCDay() - value) * (place === 0 ? 1 : -1) >= 0),
      )
    );
  });
}

const zones = ['UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'America/Sao_Paulo'];
const ordered = (min: number, max: number) =>
  fc.tuple(fc.integer({ min, max }), fc.integer({ min, max })).map(([a, b]) => ({ begin: Math.min(a, b), end: Math.max(a, b) }));
const maybe = <T>(ranges: fc.Arbitrary<T>) => fc.option(fc.array(ranges, { minLength: 1, maxLength: 2 }), { nil: null });
const spans = fc.record({
  times: maybe(ordered(0, 1439).map(({ begin, end }) => ({ begin, end: end + 1 }))),
  weekdays: maybe(ordered(0, 6)),
  daysOfMonth: maybe(fc.oneof(ordered(1, 31), ordered(-31, -1))),
  months: maybe(ordered(1, 12)),
  years: fc.constant(null),
  location: fc.constantFrom(...zones),
});
/** Around the days on which clocks are put forward and back. */
const seasons = [
  '2024-03-10',
  '2024-03-31',
  '2024-04-07',
  '2024-10-06',
  '2024-10-27',
  '2024-11-03',
  '2018-11-04',
  '2024-02-29',
  '2024-12-31',
];
const times = fc
  .tuple(fc.constantFrom(...seasons), fc.integer({ min: -2 * 86_400_000, max: 2 * 86_400_000 }))
  .map(([day, ms]) => Date.parse(day) + ms);

test('agrees with a slow evaluation, and changes exactly when that does', () => {
  fc.assert(
    fc.property(fc.array(spans, { minLength: 1, maxLength: 2 }), times, (some, time) => {
      const one = { name: 'i', spans: some };
      expect(isActive(one, time)).toBe(slowly(one, time));
      const within = 6 * 3_600_000;
      let slow: number | null = null;
      for (let next = (Math.floor(time / 60_000) + 1) * 60_000; slow === null && next - time <= within; next += 60_000) {
        if (slowly(one, next) !== slowly(one, time)) slow = next;
      }
      expect(nextChange(one, time, within)).toBe(slow);
    }),
    { numRuns: 60 },
  );
}, 120_000);
