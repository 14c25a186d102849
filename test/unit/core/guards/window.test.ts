import { expect, test, vi } from 'vitest';
import type { Window } from '../../../../src/core/edition.ts';
import { parseMonths, parseTimes, parseYears } from '../../../../src/core/time-interval/parse.ts';
import type { TimeInterval, TimeSpan } from '../../../../src/core/time-interval/time-interval.ts';
import { verdictOf } from './fixture.ts';

/** The fixture's NOW is 2027-01-15T08:00:00Z. */
const any = { times: null, weekdays: null, daysOfMonth: null, months: null, years: null, location: 'UTC' };
const at = (name: string, start: string, end: string): TimeInterval => ({ name, spans: [{ ...any, times: [parseTimes(start, end)] }] });
const office = at('office', '09:00', '17:00');
const early = at('early', '06:00', '08:30');
const late = at('late', '08:30', '10:00');
const long = { name: 'long', spans: [{ ...any, years: [parseYears('2027:2029')] }] };

const verdict = (...windows: Window[]) => verdictOf('window', { guards: { windows } });

test('a rule without time intervals has no windows', () => {
  expect(verdict()).toEqual({ guard: 'window', result: 'n/a', why: 'the rule has no time intervals' });
});

test('inside one that it is active in and outside of all that mute it, it passes', () => {
  expect(verdict({ kind: 'active', intervals: [office, early] }, { kind: 'mute', intervals: [late] })).toEqual({
    guard: 'window',
    result: 'pass',
    have: 'within office, early, outside of late',
  });
});

test('outside of those that it is active in, it waits for the next one', () => {
  expect(verdict({ kind: 'active', intervals: [office, late] })).toEqual({
    guard: 'window',
    result: 'refuse',
    reason: 'outside-window',
    have: 'outside of office, late',
    need: 'the time of office, late',
    clears: 'One of these time intervals begins at 2027-01-15T08:30:00.000Z.',
    nextEligibleAt: Date.parse('2027-01-15T08:30Z'),
  });
});

test('muted, it waits until the last of them is over', () => {
  expect(verdict({ kind: 'mute', intervals: [office, early, late] })).toEqual({
    guard: 'window',
    result: 'refuse',
    reason: 'muted',
    have: 'muted by early',
    need: 'another time than that of office, early, late',
    clears: 'The time interval ends at 2027-01-15T17:00:00.000Z.',
    nextEligibleAt: Date.parse('2027-01-15T17:00Z'),
  });
});

test('an end that is more than a week away is not told', () => {
  expect(verdict({ kind: 'mute', intervals: [long] })).toMatchObject({ clears: 'The time interval ends.', nextEligibleAt: null });
});

test('every window counts', () => {
  expect(verdict({ kind: 'mute', intervals: [late] }, { kind: 'active', intervals: [office] })).toMatchObject({ reason: 'outside-window' });
});

/** A span that counts how often it is compared with a time. */
function counted(span: TimeSpan): { readonly span: TimeSpan; readonly looks: () => number } {
  let looks = 0;
  const counting = {
    ...span,
    get times() {
      looks += 1;
      return span.times;
    },
  };
  return { span: counting, looks: () => looks };
}

/** Every other half hour of the day. */
const halfHours = Array.from({ length: 24 }, (_, hour) => {
  const clock = String(hour).padStart(2, '0');
  return parseTimes(`${clock}:00`, `${clock}:30`);
});
const berlin = { ...any, location: 'Europe/Berlin' };

test('the end of a long time is not looked for in the short ones beside it', () => {
  const months = counted({ ...berlin, months: [parseMonths('january:february')] });
  const often = counted({ ...berlin, times: halfHours });
  const engine = vi.spyOn(Intl.DateTimeFormat.prototype, 'formatToParts');
  const intervals = [
    { name: 'often', spans: [often.span] },
    { name: 'winter', spans: [months.span] },
  ];
  for (let time = 0; time < 3; time += 1) {
    expect(verdict({ kind: 'mute', intervals })).toMatchObject({ reason: 'muted', nextEligibleAt: null });
  }
  expect(months.looks() + often.looks()).toBeLessThan(150);
  expect(engine.mock.calls.length).toBeLessThan(30);
  engine.mockRestore();
});

test('the begin of a time is looked for by the day where its days are rare', () => {
  const summer = counted({ ...berlin, times: halfHours, months: [parseMonths('july')] });
  expect(verdict({ kind: 'active', intervals: [{ name: 'summer', spans: [summer.span] }] })).toMatchObject({ nextEligibleAt: null });
  expect(summer.looks()).toBeLessThan(20);
});
