import { describe, expect, test } from 'vitest';
import {
  parseDaysOfMonth,
  parseMonths,
  parseTimes,
  parseWeekdays,
  parseYears,
  TimeIntervalError,
} from '../../../../src/core/time-interval/parse.ts';

/** Cases of Alertmanager's own tests (0.33.1, timeinterval/timeinterval_test.go), as data, and those at the edges of the grammar. */

describe('ranges', () => {
  test.each([
    [parseWeekdays, 'monday:friday', 1, 5],
    [parseWeekdays, 'sunday', 0, 0],
    [parseWeekdays, 'Sunday:SATURDAY', 0, 6],
    [parseDaysOfMonth, '1', 1, 1],
    [parseDaysOfMonth, '-7:-1', -7, -1],
    [parseDaysOfMonth, '1:-1', 1, -1],
    [parseDaysOfMonth, '20:-1', 20, -1],
    [parseMonths, 'january:march', 1, 3],
    [parseMonths, 'January:december', 1, 12],
    [parseMonths, '5', 5, 5],
    [parseMonths, '3:june', 3, 6],
    [parseYears, '2020:2025', 2020, 2025],
    [parseYears, '2020', 2020, 2020],
  ])('%o reads %s', (parse, text, begin, end) => {
    expect(parse(text)).toEqual({ begin, end });
  });

  test.each([
    [parseWeekdays, 'friday:monday', 'start day cannot be before end day'],
    [parseWeekdays, 'monday:sunday', 'start day cannot be before end day'],
    [parseWeekdays, 'blurgsday:flurgsday', 'blurgsday is not a valid weekday'],
    [parseWeekdays, '1:3', '1 is not a valid weekday'],
    [parseWeekdays, '-2:-1', '-2 is not a valid weekday'],
    [parseWeekdays, '', ' is not a valid weekday'],
    [parseWeekdays, 'monday:tuesday:friday', "couldn't parse range monday:tuesday:friday, invalid format"],
    [parseDaysOfMonth, '0', '0 is not a valid day of the month: out of range'],
    [parseDaysOfMonth, '-50:-20', '-50 is not a valid day of the month: out of range'],
    [parseDaysOfMonth, '1:50', '50 is not a valid day of the month: out of range'],
    [parseDaysOfMonth, 'first', 'first is not a valid day of the month: out of range'],
    [parseDaysOfMonth, '-15:5', 'end day must be negative if start day is negative'],
    [parseDaysOfMonth, '10:-25', 'end day -25 is always before start day 10'],
    [parseDaysOfMonth, '28:-2', 'end day -2 is always before start day 28'],
    [parseDaysOfMonth, '-1:-7', 'end day -7 is always before start day -1'],
    [parseDaysOfMonth, '7:1', 'end day 1 is always before start day 7'],
    [parseMonths, 'martius:june', 'martius is not a valid month'],
    [parseMonths, 'march:junius', 'junius is not a valid month'],
    [parseMonths, '13', '13 is not a valid month'],
    [parseMonths, '0', '0 is not a valid month'],
    [parseMonths, 'december:january', 'end month january is before start month december'],
    [parseYears, '2022:2020', 'end year 2020 is before start year 2022'],
    [parseYears, 'MMXX', 'mmxx is not a valid year'],
  ])('%o refuses %s', (parse, text, message) => {
    expect(() => parse(text)).toThrow(new TimeIntervalError(message));
  });
});

describe('times of the day', () => {
  test.each([
    ['00:00', '24:00', 0, 1440],
    ['01:35', '17:39', 95, 1059],
    ['09:35', '09:39', 575, 579],
  ])('from %s to %s', (start, end, begin, until) => {
    expect(parseTimes(start, end)).toEqual({ begin, end: until });
  });

  test.each([
    ['17:31', '17:31', 'start time cannot be equal or greater than end time'],
    ['09:30', '07:41', 'start time cannot be equal or greater than end time'],
    ['24:00', '17:41', 'start time cannot be equal or greater than end time'],
    ['12:30', '24:01', "couldn't parse timestamp 24:01, invalid format"],
    ['01:99', '23:59', "couldn't parse timestamp 01:99, invalid format"],
    ['00:00', '99:99', "couldn't parse timestamp 99:99, invalid format"],
    ['9:00', '17:00', "couldn't parse timestamp 9:00, invalid format"],
  ])('not from %s to %s', (start, end, message) => {
    expect(() => parseTimes(start, end)).toThrow(new TimeIntervalError(message));
  });
});
