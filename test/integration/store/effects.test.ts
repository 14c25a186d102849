import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { beginRequest, claim, ended, firing, inState, noRecord, plan, startRun, startStore, type StoreWorld } from './world.ts';
import { sampleHold } from '../../support/sample.ts';

const world: StoreWorld = await startStore();
let store = world.store;
beforeEach(async () => {
  store = await world.reset();
});
afterAll(() => world[Symbol.asyncDispose]());

const due = async (run: string): Promise<number | null> => (await store.run(run))?.dueAt ?? null;
const hold = (since: number) => sampleHold('target-busy', { since });
/** Three wanted one lock; the first of them is gone, and the second is looked at again, with the third behind it. */
async function secondOfThree() {
  const first = await claim(store, await startRun(store, 's1'));
  const second = await claim(store, await startRun(store, 's2'));
  const third = await claim(store, await startRun(store, 's3'));
  await store.begin(beginRequest(first));
  for (const other of [second, third]) {
    await store.begin(beginRequest(other));
    await store.park(inState(other.run, 'holding', { hold: hold(other.now) }), other.epoch, 0, 60_000, []);
  }
  await store.end(ended(first.run, 'skipped'), first.epoch, 0, noRecord, []);
  return { again: await claim(store, second.run.id), third };
}
const paused = (since: number) => sampleHold('paused', { since });

describe('begin', () => {
  const budget = { max: 1, perMs: 3_600_000, scope: 'rule', key: 'rule:node-down' } as const;

  test('takes locks, charges and intent, and says how long is left', async () => {
    const claimed = await claim(store, await startRun(store));
    const answer = await store.begin(beginRequest(claimed, { budgets: [budget] }));
    expect(answer).toMatchObject({ kind: 'go', leftMs: 10_000 });
    expect((await store.run(claimed.run.id))?.locks).toEqual(['Pod:c/ns/node-1']);
    await world.pass(30_001);
    expect((await claim(store, claimed.run.id)).effects).toMatchObject([
      { effect: '0/restart/1', state: 'intent', plan: plan(), outcome: null },
    ]);
  });

  test('writes what the run knows and what its audit is to be told together with the intent', async () => {
    const claimed = await claim(store, await startRun(store));
    const run = inState(claimed.run, 'running');
    const audit = [{ kind: 'state' as const, data: { state: 'running' } }];
    expect((await store.begin(beginRequest(claimed, { run, audit }))).kind).toBe('go');
    const found = await store.run(run.id);
    expect(found?.run.state).toBe('running');
    expect((await store.counts()).live).toMatchObject({ running: 1 });
    expect(found?.audit.map(({ kind }) => kind).slice(-2)).toEqual(['state', 'intent']);
    await world.pass(30_001);
    const next = await claim(store, run.id);
    expect([next.run.state, next.version]).toEqual(['running', claimed.version + 1]);
  });

  test('writes nothing when it refuses', async () => {
    const claimed = await claim(store, await startRun(store));
    await store.setBrake({ scope: 'all', by: 'ann', why: 'storm', until: null });
    const audit = [{ kind: 'state' as const, data: {} }];
    expect((await store.begin(beginRequest(claimed, { run: inState(claimed.run, 'running'), audit }))).kind).toBe('paused');
    await world.pass(30_001);
    const next = await claim(store, claimed.run.id);
    expect([next.run.state, next.version]).toEqual(['pending', claimed.version]);
  });

  test('the lease outlives the call', async () => {
    const claimed = await claim(store, await startRun(store));
    await world.pass(25_000);
    await store.begin(beginRequest(claimed, { factsAt: claimed.now + 25_000 }));
    await world.pass(10_000);
    expect((await store.claim(claimed.run.id, null, 'w')).kind).toBe('busy');
  });

  test('is lost to another epoch', async () => {
    const claimed = await claim(store, await startRun(store));
    await world.pass(30_001);
    await claim(store, claimed.run.id);
    expect(await store.begin(beginRequest(claimed))).toEqual({ kind: 'lost' });
  });

  test('is lost after a park', async () => {
    const claimed = await claim(store, await startRun(store));
    await store.park(claimed.run, claimed.epoch, 0, 1, []);
    expect(await store.begin(beginRequest(claimed))).toEqual({ kind: 'lost' });
  });

  test('sends the worker back to its inbox when something came in', async () => {
    const claimed = await claim(store, await startRun(store));
    await store.accept([{ ...firing('f-s1', 1_000), status: 'resolved', endsAt: 3_000 }], []);
    expect(await store.begin(beginRequest(claimed))).toEqual({ kind: 'event' });
  });

  test('a brake of one of its scopes stops it, one of another or one that ran out does not', async () => {
    const claimed = await claim(store, await startRun(store));
    await store.setBrake({ scope: 'rule:other', by: 'ann', why: 'x', until: null });
    await store.setBrake({ scope: 'all', by: 'ann', why: 'x', until: 1 });
    await store.setBrake({ scope: 'rule:node-down', by: 'bob', why: 'storm', until: null });
    expect(await store.begin(beginRequest(claimed))).toMatchObject({
      kind: 'paused',
      brake: { scope: 'rule:node-down', by: 'bob', until: null },
    });
    await store.liftBrake('rule:node-down', 'bob');
    expect((await store.begin(beginRequest(claimed))).kind).toBe('go');
  });

  test('an effect is begun once, whatever came of it', async () => {
    const claimed = await claim(store, await startRun(store));
    await store.begin(beginRequest(claimed));
    expect(await store.begin(beginRequest(claimed))).toMatchObject({ kind: 'seen', effect: { state: 'intent', plan: plan() } });
    await store.finish(claimed.run.id, claimed.epoch, '0/restart/1', 'done', { kind: 'done', output: { uid: 'u2' } });
    expect(await store.begin(beginRequest(claimed))).toMatchObject({
      kind: 'seen',
      effect: { state: 'done', outcome: { kind: 'done', output: { uid: 'u2' } } },
    });
  });

  test('facts of more than five seconds ago are old', async () => {
    const claimed = await claim(store, await startRun(store));
    await world.pass(5_001);
    expect(await store.begin(beginRequest(claimed))).toEqual({ kind: 'old-facts' });
  });

  test('facts from before the last release of a lock are old', async () => {
    const first = await claim(store, await startRun(store, 's1'));
    const second = await claim(store, await startRun(store, 's2'));
    await store.begin(beginRequest(first));
    await store.end(ended(first.run, 'skipped'), first.epoch, 0, noRecord, []);
    expect(await store.begin(beginRequest(second))).toEqual({ kind: 'old-facts' });
    await world.pass(1);
    expect((await store.begin(beginRequest(second, { factsAt: (await store.now()) + 1 }))).kind).toBe('go');
  });

  test('another run holds the lock until it ends, and its end wakes the first in the queue', async () => {
    const first = await claim(store, await startRun(store, 's1'));
    const second = await claim(store, await startRun(store, 's2', { priority: 2 }));
    const third = await claim(store, await startRun(store, 's3', { priority: 0 }));
    await store.begin(beginRequest(first));
    for (const other of [second, third]) {
      expect(await store.begin(beginRequest(other))).toEqual({ kind: 'held', lock: 'Pod:c/ns/node-1', holder: first.run.id });
      await store.park(inState(other.run, 'holding', { hold: hold(other.now) }), other.epoch, 0, 60_000, []);
    }
    const answer = await store.end(ended(first.run, 'skipped'), first.epoch, 0, noRecord, []);
    expect(answer.kind === 'ok' && answer.woken.map(({ run }) => run)).toEqual([third.run.id]);
    expect(await due(third.run.id)).toBeLessThan(first.now + 5_000);
    expect(await due(second.run.id)).toBeGreaterThan(first.now + 50_000);
  });

  test.each([
    ['rejected', true],
    ['abandoned', true],
    ['done', false],
    ['begun', false],
  ] as const)('a run that parks with its effect %s is in others’ way only if it acted or may have acted', async (state, free) => {
    const first = await claim(store, await startRun(store, 's1'));
    const second = await claim(store, await startRun(store, 's2'));
    await store.begin(beginRequest(first));
    await store.begin(beginRequest(second));
    await store.park(inState(second.run, 'holding', { hold: hold(second.now) }), second.epoch, 0, 60_000, []);
    if (state !== 'begun') await store.finish(first.run.id, first.epoch, '0/restart/1', state, { kind: 'unknown', message: '' });
    const answer = await store.park(inState(first.run, 'holding', { hold: paused(first.now) }), first.epoch, 0, 60_000, []);
    expect(answer.kind === 'ok' && answer.woken.map(({ run }) => run)).toEqual(free ? [second.run.id] : []);
    expect((await store.run(first.run.id))?.locks).toEqual(free ? [] : ['Pod:c/ns/node-1']);
  });

  test('a run whose guard saw the lock held stands in its queue from its park on', async () => {
    const first = await claim(store, await startRun(store, 's1'));
    const second = await claim(store, await startRun(store, 's2'));
    await store.begin(beginRequest(first));
    const held = inState(second.run, 'holding', { hold: hold(second.now) });
    expect(await store.park(held, second.epoch, 0, 60_000, [], ['Pod:c/ns/node-1'])).toMatchObject({ dueInMs: 60_000 });
    const answer = await store.end(ended(first.run, 'skipped'), first.epoch, 0, noRecord, []);
    expect(answer.kind === 'ok' && answer.woken.map(({ run }) => run)).toEqual([second.run.id]);
    const again = await claim(store, second.run.id);
    expect(await store.park(held, again.epoch, 0, 60_000, [], ['Pod:c/ns/node-1'])).toMatchObject({ dueInMs: 0 });
  });

  test('a lock that is released while the next one decides makes its park due at once', async () => {
    const first = await claim(store, await startRun(store, 's1'));
    const second = await claim(store, await startRun(store, 's2'));
    await store.begin(beginRequest(first));
    await store.begin(beginRequest(second));
    await store.end(ended(first.run, 'skipped'), first.epoch, 0, noRecord, []);
    const held = inState(second.run, 'holding', { hold: hold(second.now) });
    expect(await store.park(held, second.epoch, 0, 60_000, [])).toMatchObject({ kind: 'ok', dueInMs: 0 });
  });

  test('whoever is woken and goes away wakes the next', async () => {
    const { again, third } = await secondOfThree();
    const answer = await store.end(ended(again.run, 'skipped'), again.epoch, 0, noRecord, []);
    expect(answer.kind === 'ok' && answer.woken.map(({ run }) => run)).toEqual([third.run.id]);
  });

  test('whoever parks for another reason leaves the queue, and wakes the next if the lock is free', async () => {
    const { again, third } = await secondOfThree();
    const answer = await store.park(inState(again.run, 'holding', { hold: paused(again.now) }), again.epoch, 0, 60_000, []);
    expect(answer.kind === 'ok' && answer.woken.map(({ run }) => run)).toEqual([third.run.id]);
    expect(await world.redis.zrange(world.key('wait:Pod:c/ns/node-1'), '0', '-1')).toEqual([third.run.id]);
  });

  test('an acted run leaves a cooldown for its subject and one for its target', async () => {
    const memory = { rung: 1, acted: true, outcome: 'escalated', ineffective: true, keepMs: 3_600_000 };
    const first = await claim(store, await startRun(store, 's1'));
    await store.end(ended(first.run, 'skipped'), first.epoch, 0, { ...noRecord, memory, cooldownMs: 9_000, targetCooldownMs: 4_000 }, []);
    const second = await claim(store, await startRun(store, 's2'));
    expect(await store.begin(beginRequest(second))).toMatchObject({ kind: 'cooling' });
    // Any rule keeps away from the subject for as long as the target's own cooldown says.
    const other = await store.begin(beginRequest(second, { rule: 'another' }));
    expect(other.kind).toBe('cooling');
    await world.pass(4_001);
    const fresh = { factsAt: second.now + 4_001 };
    expect((await store.begin(beginRequest(second, fresh))).kind).toBe('cooling');
    expect((await store.begin(beginRequest(second, { ...fresh, rule: 'another' }))).kind).toBe('go');
    const history = await store.history({
      run: second.run.id,
      dry: false,
      rule: 'node-down',
      subject: 'Pod:c/ns/node-1',
      locks: ['Pod:c/ns/node-1'],
      budgets: [],
      places: [],
    });
    expect(history).toMatchObject({
      locks: {},
      targetCoolingUntil: null,
      memory: { rung: 1, outcome: 'escalated', acted: true, ineffective: [{ run: first.run.id }] },
    });
    expect(history.coolingUntil).toBeGreaterThan(second.now);
  });

  test('a spent budget says when it frees, and a result that did not happen gives its charge back', async () => {
    const first = await claim(store, await startRun(store, 's1'));
    const begun = await store.begin(beginRequest(first, { budgets: [budget] }));
    expect(begun.kind).toBe('go');
    const second = await claim(store, await startRun(store, 's2'));
    const spent = await store.begin(beginRequest(second, { budgets: [budget], touches: ['other'] }));
    expect(spent).toMatchObject({ kind: 'spent', key: 'rule:node-down' });
    expect(spent.kind === 'spent' && spent.freesAt! - first.now).toBeGreaterThan(3_590_000);
    await store.finish(first.run.id, first.epoch, '0/restart/1', 'rejected', { kind: 'rejected', reason: 'conflict', message: '' });
    expect((await store.begin(beginRequest(second, { budgets: [budget], touches: ['other'] }))).kind).toBe('go');
  });

  test('a charge of several counts as several, and a cost above the maximum never fits', async () => {
    const wide = { ...budget, max: 3 };
    const first = await claim(store, await startRun(store, 's1'));
    await store.begin(beginRequest(first, { budgets: [wide], cost: 2 }));
    const second = await claim(store, await startRun(store, 's2'));
    expect((await store.begin(beginRequest(second, { budgets: [wide], cost: 2, touches: ['x'] }))).kind).toBe('spent');
    expect(await store.begin(beginRequest(second, { budgets: [wide], cost: 4, touches: ['x'] }))).toMatchObject({ freesAt: null });
    expect((await store.begin(beginRequest(second, { budgets: [wide], cost: 1, touches: ['x'] }))).kind).toBe('go');
  });

  test('the time told is that at which there is room, by history as by begin', async () => {
    for (const [slot, touched] of [
      ['s1', 'x'],
      ['s2', 'y'],
      ['s3', 'z'],
    ] as const) {
      const before = await claim(store, await startRun(store, slot));
      await store.begin(beginRequest(before, { budgets: [{ ...budget, max: 3 }], touches: [touched] }));
      await world.pass(60_000);
    }
    const claimed = await claim(store, await startRun(store, 's4'));
    const told = async (max: number, cost: number) => {
      const budgets = [{ ...budget, max }];
      const begun = await store.begin(beginRequest(claimed, { budgets, cost, touches: ['w'] }));
      const asked = { run: claimed.run.id, dry: false, rule: 'r', subject: 't', locks: [], places: [], budgets, cost };
      const [use] = (await store.history(asked)).budgets;
      expect(begun).toMatchObject({ kind: 'spent', freesAt: use?.freesAt });
      return use?.freesAt ?? null;
    };
    const oldest = (await told(3, 1)) ?? 0;
    expect([await told(2, 1), await told(1, 1), await told(3, 3)].map((at) => Math.round(((at ?? 0) - oldest) / 60_000))).toEqual([
      1, 2, 2,
    ]);
    expect(await told(1, 2)).toBeNull();
  });

  test('a short window on the same key does not drop the charges that a long one counts', async () => {
    const long = { ...budget, max: 1, perMs: 3_600_000 };
    const short = { ...budget, max: 1, perMs: 60_000 };
    const first = await claim(store, await startRun(store, 's1'));
    await store.begin(beginRequest(first, { budgets: [long] }));
    await world.pass(120_000);
    const second = await claim(store, await startRun(store, 's2'));
    expect((await store.begin(beginRequest(second, { budgets: [short], touches: ['x'] }))).kind).toBe('go');
    const third = await claim(store, await startRun(store, 's3'));
    expect((await store.begin(beginRequest(third, { budgets: [long], touches: ['y'] }))).kind).toBe('spent');
    const uses = await store.history({
      run: third.run.id,
      dry: false,
      rule: 'r',
      subject: 't',
      locks: ['Pod:c/ns/node-1', 'x', 'nobody'],
      budgets: [long, short],
      places: [],
    });
    expect(uses.budgets.map(({ used }) => used)).toEqual([2, 1]);
    expect(uses.locks).toEqual({ 'Pod:c/ns/node-1': first.run.id, x: second.run.id });
    expect(uses.memory).toBeNull();
  });

  test('a dry run takes nothing that a live one could feel', async () => {
    const run = await startRun(store, 's1', { dry: true });
    const claimed = await claim(store, run);
    expect((await store.begin(beginRequest(claimed, { budgets: [budget] }))).kind).toBe('go');
    const left = await world.keys();
    expect(left.filter((key) => /^(active|lock|wait|rel|bud|budper|cool|subject|slot)(:|$)/.test(key))).toEqual([]);
    expect(left).toContain('dry:lock:Pod:c/ns/node-1');
    const live = await claim(store, await startRun(store, 's1', { dry: false }));
    expect((await store.begin(beginRequest(live, { budgets: [budget] }))).kind).toBe('go');
  });
});

describe('finish', () => {
  const effect = '0/restart/1';
  const done = { kind: 'done', output: { uid: 'u2' } } as const;
  const unknown = { kind: 'unknown', message: 'not there' } as const;

  test('the first result wins', async () => {
    const claimed = await claim(store, await startRun(store));
    await store.begin(beginRequest(claimed));
    expect(await store.finish(claimed.run.id, claimed.epoch, effect, 'done', done)).toBe('ok');
    expect(await store.finish(claimed.run.id, claimed.epoch, effect, 'rejected', unknown)).toBe('seen');
    expect(await store.finish(claimed.run.id, claimed.epoch, 'other', 'done', done)).toBe('seen');
  });

  test('a result of a worker that lost the run is taken, and told to the one that has it', async () => {
    const zombie = await claim(store, await startRun(store));
    await store.begin(beginRequest(zombie));
    await world.pass(30_001);
    const next = await claim(store, zombie.run.id);
    expect(await store.finish(zombie.run.id, zombie.epoch, effect, 'done', done)).toBe('ok');
    const answer = await store.park(inState(next.run, 'reconciling'), next.epoch, 0, 60_000, []);
    expect(answer).toMatchObject({ kind: 'again', inbox: [{ kind: 'late-result', effect, outcome: done }] });
  });

  test('done after abandoned is recorded as a late effect and told to the run', async () => {
    const claimed = await claim(store, await startRun(store));
    await store.begin(beginRequest(claimed));
    await store.finish(claimed.run.id, claimed.epoch, effect, 'abandoned', unknown);
    expect(await store.finish(claimed.run.id, claimed.epoch, effect, 'done', done)).toBe('ok');
    const audit = (await store.run(claimed.run.id))?.audit.map(({ kind }) => kind);
    expect(audit).toEqual(['accepted', 'intent', 'result', 'late-effect']);
    expect(await store.keep(claimed.run, claimed.epoch, 0, [])).toMatchObject({ kind: 'again', inbox: [{ kind: 'late-result' }] });
  });

  test('done after abandoned is charged again, for no longer than its window, and not where no window is remembered', async () => {
    const window = world.key('bud:rule:node-down');
    const budgets = [{ max: 9, perMs: 60_000, scope: 'rule', key: 'rule:node-down' }] as const;
    for (const remembered of [true, false]) {
      store = await world.reset();
      const claimed = await claim(store, await startRun(store));
      await store.begin(beginRequest(claimed, { budgets }));
      await store.finish(claimed.run.id, claimed.epoch, effect, 'abandoned', unknown);
      expect(await world.redis.exists(window)).toBe(0);
      if (!remembered) await world.redis.del(world.key('budper:rule:node-down'));
      await store.finish(claimed.run.id, claimed.epoch, effect, 'done', done);
      expect(await world.redis.zcard(window)).toBe(remembered ? 1 : 0);
      const left = await world.redis.pttl(window);
      expect(remembered ? left : 60_000).toBeGreaterThan(50_000);
    }
  });

  test.each([
    ['that is free', false],
    ['unless another run has it by now', true],
  ])('done after abandoned acts again: it has its place, whatever the maximum, and its lock %s', async (_which, taken) => {
    const places = [{ key: 'in-flight:cluster:c', max: 1 }];
    const touches = ['Pod:c/ns/node-1'];
    const claimed = await claim(store, await startRun(store));
    await store.begin(beginRequest(claimed, { places, touches }));
    await store.finish(claimed.run.id, claimed.epoch, effect, 'abandoned', unknown);
    await store.park(inState(claimed.run, 'holding', { hold: paused(claimed.now) }), claimed.epoch, 0, 60_000, []);
    expect((await store.run(claimed.run.id))?.locks).toEqual([]);
    expect(await world.redis.exists(world.key(`acting:${places[0]?.key}`))).toBe(0);
    if (taken) {
      await world.redis.set(world.key('lock:Pod:c/ns/node-1'), 'r-9');
      await world.redis.hset(world.key('run:r-9'), 'state', 'running');
    }

    await store.finish(claimed.run.id, claimed.epoch, effect, 'done', done);
    expect(await world.redis.smembers(world.key(`acting:${places[0]?.key}`))).toEqual([claimed.run.id]);
    expect((await store.run(claimed.run.id))?.locks).toEqual(taken ? [] : touches);
    expect(await world.redis.get(world.key('lock:Pod:c/ns/node-1'))).toBe(taken ? 'r-9' : claimed.run.id);
  });

  test('done after abandoned, when the run is over, wakes a human', async () => {
    const claimed = await claim(store, await startRun(store));
    await store.begin(beginRequest(claimed));
    await store.finish(claimed.run.id, claimed.epoch, effect, 'abandoned', unknown);
    await store.end(ended(claimed.run, 'skipped'), claimed.epoch, 0, noRecord, []);
    await store.finish(claimed.run.id, claimed.epoch, effect, 'done', done);
    expect(await store.incidents({ limit: 9 })).toMatchObject([{ state: 'open', reason: 'late-effect', runs: [claimed.run.id] }]);
  });
});
