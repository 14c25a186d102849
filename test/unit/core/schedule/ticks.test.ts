import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseCron } from '../../../../src/core/schedule/cron.ts';
import { lastTick, nextTick } from '../../../../src/core/schedule/ticks.ts';
import { NAMED, slowTicks } from './slow-ticks.ts';

const iso = (at: number | null) => (at === null ? null : `${new Date(at).toISOString().slice(0, 16)}Z`);
const ticks = (text: string, timezone: string, from: string, count: number): (string | null)[] => {
  const schedule = { cron: parseCron(text), timezone };
  const found: (string | null)[] = [];
  for (let at: number | null = Date.parse(from); found.length < count && at !== null;) found.push(iso((at = nextTick(schedule, at))));
  return found;
};

describe('a tick comes', () => {
  test.each([
    ['*/15 * * * *', 'UTC', '2026-07-24T12:00:00Z', ['2026-07-24T12:15Z', '2026-07-24T12:30Z']],
    ['0 3 * * *', 'UTC', '2026-07-24T02:59:59.999Z', ['2026-07-24T03:00Z', '2026-07-25T03:00Z']],
    ['0 3 * * *', 'Asia/Kolkata', '2026-07-24T00:00:00Z', ['2026-07-24T21:30Z']],
    ['30 23 31 12 *', 'UTC', '2026-07-24T00:00:00Z', ['2026-12-31T23:30Z', '2027-12-31T23:30Z']],
    ['0 0 29 2 *', 'UTC', '2026-07-24T00:00:00Z', ['2028-02-29T00:00Z', '2032-02-29T00:00Z']],
    ['0 0 29 2 *', 'UTC', '2096-03-01T00:00:00Z', ['2104-02-29T00:00Z']],
    // The 1st or a Monday; and where one day begins with a star, both.
    ['0 0 1 * 1', 'UTC', '2026-08-24T00:00:00Z', ['2026-08-31T00:00Z', '2026-09-01T00:00Z', '2026-09-07T00:00Z']],
    ['0 0 */2 * 1', 'UTC', '2026-08-24T00:00:00Z', ['2026-08-31T00:00Z', '2026-09-07T00:00Z', '2026-09-21T00:00Z']],
    ['@monthly', 'Asia/Kolkata', '2026-07-24T00:00:00Z', ['2026-07-31T18:30Z', '2026-08-31T18:30Z']],
    ['@weekly', 'UTC', '2026-07-24T00:00:00Z', ['2026-07-26T00:00Z', '2026-08-02T00:00Z']],
    ['0 2 * * sun', 'UTC', '2026-07-24T00:00:00Z', ['2026-07-26T02:00Z', '2026-08-02T02:00Z']],
  ])('%s in %s after %s', (text, zone, from, expected) => {
    expect(ticks(text, zone, from, expected.length)).toEqual(expected);
  });
});

describe('where the clocks change', () => {
  test.each([
    // New York, 2026-03-08: 02:00 becomes 03:00. A certain time that is skipped comes at the change, once; one that follows the clock does not.
    ['30 2 * * *', '2026-03-07T12:00:00Z', ['2026-03-08T07:00Z', '2026-03-09T06:30Z']],
    ['0,15,30 2 * * *', '2026-03-07T12:00:00Z', ['2026-03-08T07:00Z', '2026-03-09T06:00Z']],
    ['0 2,3 * * *', '2026-03-07T12:00:00Z', ['2026-03-08T07:00Z', '2026-03-09T06:00Z', '2026-03-09T07:00Z']],
    ['30 1,3 * * *', '2026-03-08T00:00:00Z', ['2026-03-08T06:30Z', '2026-03-08T07:30Z']],
    ['*/30 2 * * *', '2026-03-07T12:00:00Z', ['2026-03-09T06:00Z']],
    ['0 * * * *', '2026-03-08T05:30:00Z', ['2026-03-08T06:00Z', '2026-03-08T07:00Z', '2026-03-08T08:00Z']],
    // 2026-11-01: 02:00 becomes 01:00. A certain time comes once, one that follows the clock twice.
    ['30 1 * * *', '2026-10-31T12:00:00Z', ['2026-11-01T05:30Z', '2026-11-02T06:30Z']],
    ['0 1-2 * * *', '2026-10-31T12:00:00Z', ['2026-11-01T05:00Z', '2026-11-01T07:00Z', '2026-11-02T06:00Z']],
    ['*/30 1 * * *', '2026-10-31T12:00:00Z', ['2026-11-01T05:00Z', '2026-11-01T05:30Z', '2026-11-01T06:00Z', '2026-11-01T06:30Z']],
    ['15 * * * *', '2026-11-01T04:30:00Z', ['2026-11-01T05:15Z', '2026-11-01T06:15Z', '2026-11-01T07:15Z']],
  ])('%s in New York after %s', (text, from, expected) => {
    expect(ticks(text, 'America/New_York', from, expected.length)).toEqual(expected);
  });

  test('midnight that a zone skips comes at one o’clock', () => {
    // Cairo, 2026-04-24: 00:00 becomes 01:00.
    expect(ticks('0 0 * * *', 'Africa/Cairo', '2026-04-23T12:00:00Z', 2)).toEqual(['2026-04-23T22:00Z', '2026-04-24T21:00Z']);
  });
});

describe('of those that were missed the last one is left', () => {
  test.each([
    ['0 3 * * *', '2026-07-20T03:00:00Z', '2026-07-24T02:00:00Z', '2026-07-23T03:00Z'],
    ['* * * * *', '2025-07-20T03:00:00Z', '2026-07-24T02:00:30Z', '2026-07-24T02:00Z'],
    ['* * * * *', '2026-07-24T02:00:00Z', '2026-07-24T02:00:59Z', null],
    ['0 3 1 1 *', '2024-05-01T00:00:00Z', '2026-07-24T02:00:00Z', '2026-01-01T03:00Z'],
    ['0 3 1 1 *', '2026-05-01T00:00:00Z', '2026-07-24T02:00:00Z', null],
    ['0 3 * * *', '2026-07-24T03:00:00Z', '2026-07-24T01:00:00Z', null],
  ])('%s after %s up to %s', (text, after, upTo, expected) => {
    const schedule = { cron: parseCron(text), timezone: 'UTC' };
    expect(iso(lastTick(schedule, Date.parse(after), Date.parse(upTo)))).toBe(expected);
  });
});

const zones = ['America/New_York', 'Europe/Berlin', 'Australia/Lord_Howe', 'Africa/Cairo', 'America/Santiago'] as const;
/** Changes of the clocks of these zones lie on these days or the next, UTC. */
const changes = [
  '2026-03-08',
  '2026-03-29',
  '2026-04-04',
  '2026-04-05',
  '2026-04-23',
  '2026-09-05',
  '2026-10-03',
  '2026-10-25',
  '2026-10-29',
  '2026-11-01',
];

const part = (least: number, most: number) =>
  fc.oneof(
    { weight: 3, arbitrary: fc.constant('*') },
    { weight: 3, arbitrary: fc.integer({ min: least, max: most }).map(String) },
    { weight: 1, arbitrary: fc.integer({ min: 2, max: 20 }).map((step) => `*/${step}`) },
    {
      weight: 2,
      arbitrary: fc
        .tuple(fc.integer({ min: least, max: most }), fc.integer({ min: least, max: most }), fc.integer({ min: 1, max: 9 }))
        .map(([a, b, step]) => `${Math.min(a, b)}-${Math.max(a, b)}${step === 1 ? '' : `/${step}`}`),
    },
  );
const list = (least: number, most: number) => fc.array(part(least, most), { minLength: 1, maxLength: 3 }).map((parts) => parts.join(','));
const expression = fc
  .tuple(list(0, 59), fc.oneof(list(0, 23), list(0, 4)), part(1, 28), fc.constantFrom('*', '1-12', 'mar,apr,sep-nov'), part(0, 7))
  .map((fields) => fields.join(' '));
const schedules = fc.oneof({ weight: 5, arbitrary: expression }, { weight: 1, arbitrary: fc.constantFrom(...NAMED) });

test('the ticks of five zones across their changes are those that trying each minute finds', () => {
  fc.assert(
    fc.property(
      schedules,
      fc.constantFrom(...zones),
      fc.constantFrom(...changes),
      fc.integer({ min: 0, max: 720 }),
      (text, timezone, day, skew) => {
        const schedule = { cron: parseCron(text), timezone };
        const from = Date.parse(`${day}T00:00:00Z`) - 2 * 3_600_000 + skew * 60_000;
        const to = from + 26 * 3_600_000;
        const found: number[] = [];
        for (let at = nextTick(schedule, from, to); at !== null; at = nextTick(schedule, at, to)) found.push(at);
        const expected = slowTicks(text, timezone, from, to);
        expect(found.map(iso)).toEqual(expected.map(iso));
        expect(iso(lastTick(schedule, from, to))).toBe(iso(expected.at(-1) ?? null));
      },
    ),
    { numRuns: 200 },
  );
});

test.each(NAMED)('the ticks of %s around a new year are those that trying each minute finds', (name) => {
  const [from, to] = [Date.parse('2026-12-20T00:00:00Z'), Date.parse('2027-01-10T00:00:00Z')];
  const schedule = { cron: parseCron(name), timezone: 'UTC' };
  const found: number[] = [];
  for (let at = nextTick(schedule, from, to); at !== null; at = nextTick(schedule, at, to)) found.push(at);
  expect(found.map(iso)).toEqual(slowTicks(name, 'UTC', from, to).map(iso));
  expect(found.length).toBeGreaterThan(0);
});
