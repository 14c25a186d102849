import { describe, expect, test } from 'vitest';
import type { Run, RunEvent } from '../../../src/core/run.ts';
import { trailOf } from '../../../src/core/trail.ts';
import { NOON, samplePlan, sampleRefusal, sampleRun, sampleHold } from '../../support/sample.ts';

const due: RunEvent = { kind: 'due' };
const running = sampleRun({ state: 'running', pinned: null });
const output = { result: 'ok', message: 'ready', at: NOON, fields: {} } as const;
const hold = sampleHold('settling', { detail: '30s old', until: NOON + 60_000 });
const verifying = { why: 'acted', since: NOON, clearSince: null, clearedAt: null, against: null } as const;
const decided: RunEvent = {
  kind: 'decided',
  phase: 'admit',
  decision: { then: 'hold', reason: 'settling', verdicts: [sampleRefusal({ reason: 'settling' })], nextEligibleAt: null },
  pinned: null,
  plan: null,
  factsAt: NOON,
  memory: null,
};
/** What is told of coming from `running` into this. */
const told = (over: Partial<Run>, event: RunEvent = due) => trailOf(running, event, { ...running, ...over });

describe('the audit tells of steps', () => {
  test('what each came to, once', () => {
    const after = { ...running, rung: 0, outputs: { health: output } };
    expect(trailOf(running, due, after)).toEqual([{ kind: 'step', data: { path: 'health', rung: 0, result: 'ok', message: 'ready' } }]);
    expect(trailOf(after, due, { ...after, at: 1 })).toEqual([]);
  });

  test('that it was skipped and why, but not that the scope of a use was opened', () => {
    const skipped = { ...output, result: 'skipped', message: 'needs health' } as const;
    expect(told({ outputs: { crashing: { ...output, result: 'entered' }, peers: skipped } })).toEqual([
      { kind: 'step', data: { path: 'peers', rung: 0, result: 'skipped', message: 'needs health' } },
    ]);
  });

  test('that the same step came to something else', () => {
    const before = { ...running, outputs: { health: output } };
    const after = { ...running, outputs: { health: { ...output, result: 'unknown', message: 'timeout' } as const } };
    expect(trailOf(before, due, after)).toMatchObject([{ data: { result: 'unknown', message: 'timeout' } }]);
  });
});

describe('the audit tells of states', () => {
  const state = (data: object) => [{ kind: 'state', data: { from: 'running', rung: 0, on: 'due', ...data } }];

  test('nothing, where none changed', () => {
    expect(told({ priority: 'P0' })).toEqual([]);
  });

  test('for what it holds, until when, and every verdict', () => {
    expect(told({ state: 'holding', hold }, decided)).toEqual(
      state({
        to: 'holding',
        on: 'decided',
        reason: 'settling',
        detail: '30s old',
        until: NOON + 60_000,
        verdicts: [sampleRefusal({ reason: 'settling' })],
      }),
    );
  });

  test('that it holds for another reason, not that it was looked at again', () => {
    const holding = { ...running, state: 'holding', hold } as const;
    expect(trailOf(holding, due, { ...holding, hold: { ...hold, until: NOON + 90_000 } })).toEqual([]);
    expect(trailOf(holding, due, { ...holding, hold: { ...hold, reason: 'cooling-down' } })).toMatchObject([
      { data: { reason: 'cooling-down' } },
    ]);
  });

  test('why it sleeps and until when', () => {
    const sleep = { kind: 'settle', from: NOON, until: NOON + 30_000 } as const;
    expect(told({ state: 'sleeping', sleep })).toEqual(state({ to: 'sleeping', sleep: 'settle', until: NOON + 30_000 }));
  });

  test('what it verifies, and each time that it becomes clear or is no longer', () => {
    const verifies = { ...running, state: 'verifying', verifying } as const;
    const clear = { ...verifies, verifying: { ...verifying, clearSince: NOON, clearedAt: NOON } };
    expect(told({ state: 'verifying', verifying })).toEqual(state({ to: 'verifying', why: 'acted', clearSince: null }));
    expect(trailOf(verifies, due, clear)).toMatchObject([{ data: { to: 'verifying', clearSince: NOON } }]);
    expect(trailOf(clear, due, verifies)).toMatchObject([{ data: { to: 'verifying', clearSince: null } }]);
    expect(trailOf(clear, due, { ...clear, verifying: { ...clear.verifying, against: { at: NOON, what: '' } } })).toEqual([]);
  });

  test('which effect it looks up', () => {
    const open = { effect: '0/restart/1', path: 'restart', notAfter: NOON + 10_000, lookUps: 0 };
    expect(told({ state: 'reconciling', open })).toEqual(state({ to: 'reconciling', effect: '0/restart/1', notAfter: NOON + 10_000 }));
  });

  test('what was pinned, and by which verdicts', () => {
    const pinned = { uid: 'u-1', name: 'node-1', subject: 'pod:main/archivechain-prod/node-1', workload: null };
    const admitted: RunEvent = { ...decided, decision: { ...decided.decision, then: 'run', reason: null, verdicts: [] } };
    expect(trailOf(sampleRun({ pinned: null }), admitted, { ...running, pinned })).toEqual([
      {
        kind: 'state',
        data: {
          from: 'pending',
          to: 'running',
          rung: 0,
          on: 'decided',
          uid: 'u-1',
          subject: 'pod:main/archivechain-prod/node-1',
          verdicts: [],
        },
      },
    ]);
  });

  test('that it climbed, though the state is the same', () => {
    expect(told({ rung: 1 })).toEqual(state({ to: 'running', rung: 1 }));
  });

  test('that it asks a human', () => {
    const approval = { planHash: 'p', plan: samplePlan(), askedAt: NOON, expiresAt: NOON, approvedBy: null, approvedAt: null };
    const { planHash, expiresAt, plan } = approval;
    expect(told({ state: 'awaiting-approval', approval })).toEqual(
      state({ to: 'awaiting-approval', describe: plan.describe, planHash, expiresAt }),
    );
  });
});

test('the audit tells of a climb which rung is left, and why', () => {
  const tried = { rung: 0, remediation: 'node-recovery', outcome: 'ineffective', detail: 'the alert is firing', at: NOON } as const;
  expect(told({ rung: 1, tried: [tried] })).toEqual([{ kind: 'state', data: expect.objectContaining({ to: 'running', rung: 1, tried }) }]);
});

test('the audit tells of the end why, what was tried, and which guards refused', () => {
  const refusal = sampleRefusal();
  const tried = [{ rung: 0, remediation: 'node-recovery', outcome: 'ineffective', detail: 'the alert is firing', at: NOON }] as const;
  const end = { reason: 'ladder-end', detail: 'all tried', would: null, at: NOON } as const;
  const verdicts = [{ guard: 'brake', result: 'pass' } as const, refusal];
  expect(told({ state: 'escalated', end, tried, verdicts, acted: true, outputs: { health: output } })).toEqual([
    { kind: 'step', data: { path: 'health', rung: 0, result: 'ok', message: 'ready' } },
    {
      kind: 'ended',
      data: {
        state: 'escalated',
        reason: 'ladder-end',
        detail: 'all tried',
        would: null,
        acted: true,
        rung: 0,
        tried,
        verdicts: [refusal],
      },
    },
  ]);
});
