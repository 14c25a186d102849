import { describe, expect, test } from 'vitest';
import type { GuardPolicy } from '../../../../src/core/edition.ts';
import { majority, maxUnavailable, minHealthy } from '../../../../src/core/members.ts';
import { health, verdictOf, workload } from './fixture.ts';
import {
  disruptionMaxUnavailable,
  disruptionMinAvailable,
  etcdRemoval,
  failureTolerance,
  machineHealthCheckAllowed,
  machineHealthCheckMaxUnhealthy,
  nodeHealthCheckMaxUnhealthy,
  nodeHealthCheckMinHealthy,
  type Limit,
} from './tables/peers.ts';

/** Health maths against the tables of others. An exception must differ, towards caution or with a reason. */

function outcomeOf(guards: Partial<GuardPolicy>, healthy: number, desired: number, takesOne: boolean): string {
  const verdict = verdictOf('health', {
    guards: { maxUnavailable: null, minHealthy: null, quorum: 'off', ...guards },
    facts: { workload: { workload: { ...workload, replicas: desired }, health: health(healthy, desired) } },
    plan: { healthy: takesOne ? { during: -1, after: 0 } : { during: 0, after: 1 } },
  });
  return verdict.result === 'refuse' ? verdict.reason : verdict.result;
}

const text = ({ limit, of }: Limit) => `${'count' in limit ? limit.count : `${limit.percent}%`} of ${of}`;
const named = (limits: readonly Limit[]) => limits.map((one) => [text(one), one] as const);

describe.each([
  ['PodDisruptionBudget', disruptionMinAvailable],
  ['NodeHealthCheck', nodeHealthCheckMinHealthy],
])('min_healthy as in %s', (_, limits) => {
  test.each(named(limits))('%s', (_name, { limit, of, healthy }) => {
    expect(minHealthy(limit, of)).toBe(healthy);
    expect(outcomeOf({ minHealthy: limit }, healthy, of, false)).toBe('pass');
    if (healthy > 0) expect(outcomeOf({ minHealthy: limit }, healthy - 1, of, false)).toBe('too-few-healthy');
    if (healthy > 0) expect(outcomeOf({ minHealthy: limit }, healthy, of, true)).toBe('too-few-healthy');
  });
});

describe.each([
  ['PodDisruptionBudget', disruptionMaxUnavailable],
  ['NodeHealthCheck', nodeHealthCheckMaxUnhealthy],
  ['MachineHealthCheck', machineHealthCheckMaxUnhealthy],
])('max_unavailable as in %s', (_, limits) => {
  test.each(named(limits))('%s', (_name, { limit, of, healthy, ours = healthy }) => {
    expect(Math.max(0, of - maxUnavailable(limit, of))).toBe(ours);
    expect(outcomeOf({ maxUnavailable: limit }, ours, of, false)).toBe('pass');
    if (ours > 0) expect(outcomeOf({ maxUnavailable: limit }, ours - 1, of, false)).toBe('too-few-healthy');
  });

  test('and where we differ we are stricter, and say why', () => {
    for (const { healthy, ours, because } of limits.filter((one) => one.ours !== undefined)) {
      expect(ours).toBeGreaterThan(healthy);
      expect(because).not.toBe(undefined);
    }
  });
});

test.each(machineHealthCheckAllowed)('MachineHealthCheck: $healthy of $of healthy, $limit', ({ limit, of, healthy, allowed }) => {
  expect(outcomeOf({ maxUnavailable: limit }, healthy, of, false)).toBe(allowed ? 'pass' : 'too-few-healthy');
});

describe('a quorum', () => {
  const guards = { quorum: 'majority' } as const;

  test.each(failureTolerance)('of %i members has a majority of %i and bears the loss of %i', (size, needed, tolerated) => {
    expect(majority(size)).toBe(needed);
    expect(size - majority(size)).toBe(tolerated);
    expect(outcomeOf(guards, needed, size, true)).toBe('quorum-at-risk');
    if (tolerated > 0) expect(outcomeOf(guards, needed + 1, size, true)).toBe('pass');
  });

  test.each(etcdRemoval)('of $members members with $failed others unhealthy bears a healthy one away: $oursHealthy', (row) => {
    const { members, failed, oursHealthy } = row;
    expect(outcomeOf(guards, members - failed, members, true)).toBe(oursHealthy ? 'pass' : 'quorum-at-risk');
    // Restarting the one that is unhealthy anyway takes no vote away, where removing it could.
    expect(outcomeOf(guards, members - failed - 1, members, false)).toBe('pass');
  });

  test('is given no more freely than where a member is removed for good', () => {
    for (const { safe, oursHealthy } of etcdRemoval) if (oursHealthy) expect(safe).toBe(true);
  });
});
