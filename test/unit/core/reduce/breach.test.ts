import { describe, expect, test } from 'vitest';
import { assertEntry } from '../../../../src/core/reduce/moves.ts';
import { END_STATES, type Run, type RunEvent } from '../../../../src/core/run.ts';
import { NOON, sampleRun } from '../../../support/sample.ts';
import { Driver } from './driver.ts';
import { atAction, awaiting, holding, reconciling, running, sleeping, twoRungs, verifying } from './scenario.ts';

/** What must never be: no run goes on with it, and the worker that met it leaves the run to be found. */

const end = { reason: 'verified', detail: '', would: null, at: NOON } as const;

test.each<[Run, string]>([
  [sampleRun({ state: 'escalated' }), 'an ended run says why it ended'],
  [sampleRun({ state: 'succeeded', end }), 'a run that an alert started succeeds only if it acted'],
  [sampleRun({ state: 'skipped', acted: true, end }), 'a run that acted is never skipped'],
  [sampleRun({ state: 'running', pinned: null }), 'a running run has its target pinned'],
  [sampleRun({ state: 'verifying' }), 'a verifying run knows why'],
  [sampleRun({ state: 'reconciling' }), 'a reconciling run has an open effect'],
  [sampleRun({ state: 'holding' }), 'a holding run says for what'],
  [sampleRun({ state: 'awaiting-approval' }), 'a run that awaits approval has asked for it'],
  [sampleRun({ state: 'sleeping' }), 'a sleeping run knows until when'],
])('no run goes on where it is not so: %#', (run, sentence) => {
  expect(() => assertEntry(run)).toThrow(`run r-1a in state ${run.state}: ${sentence}`);
});

test.each([
  ['verifying', { ...verifying, verifying: null }, { kind: 'probed', alert: 'clear', health: 'healthy', message: '' }],
  ['awaiting-approval', { ...awaiting, approval: null }, { kind: 'due' }],
  ['reconciling', { ...reconciling, open: null }, { kind: 'due' }],
  ['sleeping', { ...sleeping, sleep: null }, { kind: 'due' }],
] as const)('a run read in state %s without what the state demands goes no further', (_state, run, event) => {
  expect(() => new Driver(run, twoRungs).tell(event)).toThrow(`run r-1a in state ${run.state} lacks what its state demands`);
});

describe('an ended run', () => {
  test.each(END_STATES)('that %s does not change any more', (state) => {
    const ended = sampleRun({ state, acted: state === 'succeeded', end });
    const driver = new Driver(ended, twoRungs);
    for (const event of [
      { kind: 'due' },
      { kind: 'cancel', by: 'ada', why: '', at: NOON },
      { kind: 'claimed', effects: [], unblocked: false },
    ] as const) {
      expect(driver.tell(event)).toBeNull();
      expect(driver.run).toBe(ended);
    }
  });
});

describe('an answer that nobody asked for changes nothing', () => {
  const checked: RunEvent = { kind: 'checked', path: 'other', ok: true, message: '', fields: {} };
  const lookedUp: RunEvent = { kind: 'looked-up', effect: '0/other/1', result: 'done', again: true, message: '', output: {} };
  const lateResult: RunEvent = { kind: 'late-result', effect: '0/restart/1', outcome: { kind: 'unknown', message: '' }, at: NOON };

  test.each([
    ['a check of another step', running, checked],
    ['a check where an action stands', atAction, { ...checked, path: 'restart' }],
    ['a check behind an action, of another step', { ...sleeping, sleep: { kind: 'step-verify', until: NOON, from: NOON } }, checked],
    [
      'a check behind an action that has none',
      { ...sleeping, sleep: { kind: 'step-verify', until: NOON, from: NOON } },
      { ...checked, path: 'restart' },
    ],
    ['a check while it only settles', { ...sleeping, sleep: { kind: 'settle', until: NOON, from: NOON } }, { ...checked, path: 'restart' }],
    ['a look-up of another effect', reconciling, lookedUp],
    ['a late result that tells nothing', reconciling, lateResult],
    ['a reading while it holds', holding, { kind: 'probed', alert: 'clear', health: 'healthy', message: '' }],
  ] as const)('%s', (_name, run, event) => {
    const driver = new Driver(run, twoRungs);
    expect(driver.tell(event)).toBeNull();
    expect(driver.run).toEqual(run);
  });
});
