import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import type { SlotRequest } from '../../../src/core/store.ts';
import { byHand, onSchedule } from '../../support/sample.ts';
import { claim, ended, firing, newRun, noRecord, slot, startStore, type StoreWorld } from './world.ts';

const world: StoreWorld = await startStore();
let store = world.store;
beforeEach(async () => {
  store = await world.reset();
});
afterAll(() => world[Symbol.asyncDispose]());

const MINUTE = 60_000;
const asked = (over: Partial<SlotRequest> = {}): SlotRequest => {
  const made = slot('s1', over);
  return { ...made, doc: () => ({ ...newRun('s1'), episodes: {}, trigger: onSchedule }) };
};
const tick = (at: number, over: { rule?: string; lateMs?: number; earlier?: number; request?: SlotRequest } = {}) =>
  store.tick({ rule: 'nightly', at, lateMs: MINUTE, earlier: null, request: asked(), ...over });
const now = async () => (await store.schedules([])).now;
const told = async () => (await store.audit('0', 1_000, 0)).map(({ kind, run, data }) => ({ kind, run, data }));
const end = async (run: string) => {
  const claimed = await claim(store, run);
  await store.end(ended(claimed.run, 'succeeded'), claimed.epoch, claimed.events, { ...noRecord, clears: true }, []);
};

describe('what is dealt with', () => {
  test('begins when a schedule is seen first, and goes on with its ticks', async () => {
    const first = await store.schedules([{ rule: 'nightly', text: 'UTC 0 3 * * *' }]);
    expect(first.from).toEqual([first.now]);
    await world.pass(MINUTE);
    expect((await store.schedules([{ rule: 'nightly', text: 'UTC 0 3 * * *' }])).from).toEqual([first.now]);
    const at = first.now + 1_000;
    expect((await tick(at)).kind).toBe('started');
    expect((await store.schedules([{ rule: 'nightly', text: 'UTC 0 3 * * *' }])).from).toEqual([at]);
  });

  test('a schedule that is written anew has missed nothing', async () => {
    const { now: start } = await store.schedules([{ rule: 'nightly', text: 'UTC 0 3 * * *' }]);
    await world.pass(10 * MINUTE);
    const { from, now: later } = await store.schedules([
      { rule: 'nightly', text: 'UTC 0 4 * * *' },
      { rule: 'nightly', text: 'UTC 0 3 * * *' },
    ]);
    expect(from).toEqual([later, start]);
  });

  test('is forgotten some days after the rule is gone', async () => {
    await store.schedules([{ rule: 'nightly', text: 'UTC 0 3 * * *' }]);
    await tick(await now());
    expect(await world.redis.pttl(world.key('schedule:nightly'))).toBeGreaterThan(world.timing.retainMs - MINUTE);
  });
});

describe('a tick', () => {
  test('starts a run that no alert started, once, and never again', async () => {
    const at = await now();
    expect(await tick(at)).toEqual({ kind: 'started', hint: { run: 'r-1', version: 0, events: 0, priority: 2 } });
    expect(await tick(at)).toEqual({ kind: 'taken' });
    expect(await tick(at - 1)).toEqual({ kind: 'taken' });
    await end('r-1');
    expect(await tick(at)).toEqual({ kind: 'taken' });
    expect((await store.run('r-1'))?.run).toMatchObject({ trigger: onSchedule, episodes: {}, state: 'succeeded' });
    expect(await told()).toMatchObject([{ kind: 'accepted', run: 'r-1', data: { slot: 's1', trigger: 'schedule', id: onSchedule.id } }]);
    expect(await world.redis.hget(world.key('states'), 'pending')).toBe('0');
  });

  test('that lies in the future is nobody’s yet', async () => {
    expect(await tick((await now()) + 5_000)).toEqual({ kind: 'taken' });
    expect(await told()).toEqual([]);
  });

  test('that came too late is missed and told, and so are those before it', async () => {
    const at = (await now()) - MINUTE - 1;
    expect(await tick(at, { earlier: at - 5 * MINUTE })).toEqual({ kind: 'missed' });
    const [missed, last] = [new Date(at - 5 * MINUTE).toISOString(), new Date(at).toISOString()];
    expect(await told()).toEqual([
      { kind: 'tick', run: null, data: { rule: 'nightly', tick: missed, before: last, reason: 'missed' } },
      { kind: 'tick', run: null, data: { rule: 'nightly', tick: last, reason: 'missed' } },
    ]);
    expect(await tick(at)).toEqual({ kind: 'taken' });
    expect((await tick(at, { rule: 'another' })).kind).toBe('missed');
  });

  test('that came late enough to count starts its run, with those before it told', async () => {
    const at = (await now()) - 10 * MINUTE;
    expect((await tick(at, { lateMs: 60 * MINUTE, earlier: at - MINUTE })).kind).toBe('started');
    expect((await told()).map(({ kind }) => kind)).toEqual(['tick', 'accepted']);
  });

  test('never overlaps the run before it', async () => {
    const at = await now();
    await tick(at - 1);
    expect(await tick(at)).toEqual({ kind: 'still-running', run: 'r-1' });
    expect((await told()).at(-1)).toMatchObject({ kind: 'tick', data: { reason: 'still-running', detail: 'run r-1 is still at it' } });
    await end('r-1');
    expect(await tick(at), 'and is not made up for').toEqual({ kind: 'taken' });
    await world.pass(MINUTE);
    expect((await tick(at + MINUTE)).kind).toBe('started');
  });

  test('of a rule that only observes has a run in its own key space, and wakes nobody', async () => {
    await tick(await now(), { request: asked({ dry: true, pageAfterMs: 1_000 }) });
    expect(await world.redis.hget(world.key('dry:active'), 's1')).toBe('r-1');
    expect(await world.redis.zcard(world.key('pagedue'))).toBe(0);
  });

  test('of one that acts wakes a human when its time is over', async () => {
    await tick(await now(), { request: asked({ pageAfterMs: 1_000 }) });
    expect(await world.redis.zrange(world.key('pagedue'), '0', '-1')).toEqual(['r-1']);
  });
});

describe('by hand', () => {
  const start = () => store.start({ ...asked(), doc: () => ({ ...newRun('s1'), episodes: {}, trigger: { ...byHand, why: 'because' } }) });

  test('a run is started once: while it lives it answers for itself', async () => {
    expect(await start()).toEqual({ kind: 'started', hint: { run: 'r-1', version: 0, events: 0, priority: 2 } });
    expect(await start()).toEqual({ kind: 'live', run: 'r-1' });
    expect(await told()).toMatchObject([{ kind: 'accepted', run: 'r-1', data: { trigger: 'manual', id: 'ana', why: 'because' } }]);
    await end('r-1');
    expect(await start()).toMatchObject({ kind: 'started', hint: { run: 'r-2' } });
  });

  test('it joins what an alert started, and an alert joins it', async () => {
    await store.accept([firing('f1', 1_000, 's1')], []);
    expect(await start()).toEqual({ kind: 'live', run: 'r-1' });
    await end('r-1');
    await start();
    expect((await store.accept([firing('f2', 2_000, 's1')], [])).hints).toMatchObject([{ run: 'r-2', events: 1 }]);
    expect((await claim(store, 'r-2')).inbox).toMatchObject([{ kind: 'episode', fingerprint: 'f2' }]);
  });

  test('it is told of what fires in its slot', async () => {
    await store.accept([firing('f1', 1_000, 's1')], []);
    const claimed = await claim(store, 'r-1');
    await store.end(ended(claimed.run, 'cancelled'), claimed.epoch, claimed.events, noRecord, []);
    await start();
    expect((await claim(store, 'r-2')).inbox).toMatchObject([{ kind: 'episode', fingerprint: 'f1', change: 'new' }]);
  });
});
