import { expect, test } from 'vitest';
import { PlanRefused } from '../../../src/core/capability.ts';
import { FAIL_POINTS, noFailPoints } from '../../../src/core/fail-point.ts';
import { logOf } from '../../../src/core/log.ts';
import { ClusterError } from '../../../src/core/ports.ts';
import { StoreError } from '../../../src/core/store.ts';
import { recordingLog } from '../../support/log.ts';
import { sampleRun } from '../../support/sample.ts';

/** What crosses the ports: errors that callers tell apart by class and kind, never by their text. */

test.each([
  [new ClusterError('timeout', 'no answer within 10s'), 'ClusterError', 'timeout'],
  [new StoreError('full', 'OOM'), 'StoreError', 'full'],
])('$name says its kind', (error, name, kind) => {
  expect(error).toBeInstanceOf(Error);
  expect([error.name, error.kind, String(error)]).toEqual([name, kind, `${name}: ${error.message}`]);
});

test('a plan that cannot be made is no failed read: another reading would not change it', () => {
  const refused = new PlanRefused('2 processes match');
  expect(String(refused)).toBe('PlanRefused: 2 processes match');
  expect(refused).not.toBeInstanceOf(ClusterError);
});

test('the log of a run says on every line which run it is about', () => {
  const log = recordingLog();
  logOf(log, sampleRun()).info({ reason: 'timeout' }, 'run ended');
  expect(log.lines).toMatchObject([
    { fields: { run: 'r-1a', rule: 'archivechain-node-down', target: 'pod:main/archivechain-prod/node-1', reason: 'timeout' } },
  ]);
});

test('a fail-point does nothing outside of tests', async () => {
  for (const point of FAIL_POINTS) expect(await noFailPoints(point)).toBeUndefined();
});
