import { describe, expect, test } from 'vitest';
import { NOON } from '../../../support/sample.ts';
import { admitted, Driver, HOUR, MINUTE, permitted, SECOND } from './driver.ts';
import { acted, atAction, holding, pending, reconciling, running, verifying } from './scenario.ts';
import { actionStep, checkStep, ladder, waitStep } from './steps.ts';

/** The deadline of the samples is one hour after noon. */

describe('the deadline of a run', () => {
  test('is not slept through, however long a step waits', () => {
    const driver = new Driver(running, ladder([waitStep('pause', 5 * HOUR)]));
    driver.due();
    expect(driver.wake()).toBe(HOUR);
    driver.due();
    expect(driver.ending).toBe('escalated(timeout)');
  });

  test('is not slept through when it is woken in between', () => {
    const driver = new Driver(running, ladder([waitStep('pause', 5 * HOUR)]));
    driver.due();
    driver.time = MINUTE;
    driver.due();
    expect(driver.wake()).toBe(HOUR);
  });

  test('is not verified through', () => {
    const edition = ladder([actionStep('restart')]);
    const driver = new Driver({ ...verifying, deadlineAt: NOON + 3 * SECOND }, edition);
    driver.due();
    driver.tell({ kind: 'probed', alert: 'firing', health: 'unhealthy', message: '' });
    expect(driver.wake()).toBe(3 * SECOND);
    driver.due();
    expect(driver.ending).toBe('escalated(timeout)');
  });

  test('lets nothing begin behind it, though all guards passed: the facts took too long', () => {
    const driver = new Driver(atAction, ladder([checkStep('health'), actionStep('restart')]));
    driver.due();
    driver.time = HOUR;
    driver.tell(permitted);
    expect(driver.ending).toBe('escalated(timeout)');
  });

  test('lets nothing begin behind it when a hold ends with it', () => {
    const driver = new Driver(acted({ ...holding, at: 1 }), ladder([checkStep('health'), actionStep('restart')]));
    driver.time = HOUR;
    expect(driver.due()).toEqual({ kind: 'permit', path: 'restart' });
    driver.tell(permitted);
    expect(driver.ending).toBe('escalated(timeout)');
  });

  test('ends a run that is admitted too late', () => {
    const driver = new Driver(pending, ladder([actionStep('restart')]));
    driver.time = HOUR;
    driver.due();
    driver.tell(admitted);
    expect(driver.ending).toBe('escalated(timeout)');
  });

  test('ends a look-up that nobody could answer, and no sooner', () => {
    const unreadable = { kind: 'looked-up', effect: '0/restart/1', result: 'unreadable', again: true, message: '503', output: {} } as const;
    const driver = new Driver(reconciling, ladder([checkStep('health'), actionStep('restart')]));
    const pauses: number[] = [];
    driver.due();
    driver.wake();
    for (let before = driver.time; driver.due()?.kind === 'look-up'; before = driver.time) {
      driver.tell(unreadable);
      pauses.push(driver.wake() - before);
    }
    expect(driver.ending).toBe('escalated(unknown-effect)');
    expect(driver.time).toBe(HOUR);
    expect(pauses.slice(0, 6)).toEqual([2, 4, 8, 16, 30, 30].map((seconds) => seconds * SECOND));
  });

  test('lets an unanswered look-up end though it has passed: the run is due at once, and then ends', () => {
    const unreadable = { kind: 'looked-up', effect: '0/restart/1', result: 'unreadable', again: true, message: '503', output: {} } as const;
    const driver = new Driver({ ...reconciling, deadlineAt: NOON }, ladder([checkStep('health'), actionStep('restart')]));
    driver.time = MINUTE;
    driver.tell(unreadable);
    expect(driver.wake()).toBe(MINUTE + SECOND);
    driver.due();
    expect(driver.ending).toBe('escalated(unknown-effect)');
  });
});

describe('a check that cannot be read', () => {
  const unread = { kind: 'checked', path: 'health', ok: null, message: 'timeout', fields: {} } as const;

  test('is asked again, less and less often, for unknown_grace', () => {
    const driver = new Driver(running, ladder([checkStep('health')]));
    const times: number[] = [];
    while (driver.due()?.kind === 'check') {
      driver.tell(unread);
      if (driver.run.end !== null) break;
      times.push(driver.wake() / SECOND);
    }
    expect(driver.ending).toBe('escalated(inconclusive)');
    expect(times).toEqual([1, 3, 7, 15, 31, 61, 91, 121]);
  });

  test('has all of its grace again once it was read', () => {
    const driver = new Driver(running, ladder([checkStep('health', { retry: { attempts: 2, backoffMs: 3 * MINUTE } })]));
    driver.due();
    driver.tell(unread);
    driver.wake();
    driver.due();
    driver.tell({ ...unread, ok: true });
    expect(driver.run.outputs['health']?.result).toBe('ok');
  });
});

describe('the check behind an action', () => {
  const verify = { check: 'kubernetes/pod-ready', with: {}, withinMs: 12 * SECOND };
  const edition = ladder([actionStep('restart', { settleMs: 30 * SECOND, verify })], [actionStep('harder')]);
  const settling = acted({ ...running, state: 'sleeping', sleep: { kind: 'settle', until: NOON + 30 * SECOND, from: NOON } });

  test('is asked after the target settled, and its time counts from there', () => {
    const driver = new Driver(settling, edition);
    driver.due();
    expect(driver.wake()).toBe(30 * SECOND);
    driver.due();
    const asked: number[] = [];
    while (driver.run.rung === 0) {
      driver.wake();
      asked.push(driver.time / SECOND);
      expect(driver.due()).toEqual({ kind: 'check', path: 'restart', stepVerify: true });
      driver.tell({ kind: 'checked', path: 'restart', ok: false, message: 'not ready', fields: {} });
    }
    expect(asked).toEqual([30, 35, 40, 42]);
    expect(driver.run.tried).toMatchObject([
      { rung: 0, outcome: 'failed', detail: 'step restart: kubernetes/pod-ready after restart: not ready' },
    ]);
  });

  test('says on record that the step failed, and keeps what the effect gave', () => {
    const failing = ladder([actionStep('restart', { verify: { ...verify, withinMs: 0 }, onFailure: 'continue' }), checkStep('after')]);
    const done = { result: 'done', message: '', at: NOON, fields: { uid: 'u-1' } } as const;
    const driver = new Driver(
      { ...settling, sleep: { kind: 'step-verify', until: NOON, from: NOON }, outputs: { restart: done } },
      failing,
    );
    driver.due();
    driver.tell({ kind: 'checked', path: 'restart', ok: false, message: 'not ready', fields: {} });
    expect(driver.run.outputs['restart']).toEqual({
      result: 'failed',
      message: 'kubernetes/pod-ready after restart: not ready',
      at: NOON,
      fields: { uid: 'u-1' },
    });
    expect(driver.command).toEqual({ kind: 'check', path: 'after', stepVerify: false });
  });
});
