import { describe, expect, test } from 'vitest';
import type { BudgetInForce } from '../../../../src/core/observed/budgets.ts';
import { observedRow, type ObservedRow } from '../../../../src/core/observed/row.ts';
import { summaryOf } from '../../../../src/core/observed/summary.ts';
import type { Ending, Refused, Run } from '../../../../src/core/run.ts';
import { NOON, sampleEffect, sampleRun, sampleHold } from '../../../support/sample.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const period = { since: NOON - HOUR, until: NOON + 24 * HOUR, incompleteBefore: null };
const ending = (would: Ending['would'], more: Partial<Ending> = {}): Ending => ({
  reason: 'observe-only',
  detail: 'would',
  would,
  at: NOON + 1_000,
  ...more,
});
const refused = (over: Partial<Refused> = {}): Refused => ({
  guard: 'health',
  reason: 'too-few-healthy',
  have: '2 of 3',
  need: '3',
  times: 2,
  first: NOON,
  last: NOON,
  ...over,
});
const observed = (over: Partial<Run> = {}): Run =>
  sampleRun({
    dry: 'observe',
    state: 'observed',
    end: ending('effect'),
    effects: [sampleEffect({ result: 'would', message: 'accepted' })],
    ...over,
  });
/** A run whose effect would have come so many ms after noon. */
const effectAt = (ms: number, over: Partial<Run> = {}): ObservedRow =>
  observedRow(observed({ acceptedAt: NOON + ms, effects: [sampleEffect({ result: 'would', at: NOON + ms })], ...over }));

describe('a row tells of one run', () => {
  test('what would have been done, and what the server said', () => {
    expect(observedRow(observed())).toMatchObject({
      run: 'r-1a',
      dry: 'observe',
      would: 'effect',
      effect: 'delete pod archivechain-prod/node-1 (uid u-1)',
      effectAt: NOON + 5_000,
      server: 'accepted',
      alertname: 'ArchiveChainNodeDown',
      fingerprint: 'f00dfeed',
      subject: 'pod:main/archivechain-prod/node-1',
      workload: 'statefulset:main/archivechain-prod/node',
      endedAt: NOON + 1_000,
      reached: null,
      refusals: [],
    });
  });

  test('an effect that was planned and refused, and who refused it', () => {
    const reached = { rung: 0, rungs: 1, remediation: 'restart', step: 'restart', plan: 'delete pod x', missed: [] };
    const run = observed({ effects: [], refused: [refused()], end: ending('escalate', { reason: 'budget-spent', reached }) });
    expect(observedRow(run)).toMatchObject({
      effect: 'delete pod x',
      effectAt: null,
      server: null,
      reached,
      refusals: [{ guard: 'health' }],
    });
  });

  test('one that is under way says what holds it', () => {
    const hold = sampleHold('cooling-down', { detail: 'a while' });
    const row = observedRow(observed({ state: 'holding', end: null, hold, effects: [], pinned: null, labels: {} }));
    expect(row).toMatchObject({
      endedAt: null,
      would: null,
      reason: 'cooling-down',
      detail: 'a while',
      subject: null,
      workload: null,
      alertname: '',
      effect: null,
    });
  });

  test('one of a rule that was switched, and one that only just began', () => {
    expect(observedRow(observed({ dry: null }))).toMatchObject({ dry: 'switched' });
    expect(observedRow(observed({ state: 'pending', end: null }))).toMatchObject({ reason: null, detail: '' });
  });
});

describe('the summary counts', () => {
  const rows = [
    effectAt(0),
    effectAt(10 * MINUTE, { rule: 'b' }),
    observedRow(observed({ acceptedAt: NOON + HOUR, rule: 'b', end: ending('ask'), effects: [] })),
    observedRow(
      observed({
        acceptedAt: NOON + HOUR,
        rule: 'b',
        end: ending('escalate', { reason: 'budget-spent' }),
        refused: [refused({ guard: 'budget', reason: 'budget-spent', times: 1 })],
      }),
    ),
    observedRow(
      observed({
        acceptedAt: NOON + HOUR,
        end: ending('nothing'),
        refused: [refused(), refused({ guard: 'cooldown', reason: 'cooling-down' })],
      }),
    ),
    observedRow(observed({ acceptedAt: NOON + HOUR, end: null, refused: [refused()] })),
  ];
  const summary = summaryOf(rows, period, []);

  test('what the runs of each rule came to', () => {
    expect(summary.total).toEqual({ runs: 6, effect: 2, ask: 1, escalate: 1, nothing: 1, open: 1 });
    const bFirst = rows.toSorted((a, b) => (a.rule > b.rule ? -1 : 1));
    expect(summaryOf(bFirst, period, []).rules).toEqual(summary.rules);
    expect(summary.rules).toEqual([
      { rule: 'archivechain-node-down', runs: 3, effect: 1, ask: 0, escalate: 0, nothing: 1, open: 1, stoppedByBudget: 0 },
      { rule: 'b', runs: 3, effect: 1, ask: 1, escalate: 1, nothing: 0, open: 0, stoppedByBudget: 1 },
    ]);
  });

  test('who refused, those that refused most runs first', () => {
    expect(summary.refusals).toEqual([
      { guard: 'health', reason: 'too-few-healthy', runs: 2, times: 4 },
      { guard: 'cooldown', reason: 'cooling-down', runs: 1, times: 2 },
      { guard: 'budget', reason: 'budget-spent', runs: 1, times: 1 },
    ]);
  });

  test('the hour and the target with most effects, though another had more runs', () => {
    expect(summary.hours).toEqual([
      { from: NOON, runs: 2, effects: 2 },
      { from: NOON + HOUR, runs: 4, effects: 0 },
    ]);
    expect(summary.busiestHour).toEqual({ from: NOON, runs: 2, effects: 2 });
    expect(summary.busiestTarget).toEqual({ target: 'pod:main/archivechain-prod/node-1', runs: 6, effects: 2 });
  });

  test('of hours with as many effects the one with more runs', () => {
    const idle = (ms: number) => observedRow(observed({ acceptedAt: NOON + ms, end: ending('nothing'), effects: [] }));
    expect(summaryOf([effectAt(0), effectAt(HOUR), idle(HOUR)], period, []).busiestHour).toEqual({
      from: NOON + HOUR,
      runs: 2,
      effects: 1,
    });
  });

  test('nothing where there was nothing', () => {
    expect(summaryOf([], period, [])).toMatchObject({ total: { runs: 0 }, rules: [], hours: [], busiestHour: null, busiestTarget: null });
  });
});

describe('effects against budgets', () => {
  const budget = (over: Partial<BudgetInForce>): BudgetInForce => ({
    rule: 'archivechain-node-down',
    scope: 'target',
    max: 3,
    perMs: HOUR,
    ...over,
  });
  const other = { rule: 'b', pinned: { uid: 'u', name: 'n', subject: 'pod:main/ns/other', workload: null } };
  const rows = [
    effectAt(0),
    effectAt(30 * MINUTE),
    effectAt(HOUR),
    effectAt(31 * MINUTE, other),
    observedRow(observed({ end: ending('nothing') })),
  ];
  const peaks = (...budgets: BudgetInForce[]) => summaryOf(rows, period, budgets).budgets.map(({ peak, on, at }) => ({ peak, on, at }));

  test('a charge leaves the window when it is as old as the window is long', () => {
    expect(peaks(budget({}))).toEqual([{ peak: 2, on: 'pod:main/archivechain-prod/node-1', at: NOON + 30 * MINUTE }]);
  });

  test('each scope counts by its own key; the installation counts all', () => {
    expect(peaks(budget({ scope: 'workload' }))).toEqual([
      { peak: 2, on: 'statefulset:main/archivechain-prod/node', at: NOON + 30 * MINUTE },
    ]);
    expect(peaks(budget({ scope: 'workload', rule: 'b' }))).toEqual([
      { peak: 1, on: 'pod:main/archivechain-prod/node-1', at: NOON + 31 * MINUTE },
    ]);
    expect(peaks(budget({ scope: 'rule' }))).toEqual([{ peak: 2, on: 'archivechain-node-down', at: NOON + 30 * MINUTE }]);
    expect(peaks(budget({ scope: 'installation', rule: null }))).toEqual([{ peak: 3, on: 'installation', at: NOON + 31 * MINUTE }]);
  });

  test('of several targets the one with the fullest window is told', () => {
    const third = { pinned: { uid: 'u', name: 'n', subject: 'pod:main/ns/third', workload: null } };
    const two = [effectAt(0, third), effectAt(1), effectAt(2)];
    expect(summaryOf(two, period, [budget({})]).budgets).toMatchObject([{ peak: 2, on: 'pod:main/archivechain-prod/node-1' }]);
  });

  test('rules that have the same window of a namespace share it', () => {
    const shared = [budget({ scope: 'namespace' }), budget({ scope: 'namespace', rule: 'b', max: 9 })];
    expect(peaks(...shared)).toEqual(shared.map(() => ({ peak: 3, on: 'main/archivechain-prod', at: NOON + 31 * MINUTE })));
    expect(peaks(budget({ scope: 'namespace' }))).toMatchObject([{ peak: 2 }]);
    expect(peaks(budget({ scope: 'cluster' }))).toMatchObject([{ peak: 2, on: 'main' }]);
    expect(peaks(budget({ scope: 'rule' }), budget({ scope: 'rule', rule: 'b' }))).toMatchObject([{ peak: 2 }, { peak: 1, on: 'b' }]);
  });

  test('a target that was never found is counted by its name', () => {
    const unfound = [effectAt(0, { pinned: null })];
    expect(summaryOf(unfound, period, [budget({})]).budgets).toMatchObject([{ on: 'pod:main/archivechain-prod/node-1', peak: 1 }]);
  });

  test('a budget that nothing was charged to says so', () => {
    expect(peaks(budget({ rule: 'quiet' }))).toEqual([{ peak: 0, on: null, at: null }]);
  });
});
