import { describe, expect, test } from 'vitest';
import type { Edition, EscalationPolicy } from '../../../../src/core/edition.ts';
import type { Run, RunEvent } from '../../../../src/core/run.ts';
import { NOON, samplePlan } from '../../../support/sample.ts';
import { admitted, Driver, held, HOUR, MINUTE, permitted, SECOND } from './driver.ts';
import { acted, atAction, awaiting, pending, resolved, running, verifying } from './scenario.ts';
import { actionStep, checkStep, escalateStep, ladder, waitStep } from './steps.ts';

/** How a run goes up its ladder, and what may send it there. within is 10 m, stable_for 2 m. */

const two = ladder([actionStep('restart')], [actionStep('harder')]);
const remembering = (rung: number, endedAt: number): RunEvent =>
  ({ ...admitted, memory: { rung, outcome: 'verified', endedAt } }) as RunEvent;
const probed = (alert: 'clear' | 'firing' | 'unreadable', health: 'healthy' | 'unhealthy' | 'unreadable' = 'healthy'): RunEvent => ({
  kind: 'probed',
  alert,
  health,
  message: 'read',
});
const reported = (at: number, change: 'repeat' | 'refire' | 'new' = 'repeat'): RunEvent => ({
  kind: 'episode',
  fingerprint: 'f00dfeed',
  startsAt: NOON,
  at,
  change,
});
const done = (effect: string): RunEvent => ({
  kind: 'effect',
  effect,
  plan: samplePlan(),
  outcome: { kind: 'done', output: {} },
  notAfter: NOON,
});

describe('the memory of the ladder', () => {
  test('starts a run on the rung above the one that was used', () => {
    const driver = new Driver(pending, two);
    driver.tell(remembering(0, NOON - MINUTE));
    expect(driver.run).toMatchObject({ rung: 1, startRung: 1 });
    expect(driver.command).toEqual({ kind: 'permit', path: 'harder' });
  });

  test('hands over to a human when the last rung was used, and says so', () => {
    const driver = new Driver(pending, two);
    driver.tell(remembering(1, NOON - MINUTE));
    expect(driver.ending).toBe('escalated(ladder-end)');
    expect(driver.run.end?.detail).toBe('rung 2, the last, was used on this subject before: verified');
  });

  test('never takes a run down again, though it fades while the run holds', () => {
    const driver = new Driver(pending, two);
    driver.tell(remembering(0, NOON - HOUR + MINUTE));
    driver.tell(held('permit', 'target-busy'));
    driver.time = 2 * MINUTE;
    driver.due();
    driver.tell(remembering(0, NOON - HOUR + MINUTE));
    expect(driver.run.rung).toBe(1);
  });

  test('takes a run up if another run acted on the subject while it held', () => {
    const driver = new Driver(pending, two);
    driver.tell(admitted);
    driver.tell(held('permit', 'target-busy'));
    driver.time = 2 * MINUTE;
    driver.due();
    driver.tell(remembering(0, NOON + MINUTE));
    expect(driver.run.rung).toBe(1);
  });

  test('does not move a run that tried a rung itself', () => {
    const tried = [{ rung: 0, remediation: 'rung-0', outcome: 'failed', detail: '', at: NOON }] as const;
    const driver = new Driver({ ...pending, rung: 1, tried }, two);
    driver.tell(remembering(1, NOON));
    expect(driver.run).toMatchObject({ state: 'running', rung: 1 });
  });
});

describe('an effect without a source that could be asked', () => {
  /** A run that verifies its second effect; the first was made at noon, the second a minute later. */
  const second = (): Driver => {
    const driver = new Driver(acted({ ...running, rung: 1, effects: [] }), two);
    driver.time = MINUTE;
    driver.tell(done('1/harder/1'));
    return driver;
  };

  test('is not spoken against by a report from before it, though it is read behind it', () => {
    const driver = second();
    driver.tell(reported(NOON + MINUTE));
    expect(driver.run).toMatchObject({ actedAt: NOON + MINUTE, verifying: { against: null } });
    driver.tell(reported(NOON + MINUTE + 1));
    expect(driver.run.verifying?.against).toEqual({ at: NOON + MINUTE + 1, what: 'alert f00dfeed was reported firing again' });
  });

  test('starts its stable time anew with a report from after it, not with one from before', () => {
    const driver = second();
    driver.tell(probed('clear'));
    driver.tell(reported(NOON));
    expect(driver.run.verifying?.clearSince).toBe(NOON + MINUTE);
    driver.tell(reported(NOON + 2 * MINUTE, 'refire'));
    expect(driver.run.verifying?.clearSince).toBeNull();
  });

  test('nor is a case that needed none spoken against by what was known before', () => {
    const driver = new Driver({ ...verifying, acted: false, actedAt: null, rungActed: false }, two);
    driver.tell(reported(NOON));
    expect(driver.run.verifying?.against).toBeNull();
    driver.tell(reported(NOON + 1));
    expect(driver.run.verifying?.against).not.toBeNull();
  });
});

describe('evidence that is old when the time is up', () => {
  test('wakes a human and climbs no rung', () => {
    const driver = new Driver(verifying, two);
    driver.time = 5 * SECOND;
    driver.tell(probed('firing'));
    for (const time of [4, 8]) {
      driver.time = time * MINUTE;
      driver.tell(probed('unreadable', 'unreadable'));
    }
    driver.time = 10 * MINUTE;
    driver.tell(probed('clear', 'unreadable'));
    expect(driver.ending).toBe('escalated(inconclusive)');
    expect(driver.run.tried).toEqual([]);
  });
});

describe('a rung that did not apply', () => {
  const ruled = (when: Edition['ladder'][number]['when']): Edition => {
    const edition = ladder([checkStep('health', { if: 'false' })], [checkStep('never', { if: 'false' })], [actionStep('harder')]);
    return { ...edition, ladder: edition.ladder.map((rung, index) => (index === 2 ? { ...rung, when } : rung)) };
  };
  const verified = (edition: Edition): Driver => {
    const driver = new Driver(running, edition);
    driver.due();
    expect(driver.run.verifying?.why).toBe('not-applicable');
    driver.time = 10 * MINUTE;
    driver.tell(probed('firing'));
    return driver;
  };

  test('is followed only by one that says so', () => {
    const driver = verified(ruled(['not-applicable']));
    expect(driver.run).toMatchObject({ rung: 2, tried: [{ rung: 0, outcome: 'not-applicable' }] });
    expect(driver.command).toEqual({ kind: 'permit', path: 'harder' });
  });

  test('is the end of a ladder in which none does: nothing applied', () => {
    expect(verified(ruled([])).ending).toBe('escalated(nothing-applied)');
  });

  test('needs nothing done if it turns out clear', () => {
    const driver = new Driver(running, ruled([]));
    driver.due();
    driver.tell(probed('clear'));
    driver.time = 2 * MINUTE;
    driver.tell(probed('clear'));
    expect(driver.ending).toBe('skipped(resolved)');
  });

  test('behind one that acted is the end of the ladder, not "nothing applied"', () => {
    const tried = [{ rung: 0, remediation: 'rung-0', outcome: 'ineffective', detail: '', at: NOON }] as const;
    const driver = new Driver(
      acted({ ...verifying, rung: 1, tried, verifying: { ...verifying.verifying!, why: 'not-applicable' } }),
      ladder([actionStep('restart')], []),
    );
    driver.time = 10 * MINUTE;
    driver.tell(probed('firing'));
    expect(driver.ending).toBe('escalated(ladder-end)');
  });
});

describe('a step that failed', () => {
  const refusal: RunEvent = { kind: 'plan-refused', path: 'restart', message: '0 processes' };
  const failing = (over: Parameters<typeof actionStep>[1]) =>
    ladder([actionStep('restart', over), checkStep('after', { if: 'steps.restart.result == "failed"' })]);

  test('says so on record, where later steps may read it', () => {
    const driver = new Driver(running, failing({ onFailure: 'continue' }));
    driver.tell(refusal);
    expect(driver.run.outputs['restart']).toEqual({ result: 'failed', message: '0 processes', at: NOON, fields: {} });
    expect(driver.command).toEqual({ kind: 'check', path: 'after', stepVerify: false });
  });

  test('is tried again as another effect while it may be', () => {
    const driver = new Driver(running, failing({ retry: { attempts: 2, backoffMs: 5 * SECOND } }));
    const invalid = { kind: 'rejected', reason: 'invalid', message: '422' } as const;
    driver.due();
    driver.tell(permitted);
    driver.tell({ ...done('0/restart/1'), outcome: invalid } as RunEvent);
    driver.wake();
    driver.due();
    driver.tell(permitted);
    expect(driver.command).toMatchObject({ kind: 'begin', effect: '0/restart/2' });
    driver.tell({ ...done('0/restart/2'), outcome: invalid } as RunEvent);
    expect(driver.ending).toBe('escalated(ladder-end)');
    expect(driver.run.effects.map(({ result }) => result)).toEqual(['rejected', 'rejected']);
  });

  test('that is no check and no action is told to a human', () => {
    const driver = new Driver(running, ladder([waitStep('pause')]));
    driver.tell({ ...refusal, path: 'pause' });
    expect(driver.ending).toBe('escalated(step-failed)');
  });
});

describe('a hand-over', () => {
  const storage: EscalationPolicy = { name: 'storage-team', steps: [], repeat: null, fallback: null };
  const detailOf = (message: string, over: Partial<Edition> = { handOver: { 'storage-team': storage } }) => {
    const driver = new Driver(running, { ...ladder([escalateStep('storage-team', message)]), ...over });
    driver.due();
    expect(driver.run.end?.reason).toBe('handed-over');
    return driver.run.end?.detail;
  };

  test.each([
    ['look at ${target.name}', 'to storage-team: look at node-1'],
    ['${labels.nowhere} is gone', 'to storage-team: ${labels.nowhere} is gone'],
    ['${[1, 2]}', 'to storage-team: [1,2]'],
  ])('reaches a human with whatever can be said: %s', (message, detail) => {
    expect(detailOf(message)).toBe(detail);
  });

  test('to a policy that does not exist names the one that is told instead', () => {
    expect(detailOf('look', { escalation: { ...storage, name: 'oncall' } })).toBe(
      'to oncall (there is no escalation policy storage-team): look',
    );
    expect(detailOf('look', { escalation: null })).toBe('to whoever looks (there is no escalation policy storage-team): look');
  });
});

describe('a resolve that no second source confirms', () => {
  test('does not end what a human was asked about: it is decided anew, and the request is void', () => {
    const driver = new Driver(resolved(awaiting), ladder([checkStep('health'), actionStep('restart')]));
    expect(driver.due()).toEqual({ kind: 'admit' });
    expect(driver.run).toMatchObject({ state: 'running', approval: null, deadlineAt: NOON + HOUR });
  });

  test('makes its alerts count as firing again', () => {
    const driver = new Driver(resolved(running), ladder([checkStep('health')]));
    driver.due();
    driver.tell(admitted);
    expect(driver.run.episodes['f00dfeed']).toMatchObject({ status: 'firing', lastSeen: NOON });
  });
});

describe('evidence that a step collected', () => {
  const logs: Run['evidence'][number] = { path: 'logs', collector: 'kubernetes/logs', sha256: 'a', bytes: 1, excerpt: ['x'] };
  const collect = { kind: 'collected', path: 'logs', ok: true, message: '', evidence: logs } as const;
  const edition = ladder([
    { ...waitStep('logs'), word: 'collect', collect: 'kubernetes/logs', with: {}, timeoutMs: 1 },
    actionStep('restart'),
  ]);

  test('is kept for the human, and the run goes on', () => {
    const driver = new Driver(running, edition);
    driver.due();
    expect(driver.tell(collect)).toEqual({ kind: 'permit', path: 'restart' });
    expect(driver.run).toMatchObject({ evidence: [logs], outputs: { logs: { result: 'done' } } });
  });

  test('for another step than the one at hand changes nothing', () => {
    const driver = new Driver(atAction, edition);
    expect(driver.tell(collect)).toBeNull();
    expect(driver.run).toBe(atAction);
  });
});
