import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MODES, type Budget, type GuardPolicy, type Members, type Mode } from '../../../src/core/edition.ts';
import { known, unknown } from '../../../src/core/facts.ts';
import { maxUnavailable, minHealthy } from '../../../src/core/members.ts';
import { policyOf, strictest, stricterMode } from '../../../src/core/permission.ts';
import { factsOf, health, inputOf, policy, workload } from './guards/fixture.ts';

test('observe is stricter than approve, and approve than act', () => {
  const order: readonly Mode[] = MODES;
  for (const a of order) for (const b of order) expect(stricterMode(a, b)).toBe(order[Math.min(order.indexOf(a), order.indexOf(b))]);
});

const ms = fc.nat(1_000_000);
const members: fc.Arbitrary<Members | null> = fc.oneof(
  fc.constant(null),
  fc.record({ count: fc.nat(9) }),
  fc.record({ percent: fc.nat(100) }),
);
const budget: fc.Arbitrary<Budget> = fc.record({
  max: fc.nat(9),
  perMs: fc.constantFrom(1000, 2000),
  scope: fc.constantFrom('target' as const, 'rule' as const),
});
const anyTime = { times: null, weekdays: null, daysOfMonth: null, months: null, years: null, location: 'UTC' };
const weekend = {
  name: 'weekend',
  spans: [
    {
      ...anyTime,
      weekdays: [
        { begin: 0, end: 0 },
        { begin: 6, end: 6 },
      ],
    },
  ],
};
const policies: fc.Arbitrary<GuardPolicy> = fc.record({
  cooldownMs: ms,
  targetCooldownMs: ms,
  budgets: fc.array(budget, { maxLength: 4 }),
  maxInFlight: fc.constantFrom(null, 1, 2, 3),
  maxUnavailable: members,
  minHealthy: members,
  quorum: fc.constantFrom('majority' as const, 'off' as const),
  minAgeMs: ms,
  loop: fc.record({ maxIneffective: fc.nat(9), withinMs: ms }),
  maxHoldMs: ms,
  unknownGraceMs: ms,
  protectedNamespaces: fc.array(fc.constantFrom('a', 'b', 'c')),
  windows: fc.array(fc.record({ kind: fc.constantFrom('active' as const, 'mute' as const), intervals: fc.constantFrom([], [weekend]) })),
});

const missing = (limit: Members | null, desired: number) => (limit === null ? Infinity : maxUnavailable(limit, desired));
const staying = (limit: Members | null, desired: number) => (limit === null ? 0 : minHealthy(limit, desired));

/** Whether `a` forbids all that `b` forbids, in a workload of this size. */
function atLeastAsStrict(a: GuardPolicy, b: GuardPolicy, desired: number): void {
  for (const longer of ['cooldownMs', 'targetCooldownMs', 'minAgeMs'] as const) expect(a[longer]).toBeGreaterThanOrEqual(b[longer]);
  for (const shorter of ['maxHoldMs', 'unknownGraceMs'] as const) expect(a[shorter]).toBeLessThanOrEqual(b[shorter]);
  expect(a.loop.maxIneffective).toBeLessThanOrEqual(b.loop.maxIneffective);
  expect(a.loop.withinMs).toBeGreaterThanOrEqual(b.loop.withinMs);
  if (b.quorum === 'majority') expect(a.quorum).toBe('majority');
  expect(a.protectedNamespaces).toEqual(expect.arrayContaining([...b.protectedNamespaces]));
  expect(a.windows).toEqual(expect.arrayContaining([...b.windows]));
  for (const { scope, perMs, max } of b.budgets) {
    expect(a.budgets.some((one) => one.scope === scope && one.perMs === perMs && one.max <= max)).toBe(true);
  }
  expect(a.maxInFlight ?? Infinity).toBeLessThanOrEqual(b.maxInFlight ?? Infinity);
  expect(missing(a.maxUnavailable, desired)).toBeLessThanOrEqual(missing(b.maxUnavailable, desired));
  expect(staying(a.minHealthy, desired)).toBeGreaterThanOrEqual(staying(b.minHealthy, desired));
}

describe('the strictest of two policies', () => {
  test('forbids all that either of them forbids', () => {
    fc.assert(
      fc.property(policies, policies, fc.integer({ min: 0, max: 20 }), fc.boolean(), (a, b, desired, sizeKnown) => {
        const both = strictest(a, b, sizeKnown ? desired : null);
        atLeastAsStrict(both, a, desired);
        atLeastAsStrict(both, b, desired);
      }),
      { numRuns: 500 },
    );
  });

  test('is the same whichever comes first, and stays what it is', () => {
    const meaning = ({ budgets, protectedNamespaces, windows, ...rest }: GuardPolicy) => ({
      ...rest,
      budgets: new Set(budgets.map((one) => JSON.stringify(one))),
      protectedNamespaces: new Set(protectedNamespaces),
      windows: new Set(windows.map((one) => JSON.stringify(one))),
    });
    fc.assert(
      fc.property(policies, policies, fc.integer({ min: 0, max: 20 }), (one, other, desired) => {
        // Two budgets over one window in one policy are both kept: which of them a third one meets first is no matter of order.
        const trimmed = (each: GuardPolicy) => ({ ...each, budgets: each.budgets.slice(0, 1) });
        const [a, b] = [trimmed(one), trimmed(other)];
        const both = strictest(a, b, desired);
        expect(meaning(strictest(b, a, desired))).toEqual(meaning(both));
        expect(meaning(strictest(both, both, desired))).toEqual(meaning(both));
        expect(meaning(strictest(both, a, desired))).toEqual(meaning(both));
        expect(meaning(strictest(both, b, desired))).toEqual(meaning(both));
      }),
      { numRuns: 500 },
    );
  });

  test('of a policy with itself is no stricter', () => {
    expect(strictest(policy, policy)).toEqual(policy);
  });

  test('takes the smaller of two budgets over one window, and keeps the others', () => {
    const a = { ...policy, budgets: [{ max: 3, perMs: 1000, scope: 'target' }] as const };
    const b = {
      ...policy,
      budgets: [
        { max: 2, perMs: 1000, scope: 'target' },
        { max: 9, perMs: 2000, scope: 'rule' },
      ] as const,
    };
    expect(strictest(a, b).budgets).toEqual(b.budgets);
    expect(strictest(b, a).budgets).toEqual(b.budgets);
  });

  test('lets nothing pass where a count meets a percentage of nobody knows how many', () => {
    const a = { ...policy, maxUnavailable: { count: 2 }, minHealthy: { count: 1 } };
    const b = { ...policy, maxUnavailable: { percent: 50 }, minHealthy: { percent: 50 } };
    expect(strictest(a, b)).toMatchObject({ maxUnavailable: { count: 0 }, minHealthy: { count: Number.MAX_SAFE_INTEGER } });
    expect(strictest(a, b, 3)).toMatchObject({ maxUnavailable: { count: 1 }, minHealthy: { count: 2 } });
  });
});

describe('the policy of a decision', () => {
  const pinned = { ...policy, maxUnavailable: { count: 2 } };
  const base = inputOf({ guards: pinned });
  const inForce = { ruleExists: true, mode: 'act', guards: { ...policy, maxUnavailable: { percent: 50 } }, rungs: null } as const;

  test('is the pinned one where the rule is gone or unchanged', () => {
    expect(policyOf({ ...base, permission: { ...inForce, guards: null } })).toBe(base.edition.rule.guards);
    expect(policyOf(base)).toBe(base.edition.rule.guards);
  });

  test('takes the size of the workload from the facts, where they tell it', () => {
    const at = (desired: number) => factsOf({ workload: { workload, health: health(0, desired) } });
    expect(policyOf({ ...base, permission: inForce, facts: at(10) }).maxUnavailable).toEqual({ count: 2 });
    expect(policyOf({ ...base, permission: inForce, facts: at(2) }).maxUnavailable).toEqual({ count: 1 });
    for (const fact of [unknown('timeout'), known(null)]) {
      expect(policyOf({ ...base, permission: inForce, facts: { ...factsOf(), workload: fact } }).maxUnavailable).toEqual({ count: 0 });
    }
  });
});
