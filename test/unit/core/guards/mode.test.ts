import { describe, expect, test } from 'vitest';
import type { DecisionInput } from '../../../../src/core/decide.ts';
import { MODES, type Mode } from '../../../../src/core/edition.ts';
import type { Approval } from '../../../../src/core/run.ts';
import { ago, edition, inputOf, minutes, plan, verdictIn, type Changes } from './fixture.ts';

interface Modes {
  readonly rule?: Mode;
  readonly rung?: Mode | null;
  readonly force?: Mode;
}

function withModes({ rule = 'act', rung = null, force = 'act' }: Modes, changes: Changes = {}) {
  const base = inputOf(changes);
  const ladder = edition.ladder.map((one) => ({ ...one, mode: rung }));
  const permission = { ...base.permission, mode: force };
  return verdictIn({ ...base, permission, edition: { ...base.edition, ladder, rule: { ...base.edition.rule, mode: rule } } }, 'mode');
}

const approval: Approval = {
  planHash: 'h1',
  plan,
  askedAt: ago(minutes(5)),
  expiresAt: ago(0),
  approvedBy: 'ana',
  approvedAt: ago(minutes(4)),
};

describe('the strictest of rule, rung and what is in force', () => {
  const cases = MODES.flatMap((rule) => ([...MODES, null] as const).flatMap((rung) => MODES.map((force) => ({ rule, rung, force }))));

  test.each(cases)('rule $rule, rung $rung, in force $force', (modes) => {
    const all = [modes.rule, modes.rung, modes.force];
    const ofRung = modes.rung === 'observe' && modes.rule !== 'observe' && modes.force !== 'observe';
    const expected = ofRung
      ? 'rung-observes'
      : all.includes('observe')
        ? 'observe-only'
        : all.includes('approve')
          ? 'approval-required'
          : undefined;
    const verdict = withModes(modes);
    expect(verdict.result === 'refuse' ? verdict.reason : undefined).toBe(expected);
  });

  test('is named with the one who demands it', () => {
    expect(withModes({})).toEqual({ guard: 'mode', result: 'pass', have: 'mode act (rule node-down)' });
    expect(withModes({ rung: 'approve' })).toMatchObject({ have: 'mode approve (remediation restart), not approved' });
    expect(withModes({ force: 'observe', rung: 'approve' })).toMatchObject({ have: 'mode observe (in force now)' });
  });

  test('is that of rule and force where the run stands beyond the ladder', () => {
    expect(withModes({ rung: 'observe' }, { run: { rung: 7 } }).result).toBe('pass');
  });
});

test('a dry run that comes to a rung which only observes says what it would do', () => {
  expect(withModes({ rung: 'observe' }, { run: { dry: 'flag' } })).toMatchObject({ reason: 'observe-only' });
  expect(withModes({ rung: 'observe' })).toMatchObject({
    have: 'mode observe (remediation restart)',
    clears: `A human decides whether to ${plan.describe}, or the rung is set to act or approve.`,
  });
});

describe('the rung in force', () => {
  const [restart] = edition.ladder;
  if (restart === undefined) throw new Error('the case has no rung');
  const inForce = (rungs: NonNullable<DecisionInput['permission']['rungs']>, run = {}, pinned = [restart]) => {
    const base = inputOf({ run });
    return verdictIn({ ...base, edition: { ...base.edition, ladder: pinned }, permission: { ...base.permission, rungs } }, 'mode');
  };

  test.each(MODES)('in mode %s binds a run that is pinned to act', (mode) => {
    const reason = { observe: 'observe-only', approve: 'approval-required', act: undefined }[mode];
    const verdict = inForce([{ ...restart, mode }]);
    expect(verdict.result === 'refuse' ? verdict.reason : undefined).toBe(reason);
  });

  test('is named as the one that demands it', () => {
    expect(inForce([{ ...restart, mode: 'observe' }])).toMatchObject({ have: 'mode observe (remediation restart, in force now)' });
  });

  test('does not loosen what was pinned', () => {
    expect(inForce([{ ...restart, mode: 'act' }], {}, [{ ...restart, mode: 'observe' }])).toMatchObject({ reason: 'rung-observes' });
  });

  test('is the one of the same remediation, wherever the ladder has it now', () => {
    const other = { ...restart, remediation: 'other', mode: 'observe' } as const;
    expect(inForce([other, restart]).result).toBe('pass');
    expect(
      inForce([
        { ...other, mode: null },
        { ...restart, mode: 'observe' },
      ]),
    ).toMatchObject({ reason: 'observe-only' });
  });

  test('is the second where a ladder tries a remediation twice', () => {
    const twice = [restart, { ...restart, mode: 'observe' }] as const;
    expect(inForce([...twice], { rung: 0 }, [...twice]).result).toBe('pass');
    expect(inForce([...twice], { rung: 1 }, [restart, restart])).toMatchObject({ reason: 'observe-only' });
  });
});

describe('an approval', () => {
  test('of this plan lets it pass', () => {
    expect(withModes({ rule: 'approve' }, { run: { approval } })).toEqual({
      guard: 'mode',
      result: 'pass',
      have: 'mode approve (rule node-down), approved by ana',
    });
  });

  test.each([
    ['that nobody gave yet', { approvedBy: null }, 'not approved'],
    ['without a time', { approvedAt: null }, 'not approved'],
    ['of another plan', { planHash: 'h2' }, 'another plan was approved'],
    ['that is too old', { approvedAt: ago(minutes(15) + 1) }, 'approved longer than 15m ago'],
  ])('%s is asked for again', (_name, changes, why) => {
    expect(withModes({ rule: 'approve' }, { run: { approval: { ...approval, ...changes } } })).toMatchObject({
      result: 'refuse',
      reason: 'approval-required',
      have: `mode approve (rule node-down), ${why}`,
      need: 'an approval of this plan',
      nextEligibleAt: null,
    });
  });

  test('holds to the end of its time', () => {
    expect(withModes({ rule: 'approve' }, { run: { approval: { ...approval, approvedAt: ago(minutes(15)) } } }).result).toBe('pass');
  });

  test('lapses by the time given', () => {
    const timing = { approvalLapseMs: 1000, notFiringHoldMs: 1000, holdPollMs: 1000 };
    expect(withModes({ rule: 'approve' }, { timing, run: { approval } })).toMatchObject({ reason: 'approval-required' });
  });

  test('is no leave to act while the rule only observes', () => {
    expect(withModes({ rule: 'observe' }, { run: { approval } })).toMatchObject({ reason: 'observe-only' });
  });
});

describe('a dry run', () => {
  test.each([
    ['observe', 'the run was accepted while the rule only observed'],
    ['flag', 'the installation runs dry'],
  ] as const)('(%s) never acts', (dry, why) => {
    expect(withModes({}, { run: { dry } })).toMatchObject({
      reason: 'observe-only',
      have: `mode act (rule node-down), but ${why}`,
    });
    expect(withModes({ rule: 'approve' }, { run: { dry, approval } })).toMatchObject({ reason: 'observe-only' });
  });

  test('says that it would have had to ask', () => {
    expect(withModes({ rung: 'approve' }, { run: { dry: 'flag' } })).toMatchObject({ reason: 'approval-required' });
  });
});
