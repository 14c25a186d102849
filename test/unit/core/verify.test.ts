import { describe, expect, test } from 'vitest';
import type { RunEvent, Verifying } from '../../../src/core/run.ts';
import { judge, type Judgement } from '../../../src/core/verify.ts';
import { NOON, sampleEdition } from '../../support/sample.ts';

/** within 10 m, stable for 2 m, so the hard end is at 14 m; what was not heard of for 2 m counts as unread. */
const { verify, guards } = sampleEdition().rule;
const limits = { ...verify, unknownGraceMs: guards.unknownGraceMs };
const SECOND = 1_000;
const MINUTE = 60 * SECOND;

type Probed = Extract<RunEvent, { kind: 'probed' }>;
const reading = (alert: Probed['alert'], health: Probed['health'] = 'healthy'): Probed => ({
  kind: 'probed',
  alert,
  health,
  message: 'read',
});
const clear = reading('clear');
const firing = reading('firing');
const dark = reading('unreadable', 'unreadable');

const fresh: Verifying = { why: 'acted', since: NOON, clearSince: null, clearedAt: null, against: null };

/** Readings at their times after noon; answers the judgement of the last. None but the last may end it. */
function judged(...readings: readonly (readonly [afterMs: number, probe: Probed])[]): Judgement {
  let verifying = fresh;
  let last: Judgement | null = null;
  for (const [after, probe] of readings) {
    if (last !== null) expect(last.result, `before ${after}`).toBe('again');
    last = judge(verifying, probe, limits, NOON + after);
    verifying = last.verifying;
  }
  if (last === null) throw new Error('nothing was read');
  return last;
}

describe('an effect is verified', () => {
  test('when it was clear and healthy for stable_for', () => {
    expect(judged([5 * SECOND, clear], [2 * MINUTE, clear])).toMatchObject({ result: 'again', until: NOON + 2 * MINUTE + 5 * SECOND });
    expect(judged([5 * SECOND, clear], [2 * MINUTE + 5 * SECOND, clear])).toMatchObject({
      result: 'verified',
      detail: 'clear and healthy for 120s',
    });
  });

  test('not on an alert that is gone while the target is unhealthy, nor the other way round', () => {
    expect(judged([0, reading('clear', 'unhealthy')], [3 * MINUTE, reading('clear', 'unhealthy')]).result).toBe('again');
    expect(judged([0, firing], [3 * MINUTE, firing]).result).toBe('again');
    expect(judged([0, reading('clear', 'unreadable')], [3 * MINUTE, reading('clear', 'unreadable')]).result).toBe('again');
  });

  test.each([
    ['a re-fire', firing],
    ['a pending alert', reading('pending')],
    ['an unhealthy target', reading('clear', 'unhealthy')],
    ['a reading that told nothing', dark],
  ])('later, when %s restarted the stable time', (_name, blip) => {
    expect(judged([0, clear], [MINUTE, blip], [2 * MINUTE, clear], [3 * MINUTE, clear]).result).toBe('again');
    expect(judged([0, clear], [MINUTE, blip], [2 * MINUTE, clear], [4 * MINUTE, clear]).result).toBe('verified');
  });

  test('even if it became clear only just before within ended', () => {
    expect(judged([10 * MINUTE - SECOND, clear], [12 * MINUTE - SECOND, clear]).result).toBe('verified');
  });

  test('even if, once it was clear, one reading behind within told nothing', () => {
    expect(judged([9 * MINUTE, clear], [10 * MINUTE + SECOND, dark], [11 * MINUTE, clear], [13 * MINUTE, clear]).result).toBe('verified');
  });
});

describe('an effect was ineffective', () => {
  test('when within ends and the alert still fires', () => {
    expect(judged([MINUTE, firing], [10 * MINUTE, firing])).toMatchObject({ result: 'ineffective', detail: 'the alert is firing (read)' });
  });

  test('when within ends and the target is unhealthy, though nothing tells about the alert', () => {
    expect(judged([10 * MINUTE, reading('unreadable', 'unhealthy')])).toMatchObject({
      result: 'ineffective',
      detail: 'the target is unhealthy (read)',
    });
  });

  test('when it flapped until the hard end', () => {
    expect(
      judged([9 * MINUTE, clear], [10 * MINUTE, firing], [12 * MINUTE + SECOND, clear], [13 * MINUTE, firing], [14 * MINUTE, clear]).result,
    ).toBe('ineffective');
  });

  test('not before the time is up, however much speaks against it', () => {
    expect(judged([MINUTE, firing], [10 * MINUTE - 1, firing])).toMatchObject({ result: 'again', until: NOON + 10 * MINUTE });
  });

  test('even if the very last reading told nothing', () => {
    expect(judged([10 * MINUTE - 5 * SECOND, firing], [10 * MINUTE, dark]).result).toBe('ineffective');
  });
});

describe('it is inconclusive', () => {
  test('when nothing could be read to the end', () => {
    expect(judged([MINUTE, dark], [10 * MINUTE, dark])).toMatchObject({
      result: 'inconclusive',
      detail: 'at the end nothing told whether it helped: read',
    });
  });

  test('when the last that was heard is older than unknown_grace: an alert that fired right after the effect may be long gone', () => {
    expect(judged([5 * SECOND, firing], [MINUTE, dark], [10 * MINUTE, dark]).result).toBe('inconclusive');
    expect(judged([8 * MINUTE, firing], [10 * MINUTE, dark]).result).toBe('ineffective');
    expect(judged([8 * MINUTE - 1, firing], [10 * MINUTE, dark]).result).toBe('inconclusive');
  });

  test('when it was clear, and then nothing could be read until the hard end', () => {
    expect(judged([MINUTE, firing], [9 * MINUTE, clear], [10 * MINUTE, dark], [13 * MINUTE, dark], [14 * MINUTE, dark]).result).toBe(
      'inconclusive',
    );
  });

  test('when the alert is gone and the health cannot be read', () => {
    expect(judged([10 * MINUTE, reading('clear', 'unreadable')]).result).toBe('inconclusive');
  });
});
