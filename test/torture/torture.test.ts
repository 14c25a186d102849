import { expect, test } from 'vitest';
import { MUTANT, TORTURE } from './plan.ts';
import { torment, type Report } from './torment.ts';

test('nothing is lost, doubled or stuck through kills, stops and deaths of the store', async () => {
  const report = await torment(TORTURE, { clock: true, uid: true });
  print('torture', report);
  expect(report.stuck).toEqual([]);
  expect(report.lost).toEqual([]);
  expect(report.doubled).toEqual([]);
  expect(report.approvalsLost).toEqual([]);
  expect(report.left).toEqual({ due: 0, active: 0, locks: 0, waits: 0, jobs: 0 });
  expect(report).toMatchObject({ runs: report.accepted, succeeded: report.accepted });
  expect(report.accepted).toBeGreaterThanOrEqual(TORTURE.runs);
  expect(report.kills).toBeGreaterThanOrEqual(TORTURE.kills);
  expect(report.redisKills).toBe(TORTURE.redisKills);
  for (const point of TORTURE.stopPoints) expect(report.stops.get(point), point).toBeGreaterThanOrEqual(TORTURE.stopsEach);
  expect(report.approvalsAtWork).toBeGreaterThanOrEqual(1);
});

test('with both defences against zombies off the same torture doubles effects', async () => {
  const report = await torment(MUTANT, { clock: false, uid: false });
  print('mutant', report);
  expect(report.doubled.length).toBeGreaterThanOrEqual(1);
});

function print(name: string, report: Report): void {
  const stops = [...report.stops].map(([point, count]) => `${count} at ${point}`).join(', ');
  const left = Object.entries(report.left).map(([what, count]) => `${count} ${what}`);
  console.log(
    [
      `${name}: seed ${TORTURE.seed}; ${report.accepted} runs of ${TORTURE.effects} effects, ${report.approvals} approvals (${report.approvalsAtWork} of runs at work)`,
      `${name}: ${report.kills} workers killed; stopped for ${TORTURE.stoppedLeases} leases: ${stops}; store killed ${report.redisKills} times`,
      `${name}: ${report.succeeded} succeeded, ${report.lost.length} lost, ${report.doubled.length} doubled, ${report.stuck.length} stuck, ${report.repeated} repeated; left: ${left.join(', ')}; ${report.seconds} s`,
    ].join('\n'),
  );
}
