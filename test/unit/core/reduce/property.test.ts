import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { endRecordOf } from '../../../../src/core/ending.ts';
import { allResolved } from '../../../../src/core/episodes.ts';
import { isFrozen, isReason } from '../../../../src/core/reasons.ts';
import { isEnded } from '../../../../src/core/run.ts';
import type { EndRecord } from '../../../../src/core/store.ts';
import { defaultTiming } from '../../../../src/core/timing.ts';
import { trailOf } from '../../../../src/core/trail.ts';
import { arbitraryFate, lifeOf, type Fate, type Life, type Step } from './life.ts';

/** What must hold of every life of a run, whatever the world answers, whenever signals come and workers die. */

const links = { externalUrl: null, alertmanagerUrl: null };
const runs = { numRuns: 1_000 };
const ofFates = (check: (life: Life) => boolean | void, given: Partial<Fate> = {}) =>
  fc.property(arbitraryFate, (fate) => check(lifeOf({ ...fate, ...given })));
const always = (name: string, check: (life: Life) => void, given: Partial<Fate> = {}) =>
  test(name, () => fc.assert(ofFates(check, given), runs));

/** As `expect` would, at a fraction of its time: it is asked a million times. */
function must(holds: boolean, sentence: () => string): void {
  if (!holds) throw new Error(sentence());
}

const at = ({ before, event, after, now }: Step) => `${before.state} –${event.kind}→ ${after.state} at ${now}`;

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

const covered = (record: typeof endRecordOf) => ofFates((life) => !isEnded(life.last.state) || coverOf(life, record) !== null);

describe('the end of a run', () => {
  test('leaves a cover for its alerts', () => {
    fc.assert(covered(endRecordOf), runs);
  });

  test('that drops the incident is found out', () => {
    const mutant: typeof endRecordOf = (...of) => ({ ...endRecordOf(...of), escalation: null });
    expect(fc.check(covered(mutant), runs).failed).toBe(true);
  });

  always('comes to a run that acted verified, by a human, or with an incident', ({ last, edition }) => {
    if (!isEnded(last.state) || !last.acted) return;
    const { escalation } = endRecordOf(last, edition, links);
    expect(last.state === 'succeeded' || last.state === 'cancelled' || escalation !== null || last.dry !== null).toBe(true);
  });

  always('skips what is resolved only if every alert said so, or the world did', ({ last, steps }) => {
    if (last.state !== 'skipped' || last.end?.reason !== 'resolved') return;
    const said = steps.at(-1)?.event;
    const bySource = said?.kind === 'decided' || said?.kind === 'probed';
    expect(bySource || allResolved(last)).toBe(true);
  });

  always('has a reason of the closed list, like every hold', ({ steps }) => {
    for (const step of steps) {
      const reason = step.after.end?.reason ?? step.after.hold?.reason;
      must(reason === undefined || isReason(reason), () => `${reason}: ${at(step)}`);
    }
  });

  always('is told, and nothing is told of a step that changed nothing', ({ steps }) => {
    for (const step of steps) {
      const told = trailOf(step.before, step.event, step.after);
      const ended = isEnded(step.after.state);
      must(told.some(({ kind }) => kind === 'ended') === ended, () => at(step));
      must(step.before !== step.after || ended || told.length === 0, () => at(step));
    }
  });
});

describe('an effect', () => {
  always('is begun only by a decision that passed every guard, or would have but for a dry run', ({ steps }) => {
    for (const step of steps) {
      if (step.command?.kind !== 'begin') continue;
      const { event, before } = step;
      const then = event.kind === 'decided' && event.phase === 'permit' ? event.decision.then : null;
      must(then === 'run' || (then === 'observe' && before.dry !== null), () => at(step));
    }
  });

  always('is carried out once under its id', ({ performed }) => {
    expect(new Set(performed).size).toBe(performed.length);
  });

  always('that is not known is looked up before anything else is begun', ({ steps }) => {
    for (const step of steps) must(step.before.open === null || step.command?.kind !== 'begin', () => at(step));
  });

  always('that changed the world is on record at the end, whoever died and whatever came in', ({ last, happened }) => {
    if (!isEnded(last.state)) return;
    const known = new Set(last.effects.filter(({ result }) => result === 'done' || result === 'unknown').map(({ id }) => id));
    expect([...happened].filter((effect) => !known.has(effect))).toEqual([]);
    if (happened.size > 0) expect(last.acted).toBe(true);
  });

  always('is begun by no run behind its deadline', ({ steps }) => {
    for (const step of steps) must(step.command?.kind !== 'begin' || step.now < step.after.deadlineAt, () => at(step));
  });

  always('binds a run to go on: none that acted is admitted anew', ({ steps }) => {
    for (const step of steps) must(!step.after.acted || step.command?.kind !== 'admit', () => at(step));
  });

  always('is made by no dry run, which asks nobody, wakes nobody and ends observed', ({ last, steps, edition, happened }) => {
    if (last.dry === null || steps[0]?.before.dry === null) return;
    expect([...happened]).toEqual([]);
    expect(steps.some(({ after }) => after.state === 'awaiting-approval')).toBe(false);
    if (!isEnded(last.state)) return;
    expect(last.state).toBe('observed');
    expect(endRecordOf(last, edition, links).escalation).toBe(null);
  });
});

describe('the ladder', () => {
  always('is only ever climbed', ({ steps }) => {
    for (const step of steps) must(step.after.rung >= step.before.rung, () => at(step));
  });

  always('is climbed behind an effect only on evidence that is younger than the effect, and not old', ({ steps, edition }) => {
    for (const { before, after, event, now } of steps) {
      const tried = after.tried.length > before.tried.length ? after.tried.at(-1) : undefined;
      if (tried?.outcome !== 'ineffective' || event.kind !== 'probed') continue;
      const speaksAgainst = event.alert === 'firing' || event.alert === 'pending' || event.health === 'unhealthy';
      const at = speaksAgainst ? now : (before.verifying?.against?.at ?? 0);
      expect(at).toBeGreaterThan(before.actedAt ?? before.verifying?.since ?? 0);
      expect(now - at).toBeLessThanOrEqual(edition.rule.guards.unknownGraceMs);
    }
  });
});

describe('time', () => {
  always('that is frozen, and no other, moves the deadline', ({ steps }) => {
    for (const step of steps) {
      const { before, after, now } = step;
      const thawed = before.frozenSince !== null && after.frozenSince !== before.frozenSince;
      const frozenMs = thawed ? now - (before.frozenSince ?? now) : 0;
      must(after.deadlineAt === before.deadlineAt + frozenMs, () => at(step));
      must(after.frozenSince === null || after.frozenSince === before.frozenSince || after.frozenSince === now, () => at(step));
    }
  });

  always('is frozen under a brake, a silence, an inhibition, and while a human is asked', ({ steps }) => {
    for (const step of steps) {
      const { state, hold, frozenSince } = step.after;
      const stands = state === 'awaiting-approval' || (hold !== null && isFrozen(hold.reason));
      must((frozenSince !== null) === stands, () => at(step));
    }
  });

  /** Something came of the run: an effect that was not refused, another rung, a verification, a question to a human. */
  const progress = ({ before, after }: Step): boolean => {
    const effect = after.effects === before.effects ? undefined : after.effects.at(-1);
    const climbed = after.rung > before.rung;
    return climbed || after.verifying !== null || after.approval !== null || (effect !== undefined && effect.result !== 'rejected');
  };

  always(
    'that was held never adds up to more than max_hold, until something comes of the run',
    ({ steps, edition }) => {
      const { maxHoldMs, unknownGraceMs } = edition.rule.guards;
      let heldMs = 0;
      for (const [index, step] of steps.entries()) {
        const { before, after, event, now } = step;
        if (before.hold !== null && before.frozenSince === null) heldMs += now - (steps[index - 1]?.now ?? now);
        if (progress(step)) heldMs = 0;
        const { hold } = after;
        if (hold === null || event.kind !== 'decided' || isFrozen(hold.reason)) continue;
        must(heldMs < maxHoldMs, () => `${heldMs} ms held: ${at(step)}`);
        must(hold.until <= Math.min(hold.from + maxHoldMs, after.deadlineAt), () => at(step));
        must(!hold.reason.startsWith('unknown-') || hold.until <= hold.since + unknownGraceMs, () => at(step));
      }
    },
    { deaths: false },
  );

  always('is up at the deadline: the next look at the run ends it', ({ steps }) => {
    for (const step of steps) {
      const { before, event, after, now } = step;
      if (event.kind !== 'due' || before.frozenSince !== null || now < before.deadlineAt) continue;
      if (before.state === 'pending' || before.state === 'holding') continue;
      const tooEarly = before.open !== null && now < before.open.notAfter + defaultTiming.lookUpDelayMs;
      must(isEnded(after.state) || tooEarly, () => at(step));
    }
  });

  always('to sleep never reaches behind the deadline', ({ steps }) => {
    for (const step of steps) {
      const { command, after, now } = step;
      if (command?.kind !== 'park' || after.frozenSince !== null || after.state === 'reconciling') continue;
      must(command.until <= Math.max(after.deadlineAt, now), () => at(step));
    }
  });
});
