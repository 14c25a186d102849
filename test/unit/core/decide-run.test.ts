import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decide } from '../../../src/core/decide-run.ts';
import type { DecisionInput } from '../../../src/core/decide.ts';
import { MODES, type Mode } from '../../../src/core/edition.ts';
import { unknown, type FactName, type Facts, type FactTypes } from '../../../src/core/facts.ts';
import type { Guard } from '../../../src/core/guards/guard.ts';
import { GUARD_NAMES, GUARDS, type GuardName } from '../../../src/core/guards/index.ts';
import { isReason, reasons, type Reason } from '../../../src/core/reasons.ts';
import { byHand } from '../../support/sample.ts';
import {
  ago,
  effect,
  FACT_NAMES,
  factsOf,
  found,
  health,
  history,
  inputOf,
  minutes,
  NOW,
  owner,
  plan,
  policy,
  run,
  sight,
  workload,
} from './guards/fixture.ts';

const PERMIT_ONLY = ['gitops', 'lock', 'health', 'rights', 'mode'];

describe('the list', () => {
  test('has guards that apply at both phases, but for those that look at the plan alone', () => {
    const without = (phase: string) =>
      GUARDS.filter(({ phases }) => !(phases as readonly string[]).includes(phase)).map(({ name }) => name);
    expect(without('admit')).toEqual(PERMIT_ONLY);
    expect(without('permit')).toEqual([]);
  });
});

describe('when all is well', () => {
  test('the run may go on, and every guard says so', () => {
    const { verdicts, ...rest } = decide(inputOf());
    expect(rest).toEqual({ then: 'run', reason: null, nextEligibleAt: null });
    expect(verdicts.map(({ guard, result }) => [guard, result])).toEqual(
      GUARD_NAMES.map((name) => [name, name === 'gitops' ? 'n/a' : 'pass']),
    );
  });

  test('admit asks those guards that need no plan', () => {
    const decision = decide(inputOf({ phase: 'admit', plan: null }));
    expect(decision.then).toBe('run');
    expect(decision.verdicts.map(({ guard }) => guard)).toEqual(GUARD_NAMES.filter((name) => !PERMIT_ONLY.includes(name)));
  });
});

describe('the first refusal decides', () => {
  const spent = { ...history, budgets: [{ key: 'b', scope: 'target', used: 3, max: 3, perMs: minutes(60), freesAt: NOW + 1 }] };
  const paused = [{ scope: 'all', by: 'ana', why: 'w', until: NOW + 5, at: NOW }];

  test('and all verdicts are kept', () => {
    const decision = decide(inputOf({ facts: { history: spent, brake: paused, rights: { missing: ['delete pods'] } } }));
    expect(decision).toMatchObject({ then: 'hold', reason: 'paused', nextEligibleAt: NOW + 5 });
    expect(decision.verdicts.map(({ guard }) => guard)).toEqual(GUARD_NAMES);
    expect(decision.verdicts.filter(({ result }) => result === 'refuse').map(({ guard }) => guard)).toEqual(['brake', 'budget', 'rights']);
  });

  test.each([
    ['hold', 'paused', { facts: { brake: paused } }],
    ['skip', 'rule-removed', { permission: { ruleExists: false, mode: 'observe', guards: null, rungs: null } }],
    ['escalate', 'budget-spent', { facts: { history: spent } }],
    ['observe', 'observe-only', { permission: { ruleExists: true, mode: 'observe', guards: null, rungs: null } }],
    ['ask', 'approval-required', { permission: { ruleExists: true, mode: 'approve', guards: null, rungs: null } }],
  ] as const)('then %s, for %s', (then, reason, changes) => {
    expect(decide(inputOf(changes))).toMatchObject({ then, reason });
  });
});

describe('a rule that is muted', () => {
  const muted = { windows: [{ kind: 'mute' as const, intervals: policy.windows[0]?.intervals ?? [] }] };

  test.each([
    ['that nobody can find', { found: 'unknown', why: 'the alert has no label pod' }],
    ['that may be several', { found: 'several', count: 2 }],
  ] as const)('holds, and wakes nobody, for a target %s', (_, target) => {
    expect(decide(inputOf({ guards: muted, facts: { target } }))).toMatchObject({ then: 'hold', reason: 'muted' });
  });
});

describe('a fact that could not be read', () => {
  const needers: Record<FactName | 'plan', readonly string[]> = {
    sight: ['blindness'],
    brake: ['brake'],
    storm: ['storm'],
    owner: ['installation'],
    firing: ['corroboration'],
    suppression: ['suppressed'],
    target: ['expected', 'target', 'settling', 'protection'],
    workload: ['settling', 'protection', 'health'],
    namespace: ['brake', 'protection'],
    history: ['expected', 'lock', 'store', 'cooldown', 'budget', 'concurrency', 'loop'],
    rights: ['rights'],
    plan: ['gitops', 'lock', 'health', 'rights', 'mode'],
  };

  test.each(Object.entries(needers))('%s is a refusal of each guard that needs it', (fact, guards) => {
    const base = inputOf(fact === 'plan' ? { plan: null } : {});
    const input = fact === 'plan' ? base : { ...base, facts: { ...base.facts, [fact]: unknown('timeout') } };
    const decision = decide(input);
    expect(decision).toMatchObject({ then: 'hold', reason: `unknown-${fact}`, nextEligibleAt: null });
    const refusals = decision.verdicts.filter((verdict) => verdict.result === 'refuse');
    expect(refusals.map(({ guard }) => guard)).toEqual(guards);
    for (const refusal of refusals) expect(refusal).toMatchObject({ have: fact === 'plan' ? 'there is no plan' : 'timeout' });
  });
});

/** What each guard may say, as in the table of the design. */
const REASONS: Record<GuardName, readonly Reason[]> = {
  rule: ['rule-removed'],
  blindness: ['blind'],
  brake: ['paused'],
  installation: ['not-owner'],
  corroboration: ['not-firing', 'resolved'],
  suppressed: ['silenced', 'inhibited'],
  window: ['muted', 'outside-window'],
  expected: ['expected'],
  target: ['target-unknown', 'target-ambiguous', 'target-gone', 'self-healed', 'gone-yet-firing', 'node-unreachable'],
  settling: ['settling', 'self-healing', 'rollout-in-progress'],
  protection: ['protected'],
  team: ['outside-team'],
  gitops: ['managed-elsewhere'],
  lock: ['target-busy'],
  store: ['fresh-store'],
  cooldown: ['cooling-down'],
  budget: ['budget-spent', 'awaiting-budget'],
  concurrency: ['lining-up', 'too-many-in-flight'],
  health: ['too-few-healthy', 'quorum-at-risk'],
  storm: ['storm'],
  loop: ['not-helping'],
  rights: ['not-permitted'],
  mode: ['observe-only', 'approval-required'],
};

const mode = fc.constantFrom<Mode>(...MODES);
const time = fc.oneof(fc.constant(null), fc.integer({ min: ago(minutes(5)), max: NOW + minutes(5) }));

const anyTarget: fc.Arbitrary<FactTypes['target']> = fc.oneof(
  fc
    .record({ uid: fc.constantFrom('u1', 'u9'), deletedAt: time, nodeReady: fc.constantFrom(true, false, null), createdAt: fc.nat(NOW) })
    .chain((view) => fc.record({ ownSuccessor: fc.boolean(), orphan: fc.boolean() }).map((rest) => found(view, rest))),
  fc.constantFrom<FactTypes['target']>(
    found(),
    { found: 'none', owner: null },
    { found: 'none', owner },
    { found: 'several', count: 2 },
    { found: 'unknown', why: 'no label' },
  ),
);

const anyWorkload: fc.Arbitrary<FactTypes['workload']> = fc.oneof(
  fc.constant(null),
  fc
    .record({ healthy: fc.nat(4), desired: fc.nat(4), rollingOut: fc.boolean() })
    .map(({ healthy, desired, rollingOut }) => ({ workload: { ...workload, rollingOut }, health: health(healthy, desired) })),
);

const anyFacts: fc.Arbitrary<FactTypes> = fc.record({
  sight: fc.constantFrom(
    null,
    sight,
    { ...sight, api: 'no answer' },
    { api: null, prometheus: { silent: 'no answer' } },
    { api: null, prometheus: null },
    { api: null, prometheus: { ...sight.prometheus, up: 4 } },
  ),
  brake: fc.array(
    fc.record({ scope: fc.constantFrom('all', 'rule:x'), by: fc.constant('a'), why: fc.constant('w'), until: time, at: fc.constant(0) }),
  ),
  storm: fc.constantFrom(null, { cluster: 'prod', since: 0, until: NOW + 1, targets: 9 }),
  owner: fc.constantFrom(null, { holder: 'a', ours: true }, { holder: 'b', ours: false }),
  firing: fc.record({
    source: fc.constantFrom('prometheus' as const, 'alertmanager' as const, null),
    state: fc.constantFrom('firing' as const, 'pending' as const, 'not-firing' as const),
    resolvedByWebhook: fc.boolean(),
  }),
  suppression: fc.constantFrom(null, { silencedBy: [], inhibitedBy: [] }, { silencedBy: ['s'], inhibitedBy: [] }),
  target: anyTarget,
  workload: anyWorkload,
  namespace: fc.constantFrom(null, { name: 'chain', labels: {}, annotations: {} }),
  history: fc.record({
    locks: fc.constantFrom({}, { 'pod:prod/chain/node-1': 'r-9' }),
    coolingUntil: time,
    targetCoolingUntil: time,
    budgets: fc.constantFrom([], [{ key: 'b', scope: 'target', used: 3, max: 3, perMs: 1000, freesAt: null }]),
    memory: fc.constant(null),
    inFlight: fc.record({
      acts: fc.boolean(),
      places: fc.constantFrom([], [{ key: 'in-flight:installation', max: 1, acting: 1, ahead: 0 }]),
    }),
    forgetfulUntil: fc.constantFrom(null, NOW + 1),
  }),
  rights: fc.constantFrom({ missing: [] }, { missing: ['delete pods'] }),
});

const anyInput: fc.Arbitrary<DecisionInput> = fc
  .record({
    phase: fc.constantFrom('admit' as const, 'permit' as const),
    // Half of them start from the case in which all is well, so that late guards are reached too.
    facts: fc.oneof(
      anyFacts,
      fc.subarray(FACT_NAMES).chain((names) => anyFacts.map((all) => pick(all, names))),
    ),
    manual: fc.boolean(),
    inForce: mode,
    gentle: fc.boolean(),
    exists: fc.boolean(),
    pinned: fc.boolean(),
  })
  .map(({ phase, facts, manual, inForce, gentle, exists, pinned }) =>
    inputOf({
      phase,
      facts,
      plan:
        phase === 'admit'
          ? null
          : gentle
            ? { healthy: null, rights: [] }
            : { ...plan, healthy: { during: -1, after: 0 }, patches: ['statefulset:prod/chain/node'] },
      run: { trigger: manual ? byHand : run.trigger, pinned: pinned ? run.pinned : null },
      permission: { ruleExists: exists, mode: inForce, guards: null, rungs: null },
    }),
  );

function pick(all: FactTypes, names: readonly FactName[]): Partial<FactTypes> {
  return Object.fromEntries(names.map((name) => [name, all[name]]));
}

describe('for any facts', () => {
  test('the verdicts stand in the order of the list, one of each guard of the phase', () => {
    fc.assert(
      fc.property(anyInput, (input) => {
        const expected = GUARDS.filter(({ phases }) => (phases as readonly string[]).includes(input.phase)).map(({ name }) => name);
        expect(decide(input).verdicts.map(({ guard }) => guard)).toEqual(expected);
      }),
    );
  });

  test('the decision is the consequence of the first refusal, and run where there is none', () => {
    fc.assert(
      fc.property(anyInput, (input) => {
        const { verdicts, then, reason } = decide(input);
        const first = verdicts.find((verdict) => verdict.result === 'refuse');
        const consequence = first === undefined ? 'run' : reasons[first.reason].then;
        expect({ then, reason }).toEqual({ then: consequence === 'dry' ? 'observe' : consequence, reason: first?.reason ?? null });
      }),
      { numRuns: 500 },
    );
  });

  test('every refusal says what is there, what is needed and what would clear it', () => {
    fc.assert(
      fc.property(anyInput, (input) => {
        for (const verdict of decide(input).verdicts) {
          if (verdict.result !== 'refuse') continue;
          expect(isReason(verdict.reason)).toBe(true);
          expect(verdict.have).not.toBe('');
          expect(verdict.need).not.toBe('');
          expect(verdict.clears).toMatch(/^[A-Za-z].*\.$/);
        }
      }),
      { numRuns: 500 },
    );
  });

  test('a refusal gives one of the reasons of its guard', () => {
    const given = new Map<string, Set<string>>(GUARD_NAMES.map((name) => [name, new Set()]));
    fc.assert(
      fc.property(anyInput, (input) => {
        for (const verdict of decide(input).verdicts) if (verdict.result === 'refuse') given.get(verdict.guard)?.add(verdict.reason);
      }),
      { numRuns: 1000 },
    );
    for (const [guard, words] of given) {
      const own = [...words].filter((word) => !word.startsWith('unknown-'));
      expect(
        own.filter((word) => !(REASONS[guard as GuardName] as readonly string[]).includes(word)),
        guard,
      ).toEqual([]);
    }
  });

  test('whichever need of a guard is unreadable, in either phase, that guard refuses and nothing is done', () => {
    for (const phase of ['admit', 'permit'] as const) {
      const well = inputOf({ phase, ...(phase === 'admit' ? { plan: null } : {}) });
      for (const { name, needs, phases } of GUARDS as readonly Guard<GuardName>[]) {
        if (!phases.includes(phase)) continue;
        for (const need of needs) {
          const input = need === 'plan' ? { ...well, plan: null } : { ...well, facts: { ...well.facts, [need]: unknown('timeout') } };
          const { then, verdicts } = decide(input);
          expect(
            verdicts.find(({ guard }) => guard === name),
            `${name} at ${phase} without ${need}`,
          ).toMatchObject({ reason: `unknown-${need}` });
          expect(then).toBe('hold');
        }
      }
    }
  });

  test('whichever guard refuses, nothing is run', () => {
    fc.assert(
      fc.property(anyInput, (input) => {
        const { then, verdicts } = decide(input);
        expect(then === 'run').toBe(verdicts.every(({ result }) => result !== 'refuse'));
      }),
      { numRuns: 500 },
    );
  });

  test('what this run did itself makes no guard refuse', () => {
    fc.assert(
      fc.property(anyInput, (input) => {
        const { pinned, target } = input.run;
        const before = decide(input).verdicts;
        const own = { ...input.run, effects: [{ ...effect, uid: pinned?.uid ?? 'u1', at: NOW - 1 }], acted: true };
        const after = decide({ ...input, run: own }).verdicts;
        const refused = (verdicts: typeof before) => verdicts.filter(({ result }) => result === 'refuse').map(({ guard }) => guard);
        expect(refused(before), target.key).toEqual(expect.arrayContaining(refused(after)));
      }),
      { numRuns: 500 },
    );
  });

  test('with a needed one unreadable nothing is done, asked or observed', () => {
    fc.assert(
      fc.property(anyInput, fc.subarray(FACT_NAMES, { minLength: 1 }), (input, names) => {
        const facts: Facts = { ...input.facts, ...Object.fromEntries(names.map((name) => [name, unknown('timeout')])) };
        const { then, verdicts } = decide({ ...input, facts });
        const refusedForIt = verdicts.some((verdict) => verdict.result === 'refuse' && verdict.reason.startsWith('unknown-'));
        // Not needed by any guard in this case, e.g. the workload of an orphan.
        if (!refusedForIt) return;
        expect(['hold', 'skip', 'escalate']).toContain(then);
      }),
      { numRuns: 1000 },
    );
  });

  test('each one is needed when all is well', () => {
    for (const name of FACT_NAMES) {
      const facts = { ...factsOf(), [name]: unknown('timeout') };
      expect(decide({ ...inputOf(), facts })).toMatchObject({ then: 'hold', reason: `unknown-${name}` });
    }
  });

  test('an unreadable fact never lets pass what the known one would refuse', () => {
    fc.assert(
      fc.property(anyInput, fc.constantFrom(...FACT_NAMES), (input, name) => {
        const blind = decide({ ...input, facts: { ...input.facts, [name]: unknown('timeout') } });
        if (['run', 'ask', 'observe'].includes(blind.then)) expect(decide(input).then).toBe(blind.then);
      }),
      { numRuns: 1000 },
    );
  });

  test('a dry run is decided like a live one, but for the mode, and for a store that may have forgotten what was done', () => {
    fc.assert(
      fc.property(anyInput, fc.constantFrom('observe' as const, 'flag' as const), (input, dry) => {
        const live = decide(input);
        const observed = decide({ ...input, run: { ...input.run, dry } });
        const others = (decision: typeof live) => decision.verdicts.filter(({ guard }) => guard !== 'mode' && guard !== 'store');
        expect(others(observed)).toEqual(others(live));
        if (live.reason === 'fresh-store') expect(observed.reason).not.toBe(live.reason);
        else if (live.reason !== null) expect(observed.reason).toBe(live.reason);
        else expect(observed).toMatchObject(input.phase === 'admit' ? { then: 'run' } : { then: 'observe', reason: 'observe-only' });
      }),
      { numRuns: 500 },
    );
  });

  test('the same input gives the same decision, and is left as it was', () => {
    fc.assert(
      fc.property(anyInput, (input) => {
        const before = structuredClone(input);
        expect(decide(input)).toEqual(decide(input));
        expect(input).toEqual(before);
      }),
    );
  });
});

test('a policy in force that is stricter than the pinned one counts', () => {
  const input = inputOf({ facts: { target: found({ createdAt: ago(minutes(3)), containers: [] }) } });
  expect(decide(input).then).toBe('run');
  const guards = { ...input.edition.rule.guards, minAgeMs: minutes(5) };
  expect(decide({ ...input, permission: { ...input.permission, guards } })).toMatchObject({ then: 'hold', reason: 'settling' });
});

test('a policy in force that is looser does not', () => {
  const input = inputOf({ facts: { target: found({ createdAt: ago(minutes(1)), containers: [] }) } });
  const guards = { ...input.edition.rule.guards, minAgeMs: 0 };
  expect(decide({ ...input, permission: { ...input.permission, guards } })).toMatchObject({ then: 'hold', reason: 'settling' });
});
