import { describe, expect, test } from 'vitest';
import { endRecordOf } from '../../../src/core/ending.ts';
import type { EndState, Run } from '../../../src/core/run.ts';
import type { Reason } from '../../../src/core/reasons.ts';
import { NOON, sampleEdition, sampleEffect, sampleRun } from '../../support/sample.ts';

const links = { externalUrl: null, alertmanagerUrl: null };
const edition = sampleEdition();
const { cooldownMs, targetCooldownMs } = edition.rule.guards;

const ended = (state: EndState, reason: Reason, over: Partial<Run> = {}, would: NonNullable<Run['end']>['would'] = null): Run =>
  sampleRun({ state, end: { reason, detail: 'as it was', would, at: NOON }, ...over });
const acted = { acted: true, actedAt: NOON, effects: [sampleEffect()] };
const record = (run: Run) => endRecordOf(run, edition, links);

describe('what an ended run leaves behind', () => {
  test('nothing of a run that touched nothing', () => {
    expect(record(ended('skipped', 'self-healed'))).toEqual({
      memory: null,
      cooldownMs: 0,
      targetCooldownMs: 0,
      subject: 'pod:main/archivechain-prod/node-1',
      escalation: null,
      clears: false,
    });
  });

  test('cooldowns and memory of a run that acted, kept for as long as ladder or loop look back', () => {
    expect(record(ended('succeeded', 'verified', acted))).toMatchObject({
      subject: 'pod:main/archivechain-prod/node-1',
      memory: {
        rung: 0,
        acted: true,
        outcome: 'verified',
        ineffective: false,
        keepMs: 14_400_000,
      },
      cooldownMs,
      targetCooldownMs,
    });
  });

  test('no memory where no subject was ever pinned', () => {
    expect(record(ended('escalated', 'timeout', { ...acted, pinned: null })).memory).toBeNull();
  });

  test.each([
    ['an acted run that needed a human did not help', ended('escalated', 'inconclusive', acted), true],
    ['one that a human stopped may have helped', ended('cancelled', 'cancelled', acted), false],
    ['one that was verified helped', ended('succeeded', 'verified', acted), false],
  ])('%s', (_name, run, ineffective) => {
    expect(record(run).memory?.ineffective).toBe(ineffective);
  });
});

describe('the rung that is remembered', () => {
  const effects = (...list: [id: string, result: Run['effects'][number]['result']][]) =>
    list.map(([id, result]) => sampleEffect({ id, result }));

  test.each([
    ['is the last one that came to an effect', effects(['0/restart/1', 'done'], ['1/harder/1', 'done']), 1],
    ['is not one that was climbed and came to none', effects(['0/restart/1', 'done']), 0],
    ['is not one whose effect was refused', effects(['0/restart/1', 'done'], ['1/harder/1', 'rejected']), 0],
    ['is not one whose effect did not happen', effects(['0/restart/1', 'done'], ['1/harder/1', 'abandoned']), 0],
    ['is one whose effect may have happened', effects(['0/restart/1', 'done'], ['1/harder/1', 'unknown']), 1],
    ['is read as a number from ladders of any height', effects(['9/a/1', 'done'], ['10/a/1', 'done']), 10],
  ])('%s', (_name, of, rung) => {
    expect(record(ended('escalated', 'budget-spent', { ...acted, effects: of, rung: 11 })).memory?.rung).toBe(rung);
  });

  test('is never below where the run itself started', () => {
    expect(record(ended('escalated', 'late-effect', { acted: true, startRung: 1, rung: 1 })).memory?.rung).toBe(1);
  });
});

describe('a run that had no effect because', () => {
  const would = { effects: [sampleEffect({ result: 'would' })] };

  test('it was dry leaves in its own key space what a live one would leave', () => {
    const { memory, cooldownMs: ms } = record(ended('observed', 'observe-only', { ...would, dry: 'observe' }, 'effect'));
    expect(memory).toMatchObject({ rung: 0, acted: false, ineffective: false });
    expect(ms).toBe(cooldownMs);
  });

  test('it was dry and would only have asked leaves nothing', () => {
    expect(record(ended('observed', 'approval-required', { dry: 'observe' }, 'ask'))).toMatchObject({ memory: null, cooldownMs: 0 });
  });

  test('its rule was switched to observe leaves nothing: no cooldown follows an effect that nobody had', () => {
    const run = ended('observed', 'observe-only', {}, 'effect');
    expect(record(run)).toMatchObject({ memory: null, cooldownMs: 0, targetCooldownMs: 0 });
  });
});

describe('who is told', () => {
  test('a human, with reason and detail, when the run needs one', () => {
    expect(record(ended('escalated', 'timeout')).escalation).toMatchObject({ reason: 'timeout', run: 'r-1a', priority: 'P1' });
  });

  test.each(['succeeded', 'observed', 'skipped', 'cancelled'] as const)('nobody when it ended %s', (state) => {
    expect(record(ended(state, 'resolved')).escalation).toBeNull();
  });
});

test.each([
  ['succeeded', 'verified', true],
  ['skipped', 'resolved', true],
  ['skipped', 'rejected', false],
  ['cancelled', 'cancelled', false],
  ['escalated', 'timeout', false],
] as const)('a run that ended %s (%s) lets its incident clear: %s', (state, reason, clears) => {
  expect(record(ended(state, reason)).clears).toBe(clears);
});

test('a run that lives leaves nothing behind yet', () => {
  expect(() => record(sampleRun())).toThrow('run r-1a has not ended: it is pending');
});
