import { describe, expect, test } from 'vitest';
import { found, history, inputOf, minutes, owner, policy, run, verdictIn, verdictOf, workload, type Changes } from './fixture.ts';

const POD = 'pod:prod/chain/node-1';
const OWNER = 'statefulset:prod/chain/node';
const heldBy = (locks: Record<string, string>, changes: Changes = {}): Changes => ({
  ...changes,
  facts: { ...changes.facts, history: { ...history, locks } },
});

describe.each(['admit', 'permit'] as const)('at %s', (phase) => {
  const at = { phase, ...(phase === 'admit' ? { plan: null } : {}) } satisfies Changes;

  test('nobody else at work on it passes', () => {
    expect(verdictOf('expected', at)).toEqual({ guard: 'expected', result: 'pass', have: 'no other run is at work on it' });
  });

  test.each([
    ['the target', POD],
    ['its workload', OWNER],
  ])('another run at work on %s is waited for, in the queue of that lock', (_, key) => {
    expect(verdictOf('expected', heldBy({ [key]: 'r-9' }, at))).toEqual({
      guard: 'expected',
      result: 'refuse',
      reason: 'expected',
      have: `${key} is held by run r-9`,
      need: 'nobody else at work on it',
      clears: 'It is looked at anew when run r-9 ends.',
      nextEligibleAt: null,
      waitFor: [key],
    });
  });
});

test('every lock held is waited for, and each holder named once', () => {
  const both = heldBy({ [POD]: 'r-9', [OWNER]: 'r-9' });
  expect(verdictOf('expected', both)).toMatchObject({ waitFor: [POD, OWNER], clears: 'It is looked at anew when run r-9 ends.' });
  const two = heldBy({ [POD]: 'r-8', [OWNER]: 'r-9' });
  expect(verdictOf('expected', two)).toMatchObject({ clears: 'It is looked at anew when run r-8, run r-9 ends.' });
});

test.each([
  ['a sibling', 'pod:prod/chain/node-2'],
  ['a workload of the same name elsewhere', 'statefulset:prod/other/node'],
  ['a name that every object has', 'constructor'],
])('a lock on %s does not matter', (_, key) => {
  expect(verdictOf('expected', heldBy({ [key]: 'r-9' })).result).toBe('pass');
});

describe('whose workload it is, is told', () => {
  const unpinned = { run: { pinned: null } } satisfies Changes;

  test('by the object found', () => {
    expect(verdictOf('expected', heldBy({ [OWNER]: 'r-9' }, unpinned)).result).toBe('refuse');
    const orphan = { ...unpinned, facts: { target: found({}, { orphan: true }) } };
    expect(verdictOf('expected', heldBy({ [OWNER]: 'r-9' }, orphan)).result).toBe('pass');
  });

  test('by the owner of one that is gone, so that nobody is woken for what that run did', () => {
    const gone = { ...unpinned, facts: { target: { found: 'none' as const, owner } } };
    expect(verdictOf('target', gone)).toMatchObject({ result: 'refuse' });
    expect(verdictOf('expected', heldBy({ [OWNER]: 'r-9' }, gone))).toMatchObject({ reason: 'expected', waitFor: [OWNER] });
  });

  test('by what was pinned, where nothing is found any more', () => {
    const gone = { facts: { target: { found: 'none' as const, owner: null } } };
    expect(verdictOf('expected', heldBy({ [OWNER]: 'r-9' }, gone)).result).toBe('refuse');
  });

  test('by the workload that is the target itself', () => {
    const itself = { ...unpinned, facts: { target: { found: 'workload' as const, workload, subject: OWNER } } };
    expect(verdictOf('expected', heldBy({ [OWNER]: 'r-9' }, itself)).result).toBe('refuse');
  });

  test.each([{ found: 'several', count: 2 } as const, { found: 'unknown', why: 'no label' } as const])(
    'by the name in the labels alone where there is not one object ($found)',
    (target) => {
      const changes = { ...unpinned, facts: { target } };
      expect(verdictOf('expected', heldBy({ [run.target.key]: 'r-9' }, changes)).result).toBe('refuse');
      expect(verdictOf('expected', heldBy({ [OWNER]: 'r-9' }, changes)).result).toBe('pass');
    },
  );
});

test('a silence or a mute is told first, for its sake nobody is woken', () => {
  const muted = { windows: [{ kind: 'mute' as const, intervals: policy.windows[0]?.intervals ?? [] }], maxHoldMs: minutes(30) };
  const input = inputOf(heldBy({ [POD]: 'r-9' }, { guards: muted }));
  expect(verdictIn(input, 'window')).toMatchObject({ reason: 'muted' });
  expect(verdictIn(input, 'expected')).toMatchObject({ reason: 'expected' });
});
