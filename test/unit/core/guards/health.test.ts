import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { GuardPolicy, Members } from '../../../../src/core/edition.ts';
import type { Workload } from '../../../../src/core/objects.ts';
import { health, policy as defaults, verdictOf, workload, type Changes } from './fixture.ts';

interface Case {
  readonly healthy: number;
  readonly desired: number;
  /** The target is one of the healthy ones, so that the effect takes it away while it happens. */
  readonly takesOne: boolean;
  readonly kind?: Workload['kind'];
  readonly guards?: Partial<GuardPolicy>;
}

function changesOf({ healthy, desired, takesOne, kind = 'StatefulSet', guards = {} }: Case): Changes {
  return {
    guards,
    facts: { workload: { workload: { ...workload, kind, replicas: desired }, health: health(healthy, desired) } },
    plan: { healthy: takesOne ? { during: -1, after: 0 } : { during: 0, after: 1 } },
  };
}

function outcomeOf(one: Case): string {
  const verdict = verdictOf('health', changesOf(one));
  return verdict.result === 'refuse' ? verdict.reason : verdict.result;
}

describe('with the defaults (max_unavailable 1, quorum majority) a StatefulSet of', () => {
  test.each([
    [1, 0, false, 'pass'], // acts only because it is already down
    [1, 1, true, 'quorum-at-risk'],
    [2, 1, false, 'pass'],
    [2, 2, true, 'quorum-at-risk'],
    [2, 0, false, 'too-few-healthy'],
    [2, 1, true, 'too-few-healthy'],
    [3, 2, false, 'pass'],
    [3, 3, true, 'pass'],
    [3, 1, false, 'too-few-healthy'], // a second one went down meanwhile
    [3, 2, true, 'too-few-healthy'],
    [3, 0, false, 'too-few-healthy'],
    [5, 4, false, 'pass'],
    [5, 5, true, 'pass'],
    [5, 3, false, 'too-few-healthy'],
    [5, 4, true, 'too-few-healthy'],
  ])('%i with %i healthy, a healthy one taken: %s → %s', (desired, healthy, takesOne, outcome) => {
    expect(outcomeOf({ desired, healthy, takesOne })).toBe(outcome);
  });
});

describe('a Deployment has no quorum', () => {
  test.each([
    [1, 1, true, 'pass'],
    [2, 2, true, 'pass'],
    [2, 1, true, 'too-few-healthy'],
  ])('of %i with %i healthy, a healthy one taken: %s → %s', (desired, healthy, takesOne, outcome) => {
    expect(outcomeOf({ desired, healthy, takesOne, kind: 'Deployment' })).toBe(outcome);
  });
});

describe('quorum alone (max_unavailable off)', () => {
  const guards = { maxUnavailable: null };
  // Members: the fewest healthy ones from which a healthy one may still be taken.
  test.each([
    [3, 3],
    [4, 4],
    [5, 4],
    [6, 5],
    [7, 5],
  ])('of %i members a healthy one may go only while %i are healthy', (desired, least) => {
    expect(outcomeOf({ desired, healthy: least, takesOne: true, guards })).toBe('pass');
    expect(outcomeOf({ desired, healthy: least - 1, takesOne: true, guards })).toBe('quorum-at-risk');
  });

  test.each([1, 2, 3, 5, 7])('of %i members one that is already unhealthy costs nothing', (desired) => {
    expect(outcomeOf({ desired, healthy: 0, takesOne: false, guards })).toBe('pass');
  });

  test('may be switched off', () => {
    expect(outcomeOf({ desired: 3, healthy: 1, takesOne: true, guards: { ...guards, quorum: 'off' } })).toBe('pass');
  });
});

describe('percentages round towards caution', () => {
  // max_unavailable, members, how many may be missing: rounded down.
  test.each([
    [50, 2, 1],
    [50, 3, 1],
    [50, 5, 2],
    [33, 3, 0],
    [34, 3, 1],
    [25, 3, 0],
    [25, 4, 1],
    [25, 7, 1],
    [10, 9, 0],
    [10, 20, 2],
    [0, 20, 0],
    [100, 3, 3],
    [7, 100, 7],
    [29, 100, 29],
  ])('max_unavailable %i%% of %i lets %i be missing', (percent, desired, missing) => {
    const guards: Partial<GuardPolicy> = { maxUnavailable: { percent }, quorum: 'off' };
    expect(outcomeOf({ desired, healthy: desired - missing, takesOne: false, guards })).toBe('pass');
    if (missing < desired) expect(outcomeOf({ desired, healthy: desired - missing - 1, takesOne: false, guards })).toBe('too-few-healthy');
  });

  // min_healthy, members, how many must stay: rounded up.
  test.each([
    [51, 1, 1],
    [51, 2, 2],
    [50, 2, 1],
    [50, 3, 2],
    [66, 3, 2],
    [67, 3, 3],
    [34, 3, 2],
    [33, 3, 1],
    [80, 5, 4],
    [81, 5, 5],
    [1, 20, 1],
    [0, 20, 0],
    [100, 4, 4],
    [57, 100, 57],
  ])('min_healthy %i%% of %i lets no fewer than %i stay', (percent, desired, least) => {
    const guards: Partial<GuardPolicy> = { maxUnavailable: null, minHealthy: { percent }, quorum: 'off' };
    expect(outcomeOf({ desired, healthy: least, takesOne: false, guards })).toBe('pass');
    if (least > 0) expect(outcomeOf({ desired, healthy: least - 1, takesOne: false, guards })).toBe('too-few-healthy');
  });
});

test('a target that is already down does not shrink the healthy set', () => {
  const guards: Partial<GuardPolicy> = { maxUnavailable: null, minHealthy: { count: 2 } };
  expect(outcomeOf({ desired: 3, healthy: 2, takesOne: false, guards })).toBe('pass');
  expect(outcomeOf({ desired: 3, healthy: 2, takesOne: true, guards })).toBe('too-few-healthy');
});

test('the worse of during and after counts', () => {
  const facts = { workload: { workload, health: health(3, 3) } };
  expect(verdictOf('health', { facts, plan: { healthy: { during: -1, after: -2 } } })).toMatchObject({ reason: 'too-few-healthy' });
  expect(verdictOf('health', { facts, plan: { healthy: { during: -2, after: 0 } } })).toMatchObject({ reason: 'too-few-healthy' });
});

test('a refusal says what is there, what is needed and by which limit', () => {
  const guards: Partial<GuardPolicy> = { maxUnavailable: { count: 1 }, minHealthy: { percent: 66 } };
  expect(verdictOf('health', changesOf({ desired: 3, healthy: 2, takesOne: true, guards }))).toEqual({
    guard: 'health',
    result: 'refuse',
    reason: 'too-few-healthy',
    have: '2 of 3 healthy, 1 at the lowest with the effect',
    need: '2, max_unavailable: 1, min_healthy: 66%',
    clears: 'Another member of StatefulSet node becomes healthy.',
    nextEligibleAt: null,
  });
  expect(verdictOf('health', changesOf({ desired: 1, healthy: 1, takesOne: true }))).toEqual({
    guard: 'health',
    result: 'refuse',
    reason: 'quorum-at-risk',
    have: '1 of 1 healthy, 0 at the lowest with the effect',
    need: '1, a majority of 1',
    clears: 'A human decides whether delete pod chain/node-1 is worth the quorum of StatefulSet node.',
    nextEligibleAt: null,
  });
});

test('a verdict that passes says how much room there was', () => {
  expect(verdictOf('health')).toEqual({ guard: 'health', result: 'pass', have: '2 of 3 healthy', need: '2' });
  expect(
    verdictOf('health', changesOf({ desired: 3, healthy: 0, takesOne: false, guards: { maxUnavailable: null, quorum: 'off' } })),
  ).toEqual({
    guard: 'health',
    result: 'pass',
    have: '0 of 3 healthy',
    need: '0',
  });
});

test('of a pinned count and a percentage in force the stricter one at this size counts', () => {
  const one = (desired: number, healthy: number) => ({
    ...changesOf({ desired, healthy, takesOne: false, guards: { maxUnavailable: { count: 2 }, quorum: 'off' } }),
    permission: { ruleExists: true, mode: 'act' as const, guards: { ...defaults, maxUnavailable: { percent: 25 } }, rungs: null },
  });
  expect(verdictOf('health', one(20, 18)).result).toBe('pass'); // 25 % of 20 are 5: the count is stricter
  expect(verdictOf('health', one(20, 17))).toMatchObject({ reason: 'too-few-healthy' });
  expect(verdictOf('health', one(5, 4)).result).toBe('pass'); // 25 % of 5 are 1
  expect(verdictOf('health', one(5, 3))).toMatchObject({ reason: 'too-few-healthy' });
});

test('a plan that leaves health alone, or a target without a workload, has nothing to weigh', () => {
  expect(verdictOf('health', { plan: { healthy: null } })).toMatchObject({
    result: 'n/a',
    why: 'the plan leaves the health of the workload alone',
  });
  expect(verdictOf('health', { facts: { workload: null } })).toMatchObject({ result: 'n/a', why: 'the target belongs to no workload' });
});

/** Counts members one by one instead of calculating: slow, and independent of the guard's arithmetic. */
function oracle(one: Required<Case>): string {
  const { healthy, desired, takesOne, kind } = one;
  const { maxUnavailable, minHealthy, quorum } = one.guards as GuardPolicy;
  const left = takesOne ? healthy - 1 : healthy;
  let missing = 0;
  for (let member = 0; member < desired; member += 1) if (member >= left) missing += 1;
  if (maxUnavailable !== null && missing > largestWithin(maxUnavailable, desired)) return 'too-few-healthy';
  if (minHealthy !== null && left < smallestReaching(minHealthy, desired)) return 'too-few-healthy';
  // A majority is more than those who are not part of it.
  if (kind === 'StatefulSet' && quorum === 'majority' && takesOne && !(left > desired - left)) return 'quorum-at-risk';
  return 'pass';
}

/** The largest number of members that is no more than the limit. */
function largestWithin(limit: Members, desired: number): number {
  if ('count' in limit) return limit.count;
  let most = 0;
  for (let count = 1; count <= desired; count += 1) if (count * 100 <= limit.percent * desired) most = count;
  return most;
}

/** The smallest number of members that is no less than the limit. */
function smallestReaching(limit: Members, desired: number): number {
  if ('count' in limit) return limit.count;
  let count = 0;
  while (count * 100 < limit.percent * desired) count += 1;
  return count;
}

test('agrees with counting members one by one', () => {
  const limit = fc.oneof(
    fc.constant(null),
    fc.record({ count: fc.integer({ min: 0, max: 21 }) }),
    fc.record({ percent: fc.integer({ min: 0, max: 100 }) }),
  );
  const sizes = fc
    .integer({ min: 1, max: 20 })
    .chain((desired) =>
      fc.record({ desired: fc.constant(desired), healthy: fc.integer({ min: 0, max: desired }), takesOne: fc.boolean() }),
    );
  const policies = fc.record({ maxUnavailable: limit, minHealthy: limit, quorum: fc.constantFrom('majority' as const, 'off' as const) });
  const kinds = fc.constantFrom('StatefulSet' as const, 'Deployment' as const, 'DaemonSet' as const);
  fc.assert(
    fc.property(sizes, policies, kinds, (size, guards, kind) => {
      const one = { ...size, takesOne: size.takesOne && size.healthy > 0, guards, kind };
      expect(outcomeOf(one)).toBe(oracle(one));
    }),
    { numRuns: 2000 },
  );
});
