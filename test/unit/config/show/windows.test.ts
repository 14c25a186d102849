import { expect, test } from 'vitest';
import { windowStates } from '../../../../src/config/show/windows.ts';
import type { TimeInterval, TimeSpan } from '../../../../src/core/time-interval/time-interval.ts';

const any: TimeSpan = { times: null, weekdays: null, daysOfMonth: null, months: null, years: null, location: 'UTC' };
const interval = (name: string, span: Partial<TimeSpan>): [string, TimeInterval] => [name, { name, spans: [{ ...any, ...span }] }];
const timeIntervals = new Map([
  interval('nights', { times: [{ begin: 0, end: 360 }] }),
  interval('berlin-nights', { times: [{ begin: 0, end: 360 }], location: 'Europe/Berlin' }),
  interval('past', { years: [{ begin: 2020, end: 2021 }] }),
  interval('always', {}),
]);

const rule = (name: string, document: object) => ({ edition: { rule: { name } }, document });
const set = {
  setting: { timeIntervals },
  rules: [
    rule('acts-at-night', { active_time_intervals: ['nights', 'past'] }),
    rule('sleeps-at-night', { mute_time_intervals: ['nights'] }),
    rule('always', {}),
  ],
} as unknown as Parameters<typeof windowStates>[0];

test('each time interval says whether it is active then, when it changes, and who uses it', () => {
  expect(windowStates(set, Date.parse('2026-07-01T05:00:00Z'))).toEqual([
    {
      name: 'nights',
      active: true,
      changesAt: '2026-07-01T06:00:00.000Z',
      rules: [
        { name: 'acts-at-night', use: 'active' },
        { name: 'sleeps-at-night', use: 'mute' },
      ],
    },
    { name: 'berlin-nights', active: false, changesAt: '2026-07-01T22:00:00.000Z', rules: [] },
    { name: 'past', active: false, changesAt: null, rules: [{ name: 'acts-at-night', use: 'active' }] },
    { name: 'always', active: true, changesAt: null, rules: [] },
  ]);
});
