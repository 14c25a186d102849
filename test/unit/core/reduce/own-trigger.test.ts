import { describe, expect, test } from 'vitest';
import type { RunEvent } from '../../../../src/core/run.ts';
import { byHand, NOON, onSchedule } from '../../../support/sample.ts';
import { admitted, Driver, held, MINUTE, SECOND } from './driver.ts';
import { acted, pending, resolved, verifying } from './scenario.ts';
import { actionStep, ladder } from './steps.ts';

/** Runs that no alert started: there is nothing that could resolve, and nothing that could fire. */

const two = ladder([actionStep('restart')], [actionStep('harder')]);
const alone = { trigger: byHand, episodes: {} } as const;
const joined: RunEvent = { kind: 'episode', fingerprint: 'f00dfeed', startsAt: NOON, at: NOON, change: 'new' };
const left: RunEvent = { kind: 'resolved', fingerprint: 'f00dfeed', at: NOON, all: true };

test('the ladder of a run that was asked for begins at its first rung, whatever an earlier one came to', () => {
  const remembering = { ...admitted, memory: { rung: 1, outcome: 'ladder-end', endedAt: NOON - MINUTE } } as RunEvent;
  for (const trigger of [byHand, onSchedule]) {
    const driver = new Driver({ ...pending, trigger, episodes: {} }, two);
    driver.tell(remembering);
    expect(driver.run).toMatchObject({ state: 'running', rung: 0, startRung: 0 });
    expect(driver.command).toEqual({ kind: 'permit', path: 'restart' });
  }
});

test('an alert that joins and resolves ends nothing that was not its own', () => {
  const driver = new Driver({ ...pending, ...alone }, two);
  driver.tell(joined);
  driver.tell(admitted);
  driver.tell(left);
  driver.tell({ kind: 'due' });
  expect(driver.command).toEqual({ kind: 'permit', path: 'restart' });
});

test('an unhealthy target climbs the ladder even where the alert that joined is resolved', () => {
  const driver = new Driver(resolved({ ...verifying, trigger: byHand }), two);
  driver.time += 20 * MINUTE;
  driver.tell({ kind: 'probed', alert: 'clear', health: 'unhealthy', message: 'read' });
  expect(driver.run).toMatchObject({ state: 'running', rung: 1 });
});

test('a dry one observes that nothing would have to be done', () => {
  const driver = new Driver(
    { ...verifying, ...alone, acted: false, actedAt: null, dry: 'flag', verifying: { ...stable, why: 'not-applicable' } },
    two,
  );
  driver.time += 3 * MINUTE;
  driver.tell({ kind: 'probed', alert: 'clear', health: 'healthy', message: 'read' });
  expect(driver.run).toMatchObject({ state: 'observed', end: { reason: 'verified', would: 'nothing' } });
});

const stable = { why: 'acted', since: NOON, clearSince: NOON, against: null, clearedAt: NOON } as const;

describe('a human who keeps a scheduled run from its time', () => {
  const run = { ...pending, episodes: {}, trigger: onSchedule };

  test('holds it while it may still start', () => {
    const driver = new Driver(run, two);
    driver.tell(held('admit', 'paused'));
    expect(driver.run).toMatchObject({ state: 'holding', hold: { reason: 'paused' } });
    driver.time += 30 * SECOND;
    driver.tell(held('admit', 'paused'));
    expect(driver.run.state).toBe('holding');
  });

  test('ends it when that time is over: it was meant for another one', () => {
    const driver = new Driver(run, two);
    driver.tell(held('admit', 'paused'));
    driver.time += 2 * MINUTE;
    driver.tell(held('admit', 'paused'));
    expect(driver.run).toMatchObject({ state: 'skipped', end: { reason: 'missed', would: null } });
    expect(driver.run.end?.detail).toMatch(/^paused: /);
  });

  test('cannot end what has acted, nor what somebody asked for by hand', () => {
    for (const one of [acted({ ...run, state: 'running', at: 0 }), { ...run, trigger: byHand }]) {
      const driver = new Driver(one, two);
      driver.time += 20 * MINUTE;
      driver.tell(held('admit', 'paused'));
      expect(driver.run.state).toBe('holding');
    }
  });

  test('the world does not: what it holds back is bounded as ever, and then a human hears of it', () => {
    const driver = new Driver(run, two);
    driver.tell(held('admit', 'cooling-down'));
    driver.time += 31 * MINUTE;
    driver.tell(held('admit', 'cooling-down'));
    expect(driver.run).toMatchObject({ state: 'escalated', end: { reason: 'held-too-long' } });
  });
});
