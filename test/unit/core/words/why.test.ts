import { describe, expect, test } from 'vitest';
import type { HistoryFact } from '../../../../src/core/facts.ts';
import type { Incident } from '../../../../src/core/incident.ts';
import type { Run } from '../../../../src/core/run.ts';
import type { KnownAlert, SlotCover, WhyAnswer, WhyCase, WhySlot } from '../../../../src/core/why.ts';
import { linesOfWhy } from '../../../../src/core/words/why.ts';
import { NOON, sampleEffect, samplePlan, samplePolicy, sampleRefusal, sampleRun, sampleHold } from '../../../support/sample.ts';

const MINUTE = 60_000;
const alert: KnownAlert = {
  fingerprint: 'f00dfeed',
  labels: { alertname: 'NodeDown' },
  status: 'firing',
  startsAt: NOON - MINUTE,
  endsAt: null,
  lastSeen: NOON,
};
const inFlight = { acts: false, places: [{ key: 'in-flight:installation', max: null, acting: 0, ahead: 0 }] };
const history: HistoryFact = {
  locks: {},
  coolingUntil: null,
  targetCoolingUntil: null,
  budgets: [],
  memory: null,
  inFlight,
  forgetfulUntil: null,
};
const slotWith = (over: Partial<WhySlot> = {}): WhySlot => ({
  slot: 'node-down|pod:main/chain/node-1',
  dry: false,
  run: sampleRun(),
  dueAt: NOON,
  locks: [],
  cover: null,
  incident: null,
  now: { brakes: [], history },
  ...over,
});
const answerWith = (cases: readonly WhyCase[], over: Partial<WhyAnswer> = {}): WhyAnswer => ({
  asked: 'node-1',
  at: NOON,
  dryRun: false,
  forgetfulUntil: null,
  cases,
  more: 0,
  reach: { lastWebhookAt: NOON - 5_000, startedAt: NOON - 60 * MINUTE, lastReportAt: NOON - 2_000, firing: 3, unmatched: 2 },
  ...over,
});
const page = (one: Partial<WhyCase>, over: Partial<WhyAnswer> = {}): string =>
  linesOfWhy(answerWith([{ alert, rules: null, slot: slotWith(), ...one }], over)).join('\n');
const ended = (over: Partial<Run> = {}): Run =>
  sampleRun({ state: 'escalated', end: { reason: 'ladder-end', detail: '', would: null, at: NOON }, ...over });

test('a live run is told with all that it knows', () => {
  const run = sampleRun({
    state: 'holding',
    hold: sampleHold('paused', { detail: 'all' }),
    verdicts: [sampleRefusal()],
    refused: [{ guard: 'health', reason: 'too-few-healthy', have: '2 of 3', need: '3', times: 2, first: NOON, last: NOON }],
    effects: [sampleEffect()],
    approval: { planHash: 'p', plan: samplePlan(), askedAt: NOON, expiresAt: NOON, approvedBy: null, approvedAt: null },
  });
  const rules = { rules: [], others: 2 };
  const text = page({
    rules,
    slot: slotWith({ run, locks: ['pod:main/chain/node-1'], cover: { kind: 'none', at: NOON, run: 'r-0', incident: null } }),
  });
  expect(text.split('\n')).toEqual([
    'What is known of node-1, 2025-07-24 12:00:00 UTC:',
    '',
    expect.stringMatching(/^Rule node-down on pod:main\/chain\/node-1: Held since 12:00:00 UTC \(paused\): /),
    '  Alert f00dfeed, firing since 2025-07-24 11:59:00 UTC, last reported 2025-07-24 12:00:00 UTC: {alertname="NodeDown"}',
    '  Rules as they are now:',
    '    No rule takes it.',
    '    2 other rules do not match.',
    '  Run r-1a, accepted 2025-07-24 12:00:00 UTC, looked at next at 12:00:00 UTC: remediad runs show r-1a',
    '  Its plan: delete pod archivechain-prod/node-1 (uid u-1).',
    '  Effects:',
    '    delete pod archivechain-prod/node-1 (uid u-1): done.',
    '  Verdicts of its last decision:',
    expect.stringMatching(/^ {4}health refuses \(too-few-healthy\): 2 of 3 healthy, needs 3\./),
    '  Refused on its way:',
    '    health refused (too-few-healthy): 2 of 3, needs 3; 2 times.',
    '  It holds the locks pod:main/chain/node-1.',
    '  In the way of its next effect:',
    '    No lock, cooldown or memory.',
  ]);
});

test('brakes, locks, cooldowns, budgets, memory and a store that forgot', () => {
  const brake = { scope: 'all', by: 'eve', why: 'we look', until: null, at: NOON };
  const budget = { key: 'k', scope: 'target', max: 3, perMs: 60 * MINUTE };
  const now = {
    brakes: [brake, { ...brake, scope: 'rule:x', until: NOON }],
    history: {
      locks: { 'pod:a': 'r-9' },
      coolingUntil: NOON,
      targetCoolingUntil: NOON,
      budgets: [
        { ...budget, used: 1, freesAt: NOON },
        { ...budget, used: 3, freesAt: NOON },
        { ...budget, used: 3, freesAt: null },
      ],
      inFlight: { acts: false, places: [{ key: 'in-flight:cluster:c', max: 2, acting: 1, ahead: 1 }] },
      memory: { rung: 0, outcome: 'ladder-end', acted: true, endedAt: NOON, ineffective: [{ run: 'r-1', at: NOON }] },
      forgetfulUntil: NOON,
    },
  };
  const [, told = ''] = page({ slot: slotWith({ now }) }).split('In the way of its next effect:\n');
  expect(told.split('\n').map((line) => line.trim())).toEqual([
    'Brake on all by eve: we look.',
    'Brake on rule:x by eve until 2025-07-24 12:00:00 UTC: we look.',
    'in-flight:cluster:c: 1 of 2 runs act, 1 come first.',
    'pod:a is locked by r-9.',
    'Its cooldown lasts until 2025-07-24 12:00:00 UTC.',
    "The target cools down from any rule's effect until 2025-07-24 12:00:00 UTC.",
    'Nothing is begun until 2025-07-24 12:00:00 UTC: the store may have forgotten.',
    'The ladder remembers rung 1 (ladder-end, 2025-07-24 12:00:00 UTC), and 1 runs that acted and did not help.',
    'Budget (target): 1 of 3 per 1h used.',
    'Budget (target): 3 of 3 per 1h used; spent until 2025-07-24 12:00:00 UTC.',
    'Budget (target): 3 of 3 per 1h used.',
  ]);
});

describe('what an ended run means for an alert that fires on', () => {
  const cover = (over: Partial<SlotCover> = {}): SlotCover => ({ kind: 'none', at: NOON, run: 'r-1a', incident: null, ...over });
  const said = (covering: SlotCover) => page({ slot: slotWith({ run: ended(), dueAt: null, cover: covering }) });

  test.each([
    [cover({ kind: 'succeeded' }), 'Covered: r-1a succeeded at 2025-07-24 12:00:00 UTC; a report after that starts a new run.'],
    [cover({ kind: 'resolved' }), 'Covered: r-1a found it resolved at 2025-07-24 12:00:00 UTC;'],
    [cover({ kind: 'observed' }), 'Covered: r-1a observed it at 2025-07-24 12:00:00 UTC; only a new episode'],
    [cover({ kind: 'human', run: null, at: null }), 'Covered: a human stopped its last run; it is left alone'],
    [cover({ kind: 'incident', incident: 'i-1' }), 'Covered for as long as incident i-1 is not resolved.'],
    [cover(), 'Nothing covers it: if the alert fires, the next report or the auditor (every 60s) starts a new run.'],
  ])('%j', (covering, sentence) => {
    expect(said(covering)).toContain(sentence);
  });

  test('and the incident that it opened, and where its path ended', () => {
    const incident: Incident = {
      id: 'i-1',
      key: 'k',
      state: 'open',
      priority: 'P1',
      title: 'P1 NodeDown',
      reason: 'ladder-end',
      openedAt: NOON,
      changedAt: NOON,
      acknowledgedBy: null,
      snoozedUntil: null,
      policy: samplePolicy(),
      step: 0,
      repeats: 0,
      runs: [],
      targets: [],
      clearSince: null,
    };
    const reached = { rung: 0, rungs: 1, remediation: 'restart', step: 'restart', plan: null, missed: [] };
    const run = ended({
      state: 'observed',
      dry: 'observe',
      end: { reason: 'observe-only', detail: '', would: 'effect', at: NOON, reached },
    });
    const text = page({ slot: slotWith({ dry: true, run, incident, now: null }) });
    expect(text).toContain('Rule node-down on pod:main/chain/node-1, only observing: Only observed.');
    expect(text).toContain('The path ended on rung 1 of 1 (restart), step restart.');
    expect(text).toContain('Incident i-1 is open: P1 NodeDown.');
    expect(text).not.toContain('In the way');
  });
});

describe('an alert without a run', () => {
  test.each([
    [{ ...alert, status: 'not-matched' as const }, 'An alert without a run: it reached us, and no rule took it.'],
    [alert, 'An alert without a run: it fires, and no rule asks for it any more.'],
    [{ ...alert, status: 'resolved' as const, endsAt: NOON }, 'Alert f00dfeed, resolved at 2025-07-24 12:00:00 UTC: {'],
    [{ ...alert, status: 'resolved' as const, lastSeen: null }, 'Alert f00dfeed, resolved: {'],
    [{ ...alert, lastSeen: null }, 'Alert f00dfeed, firing since 2025-07-24 11:59:00 UTC: {'],
  ])('says how it stands: %#', (known, sentence) => {
    expect(page({ alert: known, slot: null })).toContain(sentence);
  });

  test('that fires in a slot whose run is forgotten, and a run whose alert is', () => {
    expect(page({ slot: slotWith({ run: null, now: null }) })).toContain(
      'Rule node-down on pod:main/chain/node-1: no run of it is remembered.',
    );
    expect(page({ alert: null })).toContain('Its alert is not known any more.');
    expect(page({ alert: null, slot: null })).toContain('Its alert is not known any more.');
  });

  test('of a run that no alert started', () => {
    const by = (trigger: Run['trigger']) => page({ alert: null, slot: slotWith({ run: sampleRun({ trigger }) }) });
    expect(by({ kind: 'schedule', id: 'nightly', startBy: NOON })).toContain('Its schedule started it, not an alert.');
    expect(by({ kind: 'manual', id: 'ada', why: null })).toContain('Started by hand by ada.');
  });
});

test('that the installation only observes, that the store may have forgotten, and that there is more', () => {
  const text = page({}, { dryRun: true, forgetfulUntil: NOON + MINUTE, more: 3 });
  expect(text).toContain('\nThe whole installation only observes (--dry-run): nothing has an effect.\nNothing is done for another 1m: ');
  expect(text).toMatch(/\n3 more: ask for a namespace\/name, the id of a run or the fingerprint of an alert\.$/);
});

describe('nothing is known', () => {
  test('it says whether alerts reach us at all, and what to check', () => {
    const text = linesOfWhy(answerWith([])).join('\n');
    expect(text).toMatch(/^Nothing is known of node-1\.\nNo alert that fires names it in a label/);
    expect(text).toContain('The last webhook came 5s ago.');
    expect(text).toContain('3 alerts fire here; the last report of one came 2s ago.');
    expect(text).toContain('2 alerts came since the start that no rule took.');
    expect(text).toContain('grep "node-1"');
  });

  test('and that none does', () => {
    const reach = { lastWebhookAt: null, startedAt: NOON - MINUTE, lastReportAt: null, firing: 0, unmatched: 0 };
    const text = linesOfWhy(answerWith([], { reach })).join('\n');
    expect(text).toContain('No webhook came to this process since it started, 1m ago.');
    expect(text).toContain('No alert fires here.');
  });
});
