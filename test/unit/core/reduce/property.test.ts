import fc from 'fast-check';
import { expect, test } from 'vitest';
import { endRecordOf } from '../../../../src/core/ending.ts';
import { allResolved } from '../../../../src/core/episodes.ts';
import { reasons, type ReasonRow } from '../../../../src/core/reasons.ts';
import { isEnded } from '../../../../src/core/run.ts';
import type { EndRecord } from '../../../../src/core/store.ts';
import { arbitraryLife, type Life } from './life.ts';

/** What must hold of every life of a run, whatever the world answers and whenever signals come. */

const links = { externalUrl: null, alertmanagerUrl: null };
const runs = { numRuns: 2_000 };

/** Why a run may end as skipped: there is nothing left to do, or a human said so. */
const NOTHING_LEFT = new Set(['resolved', 'self-healed', 'rule-removed', 'rejected']);

/** Principle 2: which of its covers an ended run leaves for alerts that still fire; null = none, the alert is lost. */
function coverOf({ last, edition, steps }: Life, record: typeof endRecordOf): string | null {
  const end: EndRecord = record(last, edition, links);
  if (last.state === 'succeeded') return steps.at(-1)?.event.kind === 'probed' ? 'verified' : null;
  if (last.state === 'observed') return 'observed';
  if (last.state === 'cancelled') return steps.some(({ event }) => event.kind === 'cancel') ? 'human' : null;
  if (last.state === 'skipped') return NOTHING_LEFT.has(last.end?.reason ?? '') ? 'nothing left' : null;
  return last.state === 'escalated' && end.escalation !== null ? 'incident' : null;
}

const covered = (record: typeof endRecordOf) =>
  fc.property(arbitraryLife, (life) => !isEnded(life.last.state) || coverOf(life, record) !== null);

test('every ended run leaves a cover for its alerts', () => {
  fc.assert(covered(endRecordOf), runs);
});

test('a build that drops the incident at the end of a run is found out', () => {
  const mutant: typeof endRecordOf = (...of) => ({ ...endRecordOf(...of), escalation: null });
  expect(fc.check(covered(mutant), runs).failed).toBe(true);
});

test('a run that acted ends verified, by a human, or with an incident', () => {
  fc.assert(
    fc.property(arbitraryLife, ({ last, edition }) => {
      if (!isEnded(last.state) || !last.acted) return;
      const { escalation } = endRecordOf(last, edition, links);
      expect(last.state === 'succeeded' || last.state === 'cancelled' || escalation !== null || last.dry !== null).toBe(true);
    }),
    runs,
  );
});

test('nothing is begun but by a decision that passed every guard, or would have but for a dry run', () => {
  fc.assert(
    fc.property(arbitraryLife, ({ steps }) => {
      for (const { command, event, before } of steps) {
        if (command?.kind !== 'begin') continue;
        expect(event.kind).toBe('decided');
        if (event.kind !== 'decided') continue;
        expect(event.decision.then === 'run' || (event.decision.then === 'observe' && before.dry !== null)).toBe(true);
      }
    }),
    runs,
  );
});

test('no effect id is begun twice', () => {
  fc.assert(
    fc.property(arbitraryLife, ({ steps }) => {
      const begun = steps.flatMap(({ command }) => (command?.kind === 'begin' ? [command.effect] : []));
      expect(new Set(begun).size).toBe(begun.length);
    }),
    runs,
  );
});

test('a dry run has no effect, no approval and no incident, and ends observed', () => {
  fc.assert(
    fc.property(arbitraryLife, ({ last, steps, edition }) => {
      if (last.dry === null || steps[0]?.before.dry === null) return;
      expect(steps.some(({ after }) => after.state === 'awaiting-approval')).toBe(false);
      if (!isEnded(last.state)) return;
      expect(last.state).toBe('observed');
      expect(endRecordOf(last, edition, links).escalation).toBe(null);
    }),
    runs,
  );
});

test('an unknown effect is looked up before anything else is begun', () => {
  fc.assert(
    fc.property(arbitraryLife, ({ steps }) => {
      for (const { before, command } of steps) if (before.open !== null) expect(command?.kind).not.toBe('begin');
    }),
    runs,
  );
});

test('every reason that a run gives is in the table, and every life ends', () => {
  fc.assert(
    fc.property(arbitraryLife, ({ last, steps }) => {
      for (const { after } of steps) {
        const reason = after.end?.reason ?? after.hold?.reason;
        if (reason !== undefined) expect((reasons[reason] as ReasonRow).text).not.toBe('');
      }
      expect(
        isEnded(last.state) ||
          last.state === 'verifying' ||
          last.state === 'holding' ||
          last.state === 'awaiting-approval' ||
          steps.length > 100,
      ).toBe(true);
    }),
    runs,
  );
});

test('a run that is skipped as resolved saw every episode resolve, or the world say so', () => {
  fc.assert(
    fc.property(arbitraryLife, ({ last, steps }) => {
      if (last.state !== 'skipped' || last.end?.reason !== 'resolved') return;
      const said = steps.at(-1)?.event;
      const bySource = said?.kind === 'decided' || said?.kind === 'probed';
      expect(bySource || allResolved(last)).toBe(true);
    }),
    runs,
  );
});
