import { describe, expect, test } from 'vitest';
import { CronError, parseCron } from '../../../../src/core/schedule/cron.ts';

const range = (from: number, to: number, step = 1) =>
  Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, index) => from + index * step);
const every = { minutes: range(0, 59), hours: range(0, 23), daysOfMonth: range(1, 31), months: range(1, 12), weekdays: range(0, 6) };

describe('five fields mean', () => {
  test.each([
    ['* * * * *', {}],
    ['0 3 * * *', { minutes: [0], hours: [3] }],
    [' 5,10 \t0 * * * ', { minutes: [5, 10], hours: [0] }],
    ['*/15 * * * *', { minutes: [0, 15, 30, 45] }],
    ['*/40 * * * *', { minutes: [0, 40] }],
    ['7-59/26 * * * *', { minutes: [7, 33, 59] }],
    ['50/5 * * * *', { minutes: [50, 55] }],
    ['10-10 * * * *', { minutes: [10] }],
    ['0 9-17/4,20 * * *', { minutes: [0], hours: [9, 13, 17, 20] }],
    ['* * 1,15 * *', { daysOfMonth: [1, 15] }],
    ['* * * jan-mar,DEC *', { months: [1, 2, 3, 12] }],
    ['* * * */5 *', { months: [1, 6, 11] }],
    ['* * * * mon-fri', { weekdays: [1, 2, 3, 4, 5] }],
    ['* * * * 5-7', { weekdays: [0, 5, 6] }],
    ['* * * * 7,0', { weekdays: [0] }],
    ['* * * * */2', { weekdays: [0, 2, 4, 6] }],
    ['* * * * 3/2', { weekdays: [3, 5] }],
    ['* * * * 7/2', { weekdays: [0] }],
    ['* * 29 2 *', { daysOfMonth: [29], months: [2] }],
    ['* * 31 2 1', { daysOfMonth: [31], months: [2], weekdays: [1] }],
  ])('%s', (text, differs) => {
    expect(parseCron(text)).toMatchObject({ ...every, ...differs });
  });
});

test.each([
  ['@yearly', '0 0 1 1 *'],
  ['@annually', '0 0 1 1 *'],
  ['@monthly', '0 0 1 * *'],
  ['@weekly', '0 0 * * 0'],
  ['@daily', '0 0 * * *'],
  [' @midnight ', '0 0 * * *'],
  ['@hourly', '0 * * * *'],
])('%s means %s', (name, fields) => {
  expect(parseCron(name)).toEqual(parseCron(fields));
});

test('what is refused says what to write instead', () => {
  const fixOf = (text: string) => {
    try {
      return parseCron(text);
    } catch (error) {
      return (error as CronError).fix;
    }
  };
  expect(fixOf('0 3')).toBe('write minute hour day month weekday, such as "0 3 * * mon-fri"');
  expect(fixOf('@wekly')).toBe('did you mean @weekly?');
  expect(fixOf('@full-moon')).toBe('write minute hour day month weekday, such as "0 3 * * mon-fri"');
  expect(fixOf('@reboot')).toContain('manual: true');
  expect(fixOf('@every 1h')).toContain('"*/30 * * * *"');
});

test.each([
  ['0 3 * * *', true, false],
  ['0 3 1 * *', true, false],
  ['0 3 * * 1', true, false],
  ['0 3 */2 * 1', true, false],
  ['0 3 1 * 1', false, false],
  ['* 3 1 * 1', false, true],
  ['0 */2 1 * 1', false, true],
])('%s: both days %s, follows the wall clock %s', (text, bothDays, wild) => {
  expect(parseCron(text)).toMatchObject({ bothDays, wild });
});

test.each([
  ['', 'must be five fields, minute hour day month weekday, found 1'],
  ['daily', 'must be five fields, minute hour day month weekday, found 1'],
  ['@daily 3', '"@daily 3" is no name of a schedule'],
  ['@Daily', '"@Daily" is no name of a schedule; there are @yearly, @annually, @monthly, @weekly, @daily, @midnight, @hourly'],
  ['@reboot', '"@reboot" names no time'],
  ['@every', '"@every" would be counted from the start of a daemon'],
  ['@every 1h30m', '"@every 1h30m" would be counted from the start of a daemon'],
  ['@everyday', '"@everyday" is no name of a schedule'],
  ['0 0 3 * * *', 'must be five fields, minute hour day month weekday, found 6'],
  ['60 * * * *', 'minute: 60 is not from 0 to 59'],
  ['* 24 * * *', 'hour: 24 is not from 0 to 23'],
  ['* * 0 * *', 'day of the month: 0 is not from 1 to 31'],
  ['* * * 13 *', 'month: 13 is not from 1 to 12'],
  ['* * * * 8', 'day of the week: 8 is not from 0 to 7'],
  ['-1 * * * *', 'minute: "-1" is neither * nor a number from 0 to 59, a range a-b, or either with a step /n'],
  ['1-2-3 * * * *', 'minute: "1-2-3" is neither'],
  ['1/2/3 * * * *', 'minute: "1/2/3" is neither'],
  ['*/x * * * *', 'minute: "*/x" is neither'],
  ['*/0 * * * *', 'minute: a step must be at least 1, found "*/0"'],
  ['30-10 * * * *', 'minute: "30-10" ends before it begins'],
  ['* * * * fri-mon', 'day of the week: "fri-mon" ends before it begins'],
  ['1,,2 * * * *', 'minute: "" is neither'],
  ['* * * mo *', 'month: "mo" is neither * nor a number from 1 to 12 or jan to dec, a range'],
  ['* * ? * *', 'day of the month: "?" is neither'],
  ['jan * * * *', 'minute: "jan" is neither'],
  ['0 0 30 2 *', 'day of the month 30 never comes in month 2'],
  ['0 0 31 4,6,9,11 *', 'day of the month 31 never comes in month 4,6,9,11'],
])('%s is refused', (text, message) => {
  const error = (() => {
    try {
      return parseCron(text);
    } catch (thrown) {
      return thrown;
    }
  })();
  expect(error).toBeInstanceOf(CronError);
  expect((error as CronError).message).toContain(message);
});
