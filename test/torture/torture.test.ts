import { expect, test } from 'vitest';
import { TORTURE } from './plan.ts';
import { torment } from './torment.ts';

test('nothing is lost, doubled or stuck through kills, stops and deaths of the store', async () => {
  const report = await torment({ runs: TORTURE.runs, mutant: false, redisKills: TORTURE.redisKills });
  console.log('torture', JSON.stringify(report));
  expect(report.stuck).toEqual([]);
  expect(report).toMatchObject({
    runs: TORTURE.runs,
    succeeded: TORTURE.runs,
    doubled: 0,
    missing: 0,
    locksLeft: 0,
    jobsLeft: 0,
    dueLeft: 0,
  });
  expect(report.kills).toBeGreaterThanOrEqual(TORTURE.kills);
  expect(Object.values(report.stops).reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(TORTURE.stops);
  expect(report.redisKills).toBeGreaterThanOrEqual(TORTURE.redisKills);
});

test('with both defences against zombies off the same torture doubles effects', async () => {
  const report = await torment({ runs: 60, mutant: true, redisKills: 0 });
  console.log('torture, mutant', JSON.stringify(report));
  expect(report.doubled).toBeGreaterThanOrEqual(1);
});
