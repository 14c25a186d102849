import { expect, test } from 'vitest';
import { warningsOf } from './warnings.ts';

const target = { kind: 'Pod', namespace: 'a', find: { name: 'b' } };
const rule = { matchers: undefined, target, active_time_intervals: ['nights'] };
const nights = { times: [{ start_time: '02:00', end_time: '04:00' }] };
const at = (schedule: string, more: object = {}) => ({ ...rule, schedule, ...more });
const warnings = (given: object, interval: object = nights) =>
  warningsOf('outside-window', [given], { time_intervals: [{ name: 'nights', time_intervals: [interval] }] });

test.each([
  ['in another time zone', at('30 2 * * *', { timezone: 'Europe/Berlin' }), nights],
  ['on other days', at('0 3 * * mon'), { weekdays: ['saturday', 'sunday'] }],
  ['once a year', at('0 3 1 6 *'), { months: ['may'] }],
  ['that comes before them, and is not started late enough', at('30 0 * * *', { on_missed: 'run_once' }), nights],
])('a schedule whose times never lie in the intervals is told: %s', (_name, given, interval) => {
  expect(warnings(given, interval)).toEqual(['rules[0].schedule: none of its times lies within "active_time_intervals": each is missed']);
});

test.each([
  ['meets them', at('30 2 * * *'), nights],
  ['meets them for half of the year', at('30 4 * * *', { timezone: 'Europe/Berlin' }), nights],
  ['meets them once in four years', at('0 3 * * *'), { months: ['february'], days_of_month: ['29'] }],
  ['is started late, when they begin', at('30 1 * * *', { on_missed: 'run_once' }), nights],
  ['has too many times to try them all', at('*/5 5-23 * * *'), nights],
  ['has intervals of certain years', at('0 3 * * *'), { years: ['2090'] }],
  ['has none', at('0 3 * * *', { active_time_intervals: undefined }), nights],
  ['is only muted', at('0 3 * * *', { active_time_intervals: undefined, mute_time_intervals: ['nights'] }), { weekdays: ['monday'] }],
  ['is none', { matchers: ['alertname="A"'], active_time_intervals: ['nights'] }, nights],
])('one that %s is not', (_name, given, interval) => {
  expect(warnings(given, interval)).toEqual([]);
});
