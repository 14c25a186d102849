import { expect, test } from 'vitest';
import { warningsOf } from './warnings.ts';

const target = { kind: 'Pod', namespace: 'a', find: { name: 'b' } };
const nightly = { matchers: undefined, schedule: '0 3 * * *', target, mode: 'act' };
const time_intervals = [{ name: 'nights', time_intervals: [{ weekdays: ['monday:friday'] }] }];

test('a schedule that may act at any time is told', () => {
  expect(warningsOf('no-window', [nightly])).toEqual([
    'rules[0].schedule: it may act on its schedule whatever else goes on: no time interval keeps it from that',
  ]);
});

test.each([
  ['only looks', { ...nightly, mode: 'observe' }],
  ['has a window', { ...nightly, active_time_intervals: ['nights'] }],
  ['is muted at times', { ...nightly, mute_time_intervals: ['nights'] }],
  ['is started by hand', { ...nightly, schedule: undefined, manual: true }],
])('one that %s is not', (_name, rule) => {
  expect(warningsOf('no-window', [rule], { time_intervals })).toEqual([]);
});
