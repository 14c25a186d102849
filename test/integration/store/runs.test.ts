import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import type { HistoryFact } from '../../../src/core/facts.ts';
import {
  beginRequest,
  claim,
  ended,
  escalation,
  firing,
  inState,
  noRecord,
  plan,
  slot,
  startRun,
  startStore,
  type StoreWorld,
} from './world.ts';
import { sampleHold } from '../../support/sample.ts';

const world: StoreWorld = await startStore();
let store = world.store;
beforeEach(async () => {
  store = await world.reset();
});
afterAll(() => world[Symbol.asyncDispose]());

const due = async (run: string): Promise<number | null> => (await store.run(run))?.dueAt ?? null;
const paused = (since: number) => sampleHold('paused', { since });

describe('claim', () => {
  test('a new run is claimed with what only the store knew', async () => {
    const run = await startRun(store);
    const claimed = await claim(store, run);
    expect(claimed.run.id).toBe('r-1');
    expect(claimed.run.acceptedAt).toBeLessThanOrEqual(claimed.now);
    expect(claimed.run.since).toBe(claimed.run.acceptedAt);
    expect(claimed.run.deadlineAt).toBe(claimed.run.acceptedAt + 3_600_000);
    expect(claimed.run).not.toHaveProperty('deadlineMs');
    expect(claimed.run.outputs).toEqual({});
    expect(claimed.run.effects).toEqual([]);
    expect(claimed).toMatchObject({ version: 0, events: 0, inbox: [], effects: [] });
  });

  test('a store that lost claims gives no later one the epoch of theirs', async () => {
    const run = await startRun(store);
    const lost = await claim(store, run);
    await world.redis.hdel(world.key('run', run), 'epoch', 'worker', 'until', 'claims');
    await world.pass(1);
    expect((await claim(store, run)).epoch).toBeGreaterThan(lost.epoch);
    expect(await store.keep(lost.run, lost.epoch, 0, [])).toEqual({ kind: 'lost' });
  });

  test('another version is stale, and the run stays due', async () => {
    const run = await startRun(store);
    expect(await store.claim(run, 7, 'w')).toEqual({ kind: 'stale' });
    expect(await due(run)).not.toBeNull();
  });

  test('a run that another worker holds is busy until its lease ends, and then anybody may have it', async () => {
    const run = await startRun(store);
    const { epoch } = await claim(store, run);
    const busy = await store.claim(run, null, 'other');
    expect(busy.kind).toBe('busy');
    expect(busy.kind === 'busy' && busy.untilMs).toBeGreaterThan(20_000);
    await world.pass(30_001);
    expect((await claim(store, run)).epoch).toBeGreaterThan(epoch);
  });

  test('a run that does not exist is gone', async () => {
    expect(await store.claim('r-99', null, 'w')).toEqual({ kind: 'gone' });
  });

  test('after ten claims without a commit the next one ends the run, and a human is told', async () => {
    const run = await startRun(store);
    for (let i = 0; i < 10; i++) {
      await claim(store, run);
      await world.pass(30_001);
    }
    expect(await store.claim(run, null, 'w')).toEqual({ kind: 'ended' });
    const record = await store.run(run);
    expect(record?.run).toMatchObject({ state: 'escalated', end: { reason: 'crash-loop', would: null } });
    expect(record?.dueAt).toBeNull();
    expect(await store.incidents({ limit: 9 })).toMatchObject([{ state: 'open', reason: 'crash-loop', runs: [run] }]);
    expect(await store.claimDelivery('d')).toMatchObject({ receiver: 'pager', event: 'trigger', attempts: 1 });
  });

  /** A run that comes to `state` with its effect, and then kills every worker. */
  async function killsWorkers(dry: boolean, state: 'done' | 'rejected' | null): Promise<HistoryFact> {
    const run = await startRun(store, 's1', { dry });
    const begun = await claim(store, run);
    await store.begin(beginRequest(begun, { effect: '1/restart/1' }));
    if (state !== null) await store.finish(run, begun.epoch, '1/restart/1', state, { kind: 'unknown', message: '' });
    for (let i = 0; i < 10; i++) {
      await world.pass(30_001);
      await store.claim(run, null, 'w');
    }
    await world.pass(30_001);
    expect(await store.claim(run, null, 'w')).toEqual({ kind: 'ended' });
    const at = 'Pod:c/ns/node-1';
    return store.history({ run: 'r-0', dry, rule: 'node-down', subject: at, locks: [], budgets: [], places: [] });
  }

  test.each([
    ['done', 'done'],
    ['without a result', null],
  ] as const)('a run that acted (%s) leaves memory and cooldowns as at any end', async (_what, state) => {
    const now = await store.now();
    const history = await killsWorkers(false, state);
    expect(history.memory).toMatchObject({ rung: 1, outcome: 'crash-loop', acted: true, ineffective: [{ run: 'r-1' }] });
    expect(history.coolingUntil).toBeGreaterThan(now + 9_000);
    expect(history.targetCoolingUntil).toBeGreaterThan(now + 4_000);
  });

  test('a dry run leaves them in its own key space, and one whose effect was rejected leaves none', async () => {
    const dry = await killsWorkers(true, 'done');
    expect(dry.memory).toMatchObject({ rung: 1, acted: false, ineffective: [] });
    expect(dry.coolingUntil).not.toBeNull();
    store = await world.reset();
    expect(await killsWorkers(false, 'rejected')).toMatchObject({ memory: null, coolingUntil: null, targetCoolingUntil: null });
  });

  test('a commit shows that the run can be worked on: the count of claims begins anew', async () => {
    const run = await startRun(store);
    for (let i = 0; i < 12; i++) {
      const claimed = await claim(store, run);
      await store.keep(claimed.run, claimed.epoch, 0, []);
      await world.pass(30_001);
    }
    expect((await store.run(run))?.run.state).toBe('pending');
  });

  test('a dry run that kills its workers ends observed and wakes nobody', async () => {
    const run = await startRun(store, 's1', { dry: true });
    for (let i = 0; i < 10; i++) {
      await claim(store, run);
      await world.pass(30_001);
    }
    expect(await store.claim(run, null, 'w')).toEqual({ kind: 'ended' });
    expect((await store.run(run))?.run).toMatchObject({ state: 'observed', end: { reason: 'crash-loop', would: 'escalate' } });
    expect(await store.incidents({ limit: 9 })).toEqual([]);
  });

  test('a document of a newer schema is left to a newer worker; when none comes a human is told', async () => {
    const run = await startRun(store);
    await world.redis.hset(world.key('run', run), 'schema', 2);
    for (let i = 0; i < 10; i++) {
      expect(await store.claim(run, null, 'w')).toEqual({ kind: 'busy', untilMs: 30_000 });
      await world.pass(30_001);
    }
    expect(await store.claim(run, null, 'w')).toEqual({ kind: 'ended' });
    expect((await store.run(run))?.run.end?.reason).toBe('unknown-edition');
  });
});

describe('commit', () => {
  test('keep writes the document and goes on holding the run', async () => {
    const claimed = await claim(store, await startRun(store));
    const kept = await store.keep(inState(claimed.run, 'holding', { hold: paused(1) }), claimed.epoch, 0, []);
    expect(kept).toMatchObject({ kind: 'ok', version: 1 });
    expect((await store.run(claimed.run.id))?.run.state).toBe('holding');
    expect((await store.claim(claimed.run.id, null, 'other')).kind).toBe('busy');
  });

  test('keep tells what came in meanwhile, having written', async () => {
    const claimed = await claim(store, await startRun(store));
    await store.signal(claimed.run.id, { kind: 'cancel', by: 'ann', why: 'no', at: 5 });
    const kept = await store.keep(inState(claimed.run, 'running'), claimed.epoch, 0, []);
    expect(kept).toMatchObject({ kind: 'again', version: 1, events: 1, inbox: [{ kind: 'cancel', by: 'ann' }] });
    expect((await store.run(claimed.run.id))?.run.state).toBe('running');
  });

  test('a parked run is free, and due when it said', async () => {
    const claimed = await claim(store, await startRun(store));
    const answer = await store.park(inState(claimed.run, 'sleeping'), claimed.epoch, 0, 60_000, []);
    expect(answer).toMatchObject({ kind: 'ok', version: 1, dueInMs: 60_000, events: 0 });
    expect(await due(claimed.run.id)).toBeGreaterThan(claimed.now + 59_000);
    expect((await claim(store, claimed.run.id)).epoch).toBeGreaterThan(claimed.epoch);
  });

  test('a park is due at once when something came in while the worker was at it', async () => {
    const claimed = await claim(store, await startRun(store));
    await store.signal(claimed.run.id, { kind: 'cancel', by: 'ann', why: 'no', at: 5 });
    const answer = await store.park(inState(claimed.run, 'sleeping'), claimed.epoch, 0, 60_000, []);
    expect(answer).toMatchObject({ kind: 'again', events: 1 });
    expect(await due(claimed.run.id)).toBeLessThan(claimed.now + 5_000);
  });

  test('an end is refused when something came in, and nothing is written', async () => {
    const claimed = await claim(store, await startRun(store));
    await store.accept([firing('f2', 2_000, 's1')], []);
    const answer = await store.end(ended(claimed.run, 'skipped'), claimed.epoch, 0, noRecord, []);
    expect(answer).toMatchObject({ kind: 'again', version: 0, inbox: [{ kind: 'episode', fingerprint: 'f2', change: 'new' }] });
    expect((await store.run(claimed.run.id))?.run.state).toBe('pending');
  });

  test('an ended run leaves nothing behind that another could meet', async () => {
    const claimed = await claim(store, await startRun(store, 's1', { pageAfterMs: 1_000 }));
    await store.begin(beginRequest(claimed));
    await store.finish(claimed.run.id, claimed.epoch, '0/restart/1', 'done', { kind: 'done', output: {} });
    const answer = await store.end(ended(claimed.run, 'succeeded'), claimed.epoch, 0, noRecord, []);
    expect(answer).toMatchObject({ kind: 'ok', incident: null });
    expect(await store.run(claimed.run.id)).toMatchObject({ dueAt: null, locks: [], run: { state: 'succeeded' } });
    const left = await world.keys();
    for (const gone of ['due', 'pagedue', 'active', 'lock:Pod:c/ns/node-1', 'firing:s1', 'episodes']) expect(left).not.toContain(gone);
    expect(await store.claim(claimed.run.id, null, 'w')).toEqual({ kind: 'gone' });
    expect(await store.signal(claimed.run.id, { kind: 'cancel', by: 'ann', why: '', at: 1 })).toEqual({ kind: 'gone' });
    expect(await world.keys('run:*')).toEqual(['run:r-1', 'run:r-1:events', 'run:r-1:fx']);
    for (const key of ['run:r-1', 'run:r-1:fx', 'run:r-1:events']) {
      expect(await world.redis.pttl(world.key(key))).toBeGreaterThan(0);
    }
  });

  test('an end that says escalated opens its incident and queues the first message in the same script', async () => {
    const claimed = await claim(store, await startRun(store));
    const told = ended(claimed.run, 'escalated', { end: { reason: 'ladder-end', detail: '', would: null, at: 1 } });
    const answer = await store.end(told, claimed.epoch, 0, { ...noRecord, escalation: escalation() }, []);
    expect(answer.kind === 'ok' && answer.incident).toMatch(/^i-/);
    expect(await store.claimDelivery('d')).toMatchObject({ receiver: 'pager', event: 'trigger', priority: 'P1' });
  });

  test('an end that says escalated without an escalation is refused before it is sent', async () => {
    const claimed = await claim(store, await startRun(store));
    await expect(async () => store.end(ended(claimed.run, 'escalated'), claimed.epoch, 0, noRecord, [])).rejects.toThrow(
      /nobody would hear/,
    );
  });

  test('a worker that lost the run writes nothing', async () => {
    const claimed = await claim(store, await startRun(store));
    await world.pass(30_001);
    await claim(store, claimed.run.id);
    expect(await store.keep(inState(claimed.run, 'running'), claimed.epoch, 0, [])).toEqual({ kind: 'lost' });
    expect(await store.park(inState(claimed.run, 'running'), claimed.epoch, 0, 1, [])).toEqual({ kind: 'lost' });
    expect(await store.end(ended(claimed.run, 'skipped'), claimed.epoch, 0, noRecord, [])).toEqual({ kind: 'lost' });
    expect((await store.run(claimed.run.id))?.version).toBe(0);
  });

  test('a park that is sent twice counts once', async () => {
    const claimed = await claim(store, await startRun(store));
    await store.park(inState(claimed.run, 'sleeping'), claimed.epoch, 0, 60_000, []);
    expect(await store.park(inState(claimed.run, 'sleeping'), claimed.epoch, 0, 60_000, [])).toEqual({ kind: 'lost' });
  });
});

describe('signal', () => {
  test('a signal to a parked run makes it due at once, before all others', async () => {
    const claimed = await claim(store, await startRun(store));
    await store.park(inState(claimed.run, 'sleeping'), claimed.epoch, 0, 60_000, []);
    const answer = await store.signal(claimed.run.id, { kind: 'cancel', by: 'ann', why: 'no', at: 1 });
    expect(answer).toEqual({ kind: 'ok', hint: { run: claimed.run.id, version: 1, events: 1, priority: 0 } });
    expect(await due(claimed.run.id)).toBeLessThan(claimed.now + 5_000);
    expect((await claim(store, claimed.run.id)).inbox).toEqual([{ kind: 'cancel', by: 'ann', why: 'no', at: 1 }]);
  });

  test('an inbox is read on from where the last commit had read', async () => {
    const claimed = await claim(store, await startRun(store));
    await store.signal(claimed.run.id, { kind: 'cancel', by: 'ann', why: '1', at: 1 });
    await store.keep(claimed.run, claimed.epoch, 0, []);
    await store.park(claimed.run, claimed.epoch, 1, 0, []);
    await store.signal(claimed.run.id, { kind: 'cancel', by: 'bob', why: '2', at: 2 });
    expect((await claim(store, claimed.run.id)).inbox).toMatchObject([{ by: 'bob' }]);
  });

  test('the first answer to a plan counts, and an answer to another plan counts nothing', async () => {
    const claimed = await claim(store, await startRun(store));
    const asked = { planHash: 'h1', plan: plan(), askedAt: 1, expiresAt: 2, approvedBy: null, approvedAt: null };
    const waiting = inState(claimed.run, 'awaiting-approval', { approval: asked });
    await store.park(waiting, claimed.epoch, 0, 60_000, []);
    const answer = (kind: 'approve' | 'reject', planHash: string, by: string) =>
      store.signal(claimed.run.id, { kind, planHash, by, at: 1 });
    expect(await answer('approve', 'h0', 'ann')).toEqual({ kind: 'gone' });
    expect((await answer('reject', 'h1', 'ann')).kind).toBe('ok');
    expect(await answer('approve', 'h1', 'bob')).toEqual({ kind: 'taken', by: 'ann' });
    const again = await claim(store, claimed.run.id);
    await store.park({ ...waiting, approval: { ...asked, planHash: 'h2' } }, again.epoch, 1, 60_000, []);
    expect((await answer('approve', 'h2', 'bob')).kind).toBe('ok');
  });
});

describe('sweep', () => {
  test('gives each run that is due once, with its priority', async () => {
    const one = await startRun(store, 's1', { priority: 0 });
    const two = await startRun(store, 's2', { priority: 3 });
    expect(await store.sweep(100)).toEqual([
      { run: one, version: 0, events: 0, priority: 1 },
      { run: two, version: 0, events: 0, priority: 4 },
    ]);
    expect(await store.sweep(100)).toEqual([]);
    await world.pass(10_001);
    expect(await store.sweep(1)).toMatchObject([{ run: one }]);
  });

  test('forgets runs that nobody may ask for any more', async () => {
    const claimed = await claim(store, await startRun(store));
    await store.end(ended(claimed.run, 'skipped'), claimed.epoch, 0, noRecord, []);
    await startRun(store, 's2');
    await world.redis.del(world.key('run', claimed.run.id));
    await world.pass(604_800_001);
    await store.sweep(1);
    expect(await world.redis.zrange(world.key('runs'), '0', '-1')).toEqual(['r-2']);
  });
});

describe('brakes', () => {
  test('a lifted brake wakes the runs that it held, one after the other', async () => {
    const runs = [await startRun(store, 's1'), await startRun(store, 's2')];
    await store.setBrake({ scope: 'all', by: 'ann', why: 'storm', until: null });
    const now = await store.now();
    for (const run of runs) {
      const claimed = await claim(store, run);
      await store.park(inState(claimed.run, 'holding', { hold: paused(claimed.now) }), claimed.epoch, 0, 900_000, []);
    }
    expect(await store.brakes()).toMatchObject([{ scope: 'all', by: 'ann', why: 'storm', until: null }]);
    expect(await store.liftBrake('all', 'bob')).toBe(true);
    expect(await store.liftBrake('all', 'bob')).toBe(false);
    const dues = await Promise.all(runs.map(due));
    expect(Math.abs(dues[0]! - dues[1]!)).toBe(100);
    expect(Math.max(...dues.map(Number))).toBeLessThan(now + 5_000);
    expect(await store.brakes()).toEqual([]);
  });

  test('a brake that ran out is none: there is nothing to lift, and the sweep forgets it', async () => {
    const until = (await store.now()) + 1_000;
    for (const scope of ['all', 'rule:x']) await store.setBrake({ scope, by: 'ann', why: 'x', until });
    await store.setBrake({ scope: 'rule:y', by: 'ann', why: 'x', until: null });
    await world.pass(1_001);
    expect(await store.liftBrake('all', 'bob')).toBe(false);
    expect((await store.audit('0', 100, 0)).filter(({ kind }) => kind === 'brake-lifted')).toEqual([]);
    await store.sweep(1);
    expect(await world.redis.hkeys(world.key('brake'))).toEqual(['rule:y']);
    expect(await store.liftBrake('rule:y', 'bob')).toBe(true);
  });
});

test('leases of an earlier daemon are void at start', async () => {
  const claimed = await claim(store, await startRun(store));
  expect(await store.voidLeases()).toBe(1);
  expect(await store.keep(claimed.run, claimed.epoch, 0, [])).toEqual({ kind: 'lost' });
  expect((await claim(store, claimed.run.id)).epoch).toBeGreaterThan(claimed.epoch);
});

test('counts say what lives, how long the oldest is overdue and what is open', async () => {
  await startRun(store, 's1');
  const claimed = await claim(store, await startRun(store, slot('s2').slot, { pageAfterMs: 0 }));
  await store.park(inState(claimed.run, 'verifying'), claimed.epoch, 0, 1_000, []);
  const counts = await store.counts();
  expect(counts.live).toMatchObject({ pending: 1, verifying: 1, running: 0 });
  expect(counts).toMatchObject({ pageOverdue: 1, incidentsOpen: 0 });
});
