import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Incident } from '../../../src/core/incident.ts';
import { changeIncident, nextLook, type IncidentChange, type IncidentEvent } from '../../support/tables/incident.ts';
import { escalationOf } from '../../../src/core/escalation-policy.ts';
import { defaultTiming as timing } from '../../../src/core/timing.ts';
import { NOON, sampleEdition, sampleRun } from '../../support/sample.ts';

const minute = 60_000;
const hour = 60 * minute;
const step0 = ['pagerduty-chain', 'webhook'];
const links = { externalUrl: null, alertmanagerUrl: null };
const escalationFor = (run: string, target: string, priority: 'P0' | 'P1' = 'P1') => ({
  ...escalationOf(sampleRun({ id: run, priority }), sampleEdition(), 'ladder-end', '', links),
  target,
});
const first = escalationFor('r-1', 'pod:main/ns/a');

function apply(incident: Incident | null, event: IncidentEvent, now: number): IncidentChange {
  return changeIncident(incident, event, now, timing, 'i-new');
}

/** An incident in each state of the table, opened at noon. */
function incidentIn(state: Incident['state'], over: Partial<Incident> = {}): Incident {
  const { incident } = changeIncident(null, { kind: 'escalation', escalation: first }, NOON, timing, 'i-1');
  const acknowledgedBy = state === 'acknowledged' ? 'eve' : null;
  return { ...(incident as Incident), state, acknowledgedBy, ...over };
}

const trigger = (to: readonly string[], delayMs = 0) => [{ event: 'trigger', to, delayMs }];
const toTold = (event: string) => [{ event, to: 'told', delayMs: 0 }];
const nothing = { send: [], exhausted: false, takenOver: false };

function expectUnchanged(incident: Incident | null, event: IncidentEvent, now = NOON + minute): void {
  expect(apply(incident, event, now)).toEqual({ incident, ...nothing });
}

function expectOpenAgain(change: IncidentChange, now: number): void {
  expect(change.incident).toMatchObject({
    id: 'i-1',
    state: 'open',
    openedAt: now,
    step: 1,
    repeats: 0,
    snoozedUntil: null,
    acknowledgedBy: null,
  });
  expect(change.send).toEqual(trigger(step0));
}

/** Attaching: silent for what is known, paged after `group_wait` for a new target or a higher priority. */
function expectAttach(state: Incident['state']): void {
  const incident = incidentIn(state);
  const same = apply(incident, { kind: 'escalation', escalation: escalationFor('r-2', 'pod:main/ns/a') }, NOON + minute);
  expect(same).toEqual({ incident: { ...incident, runs: ['r-1', 'r-2'] }, ...nothing });
  expectUnchanged(incident, { kind: 'escalation', escalation: first });
  const target = apply(incident, { kind: 'escalation', escalation: escalationFor('r-2', 'pod:main/ns/b') }, NOON + minute);
  expect(target.incident).toEqual({ ...incident, runs: ['r-1', 'r-2'], targets: ['pod:main/ns/a', 'pod:main/ns/b'] });
  expect(target.send).toEqual(trigger(step0, timing.groupWaitMs));
  const higher = apply(incident, { kind: 'escalation', escalation: escalationFor('r-2', 'pod:main/ns/a', 'P0') }, NOON + minute);
  expect(higher.incident).toMatchObject({ priority: 'P0', state });
  expect(higher.send).toEqual(trigger(step0, timing.groupWaitMs));
  const lower = apply({ ...incident, priority: 'P0' }, { kind: 'escalation', escalation: first }, NOON + minute);
  expect(lower).toMatchObject({ incident: { priority: 'P0' }, ...nothing });
}

function expectResolvedAfterClear(state: Incident['state']): void {
  const clear = apply(incidentIn(state), { kind: 'all-clear' }, NOON + minute);
  expect(clear).toEqual({ incident: incidentIn(state, { clearSince: NOON + minute }), ...nothing });
  expectUnchanged(clear.incident, { kind: 'all-clear' }, NOON + 2 * minute);
  expectUnchanged(clear.incident, { kind: 'step-due' }, NOON + 6 * minute - 1);
  const done = apply(clear.incident, { kind: 'step-due' }, NOON + 6 * minute);
  expect(done.incident).toMatchObject({ id: 'i-1', state: 'resolved', changedAt: NOON + 6 * minute, clearSince: null, snoozedUntil: null });
  expect(done.send).toEqual(toTold('resolve'));
}

function expectManualResolve(state: Incident['state']): void {
  const snoozed = apply(incidentIn(state), { kind: 'resolve', snoozeMs: hour, firing: true }, NOON);
  expect(snoozed.incident).toMatchObject({ state: 'resolved', snoozedUntil: NOON + hour });
  expect(snoozed.send).toEqual(toTold('resolve'));
  const longest = apply(incidentIn(state), { kind: 'resolve', snoozeMs: 1000 * hour, firing: true }, NOON);
  expect(longest.incident).toMatchObject({ snoozedUntil: NOON + 24 * hour });
  const over = apply(incidentIn(state), { kind: 'resolve', snoozeMs: hour, firing: false }, NOON);
  expect(over.incident).toMatchObject({ state: 'resolved', snoozedUntil: null });
}

function expectReFireAttaches(state: Incident['state']): void {
  const change = apply(incidentIn(state, { clearSince: NOON }), { kind: 're-fire' }, NOON + minute);
  expect(change).toEqual({ incident: incidentIn(state), ...nothing });
}

function expectTakeOver(state: Incident['state']): void {
  const change = apply(incidentIn(state), { kind: 'take-over', by: 'bob' }, NOON + minute);
  expect(change.incident).toMatchObject({ state: 'acknowledged', acknowledgedBy: 'bob' });
  expect(change.takenOver).toBe(true);
}

const events: Readonly<Record<string, IncidentEvent>> = {
  'step due': { kind: 'step-due' },
  ack: { kind: 'ack', by: 'bob' },
  'ack older than 4h': { kind: 'step-due' },
  'take-over': { kind: 'take-over', by: 'bob' },
  'run succeeded, all clear 5m': { kind: 'all-clear' },
  'manual resolve': { kind: 'resolve', snoozeMs: hour, firing: true },
  're-fire': { kind: 're-fire' },
};

/** What each cell of the table demands: state → column → text of the cell → its test. A dash is tested for every cell alike. */
const cells: Readonly<Record<string, Readonly<Record<string, readonly [string, () => void]>>>> = {
  none: {
    'escalation, same key': [
      '→ open, step 0 now',
      () => {
        const change = apply(null, { kind: 'escalation', escalation: first }, NOON);
        expect(change.incident).toEqual(incidentIn('open', { id: 'i-new' }));
        expect(change.incident).toMatchObject({
          key: first.key,
          priority: 'P1',
          reason: 'ladder-end',
          policy: first.policy,
          openedAt: NOON,
        });
        expect(change.incident).toMatchObject({ state: 'open', step: 1, runs: ['r-1'], targets: ['pod:main/ns/a'] });
        expect(change).toMatchObject({ send: trigger(step0), exhausted: false, takenOver: false });
      },
    ],
  },
  open: {
    'escalation, same key': [
      'attach; page iff new target or higher priority; its policy ran out, and it opened over 4h ago: → open, step 0',
      () => {
        expectAttach('open');
        const event = { kind: 'escalation', escalation: escalationFor('r-2', 'pod:main/ns/a') } as const;
        const ranOut = incidentIn('open', { step: 2, repeats: 5 });
        expect(apply(ranOut, event, NOON + 4 * hour - 1)).toMatchObject({ incident: { step: 2, openedAt: NOON }, send: [] });
        expectOpenAgain(apply(ranOut, event, NOON + 4 * hour), NOON + 4 * hour);
      },
    ],
    'step due': [
      'notify; next step or repeat; exhausted → `fallback` + metric',
      () => {
        const step1 = apply(incidentIn('open', { priority: 'P0' }), { kind: 'step-due' }, NOON + 30 * minute);
        expect(step1).toMatchObject({ incident: { state: 'open', step: 2 }, send: trigger(['sms-oncall']) });
        const repeat = apply(step1.incident, { kind: 'step-due' }, NOON + 45 * minute);
        expect(repeat).toMatchObject({ incident: { repeats: 1 }, send: trigger([...step0, 'sms-oncall']), exhausted: false });
        const last = apply({ ...(repeat.incident as Incident), repeats: 4 }, { kind: 'step-due' }, NOON + 105 * minute);
        expect(last).toMatchObject({ incident: { state: 'open', repeats: 5 }, send: trigger(['email-leads']), exhausted: true });
      },
    ],
    ack: [
      '→ acknowledged; stops `unless: acknowledged`',
      () => {
        const change = apply(incidentIn('open'), { kind: 'ack', by: 'bob' }, NOON + minute);
        expect(change.incident).toEqual(incidentIn('acknowledged', { acknowledgedBy: 'bob', changedAt: NOON + minute }));
        expect(change.send).toEqual(toTold('acknowledge'));
        expect(apply({ ...(change.incident as Incident), priority: 'P0' }, { kind: 'step-due' }, NOON + 30 * minute).send).toEqual([]);
      },
    ],
    'take-over': ['→ acknowledged, cancel runs, brake 2h', () => expectTakeOver('open')],
    'run succeeded, all clear 5m': ['→ resolved, notice', () => expectResolvedAfterClear('open')],
    'manual resolve': ['→ resolved(snooze) if firing', () => expectManualResolve('open')],
    're-fire': ['attach', () => expectReFireAttaches('open')],
  },
  acknowledged: {
    'escalation, same key': ['attach; page iff new target or higher priority', () => expectAttach('acknowledged')],
    'step due': [
      'skips `unless` steps',
      () => {
        const due = apply(incidentIn('acknowledged', { priority: 'P0' }), { kind: 'step-due' }, NOON + 30 * minute);
        expect(due).toMatchObject({ incident: { state: 'acknowledged', step: 2 }, send: [] });
      },
    ],
    ack: [
      '– (who: last)',
      () => {
        const change = apply(incidentIn('acknowledged'), { kind: 'ack', by: 'bob' }, NOON + minute);
        expect(change).toEqual({ incident: incidentIn('acknowledged', { acknowledgedBy: 'bob' }), ...nothing });
      },
    ],
    'ack older than 4h': [
      '→ open, step 0; nothing fires, lives, or ended there since: → resolved',
      () => {
        const since = NOON + minute;
        const incident = incidentIn('acknowledged', { changedAt: since });
        expect(apply(incident, { kind: 'step-due' }, since + 4 * hour - 1).incident?.state).toBe('acknowledged');
        expectOpenAgain(apply(incident, { kind: 'step-due' }, since + 4 * hour), since + 4 * hour);
        expectUnchanged({ ...incident, step: 2, repeats: 5 }, { kind: 'step-due', seenTo: true }, since + 4 * hour - 1);
        const over = apply(incident, { kind: 'step-due', seenTo: true }, since + 4 * hour);
        expect(over.incident).toMatchObject({ id: 'i-1', state: 'resolved', changedAt: since + 4 * hour, snoozedUntil: null });
        expect(over.send).toEqual(toTold('resolve'));
        const clearing = { ...incident, clearSince: since + 4 * hour - 1 };
        expect(apply(clearing, { kind: 'step-due' }, since + 4 * hour).incident?.state).toBe('acknowledged');
      },
    ],
    'take-over': ['as above', () => expectTakeOver('acknowledged')],
    'run succeeded, all clear 5m': ['→ resolved', () => expectResolvedAfterClear('acknowledged')],
    'manual resolve': ['→ resolved(snooze)', () => expectManualResolve('acknowledged')],
    're-fire': ['attach', () => expectReFireAttaches('acknowledged')],
  },
  resolved: {
    'escalation, same key': [
      '< 30m: → open (same id); else new',
      () => {
        const event = { kind: 'escalation', escalation: escalationFor('r-2', 'pod:main/ns/b') } as const;
        const soon = apply(incidentIn('resolved'), event, NOON + 30 * minute - 1);
        expectOpenAgain(soon, NOON + 30 * minute - 1);
        expect(soon.incident).toMatchObject({ runs: ['r-1', 'r-2'], targets: ['pod:main/ns/a', 'pod:main/ns/b'] });
        const late = apply(incidentIn('resolved'), event, NOON + 30 * minute);
        expect(late.incident).toMatchObject({ id: 'i-new', state: 'open', runs: ['r-2'], openedAt: NOON + 30 * minute });
        const snoozed = apply(incidentIn('resolved', { snoozedUntil: NOON + 2 * hour }), event, NOON + hour);
        expectOpenAgain(snoozed, NOON + hour);
      },
    ],
    're-fire': [
      'as left; snoozed: nothing until it ends, then → open',
      () => {
        const soon = NOON + 30 * minute - 1;
        expectOpenAgain(apply(incidentIn('resolved'), { kind: 're-fire' }, soon), soon);
        expectUnchanged(incidentIn('resolved'), { kind: 're-fire' }, NOON + 30 * minute);
        const snoozed = incidentIn('resolved', { snoozedUntil: NOON + hour });
        expectUnchanged(snoozed, { kind: 're-fire' }, NOON + minute);
        expectUnchanged(snoozed, { kind: 'step-due' }, NOON + hour - 1);
        expectOpenAgain(apply(snoozed, { kind: 'step-due' }, NOON + hour), NOON + hour);
        const over = apply(snoozed, { kind: 'all-clear' }, NOON + minute);
        expectUnchanged(over.incident, { kind: 'step-due' }, NOON + hour);
      },
    ],
  },
};

/** Rows of the table under `## Incident`: header, then state → cells. */
function incidentTable(): { columns: string[]; rows: Map<string, string[]> } {
  const page = readFileSync(new URL('../../../docs/protocol.md', import.meta.url), 'utf8');
  const section = /^## Incident[^\n]*\n([\s\S]*?)\n## /m.exec(page)?.[1] ?? '';
  const lines = section.split('\n').filter((line) => line.startsWith('|'));
  const split = (line: string) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim());
  const [header = [], , ...body] = lines.map(split);
  return { columns: header.slice(1), rows: new Map(body.map(([state = '', ...texts]) => [state, texts])) };
}

describe('the Incident table of docs/protocol.md', () => {
  const { columns, rows } = incidentTable();

  test('has the states and the columns that are tested here', () => {
    expect([...rows.keys()]).toEqual(Object.keys(cells));
    expect(columns).toEqual(['escalation, same key', ...Object.keys(events)]);
  });

  for (const [state, texts] of rows) {
    for (const [index, text] of texts.entries()) {
      const column = columns[index] ?? '';
      test(`${state}, ${column}: ${text}`, () => {
        const cell = cells[state]?.[column];
        if (cell === undefined) {
          expect(text).toBe('–');
          const incident = state === 'none' ? null : incidentIn(state as Incident['state']);
          expectUnchanged(incident, events[column] as IncidentEvent);
        } else {
          expect(text).toBe(cell[0]);
          cell[1]();
        }
      });
    }
  }
});

describe('nextLook', () => {
  test('is the policy, the lapse of an acknowledgement, the end of a clear stretch or of a snooze, whichever counts', () => {
    const look = (incident: Incident) => nextLook(incident, NOON, timing);
    expect(look(incidentIn('open'))).toBe(NOON + 30 * minute);
    expect(look(incidentIn('open', { step: 2, repeats: 5 }))).toBeNull();
    expect(look(incidentIn('acknowledged', { step: 2, repeats: 5 }))).toBe(NOON + 4 * hour);
    expect(look(incidentIn('open', { clearSince: NOON }))).toBe(NOON + 5 * minute);
    expect(look(incidentIn('resolved'))).toBeNull();
    expect(look(incidentIn('resolved', { snoozedUntil: NOON + hour }))).toBe(NOON + hour);
  });
});
