import { afterAll, beforeEach, expect, test } from 'vitest';
import type { Place } from '../../../src/core/in-flight.ts';
import type { Claim } from '../../../src/core/store.ts';
import { beginRequest, claim, ended, inState, firing, noRecord, slot, startRun, startStore, type StoreWorld } from './world.ts';
import { sampleHold } from '../../support/sample.ts';

/** How many runs act at once, and who comes next. */

const world: StoreWorld = await startStore();
let store = world.store;
beforeEach(async () => {
  store = await world.reset();
});
afterAll(() => world[Symbol.asyncDispose]());

const cluster = (max: number | null): Place => ({ key: 'in-flight:cluster:c', max });
const rule = (max: number | null): Place => ({ key: 'in-flight:rule:node-down', max });

/** Facts of the store's own time: the tests move it. */
const begin = async (claimed: Claim, places: readonly Place[], fields = {}) =>
  store.begin(beginRequest(claimed, { touches: [claimed.run.id], subject: claimed.run.id, factsAt: await now(), places, ...fields }));

async function now(): Promise<number> {
  return (await claim(store, await startRun(store, `clock-${Math.random()}`))).now;
}

const hold = sampleHold('too-many-in-flight', { since: 0 });
const wait = (claimed: Claim, places: readonly Place[]) =>
  store.park(inState(claimed.run, 'holding', { hold }), claimed.epoch, 0, 60_000, [], [], places);
const end = (claimed: Claim) => store.end(ended(claimed.run, 'succeeded'), claimed.epoch, claimed.events, noRecord, []);
const usesOf = async (run: string, places: readonly Place[]) =>
  (await store.history({ run, dry: false, rule: 'node-down', subject: 's', locks: [], budgets: [], places })).inFlight;
const acting = (key: string) => world.redis.scard(world.key('acting', key));

async function runs(...names: string[]): Promise<Claim[]> {
  const all: Claim[] = [];
  for (const name of names) all.push(await claim(store, await startRun(store, name)));
  return all;
}

test('so many act and no more, and the end of one wakes the first that waits', async () => {
  const [a, b, c, d] = await runs('a', 'b', 'c', 'd');
  expect((await begin(a!, [cluster(2)])).kind).toBe('go');
  expect((await begin(b!, [cluster(2)])).kind).toBe('go');
  expect(await begin(d!, [cluster(2)])).toEqual({ kind: 'full', key: 'in-flight:cluster:c', max: 2 });
  expect((await begin(c!, [cluster(2)])).kind).toBe('full');
  expect(await wait(c!, [cluster(2)])).toMatchObject({ kind: 'ok', dueInMs: 60_000 });
  await wait(d!, [cluster(2)]);
  const answer = await end(a!);
  // Accepted before d, though d asked first.
  expect(answer).toMatchObject({ kind: 'ok', woken: [{ run: c!.run.id }] });
  expect((await claim(store, c!.run.id)).unblocked).toBe(true);
});

test('who comes first takes the place, however early another one asks', async () => {
  const [a, b, c] = await runs('a', 'b', 'c');
  await begin(a!, [cluster(1)]);
  await wait(b!, [cluster(1)]);
  await end(a!);
  expect((await begin(c!, [cluster(1)])).kind).toBe('full');
  expect(await usesOf(c!.run.id, [cluster(1)])).toEqual({ acts: false, places: [{ ...cluster(1), acting: 0, ahead: 1 }] });
  const again = await claim(store, b!.run.id);
  expect((await begin(again, [cluster(1)])).kind).toBe('go');
});

test('priority comes before age', async () => {
  const [a, low] = await runs('a', 'low');
  const high = await claim(store, await startRun(store, 'high', { priority: 0 }));
  await begin(a!, [cluster(1)]);
  await wait(low!, [cluster(1)]);
  await wait(high, [cluster(1)]);
  expect(await end(a!)).toMatchObject({ woken: [{ run: high.run.id }] });
});

test('a run that a more urgent alert joined goes in front from its next look on', async () => {
  const [a, first, joined] = await runs('a', 'first', 'joined');
  await begin(a!, [cluster(1)]);
  await wait(first!, [cluster(1)]);
  await wait(joined!, [cluster(1)]);
  await store.accept([firing('urgent', 1_000, slot('joined', { priority: 0 }))], []);
  const again = await claim(store, joined!.run.id);
  await store.park(inState(again.run, 'holding', { hold }), again.epoch, again.events, 60_000, [], [], [cluster(1)]);
  expect(await end(a!)).toMatchObject({ woken: [{ run: joined!.run.id, priority: 1 }] });
});

test('as many are woken as there is room for', async () => {
  const [a, b, c, d, e] = await runs('a', 'b', 'c', 'd', 'e');
  for (const one of [a!, b!]) await begin(one, [cluster(2)]);
  for (const one of [c!, d!, e!]) await wait(one, [cluster(2)]);
  await end(a!);
  const answer = await end(b!);
  expect(answer.kind === 'ok' && answer.woken.map(({ run }) => run)).toEqual([c!.run.id, d!.run.id]);
});

test('whoever turns to something else passes its turn on', async () => {
  const [a, b, c] = await runs('a', 'b', 'c');
  await begin(a!, [cluster(1)]);
  await wait(b!, [cluster(1)]);
  await wait(c!, [cluster(1)]);
  await end(a!);
  const again = await claim(store, b!.run.id);
  const paused = inState(again.run, 'holding', { hold: { ...hold, reason: 'paused' } });
  expect(await store.park(paused, again.epoch, again.events, 60_000, [])).toMatchObject({ woken: [{ run: c!.run.id }] });
  expect((await usesOf(c!.run.id, [cluster(1)])).places).toMatchObject([{ ahead: 0 }]);
});

test('one that is not its own turn yet stands on without waking others', async () => {
  const [a, b, c] = await runs('a', 'b', 'c');
  await begin(a!, [cluster(1)]);
  await wait(b!, [cluster(1)]);
  await wait(c!, [cluster(1)]);
  await end(a!);
  const early = await claim(store, c!.run.id);
  expect(await wait(early, [cluster(1)])).toMatchObject({ kind: 'ok', dueInMs: 60_000, woken: [] });
});

test('a place that came free between the verdict and the park is taken at once', async () => {
  const [a, b] = await runs('a', 'b');
  await begin(a!, [cluster(1)]);
  await end(a!);
  expect(await wait(b!, [cluster(1)])).toMatchObject({ dueInMs: 0 });
});

test('a run that acts goes on acting, and gives its place back if nothing came of it', async () => {
  const [a, b] = await runs('a', 'b');
  await begin(a!, [cluster(1)]);
  expect((await begin(a!, [cluster(1)], { effect: '0/again/1' })).kind).toBe('go');
  expect(await usesOf(a!.run.id, [cluster(1)])).toMatchObject({ acts: true, places: [{ acting: 0 }] });
  for (const effect of ['0/restart/1', '0/again/1']) {
    await store.finish(a!.run.id, a!.epoch, effect, 'rejected', { kind: 'rejected', reason: 'conflict', message: '' });
  }
  expect((await begin(b!, [cluster(1)])).kind).toBe('full');
  await store.park(inState(a!.run, 'sleeping'), a!.epoch, a!.events, 60_000, []);
  expect((await begin(b!, [cluster(1)])).kind).toBe('go');
});

test('a refusal under one limit takes no place under another', async () => {
  const [a, b] = await runs('a', 'b');
  await begin(a!, [cluster(2), rule(1)]);
  expect(await begin(b!, [cluster(2), rule(1)])).toMatchObject({ kind: 'full', key: 'in-flight:rule:node-down' });
  expect(await acting('in-flight:cluster:c')).toBe(1);
});

test('who acts without a maximum counts for the one that is set later', async () => {
  const [a, b] = await runs('a', 'b');
  expect((await begin(a!, [rule(null)])).kind).toBe('go');
  expect((await begin(b!, [rule(1)])).kind).toBe('full');
});

test('dry runs count for themselves', async () => {
  const [a] = await runs('a');
  await begin(a!, [cluster(1)]);
  const dry = await claim(store, await startRun(store, 'b', { dry: true }));
  expect((await begin({ ...dry, run: { ...dry.run, dry: 'observe' } }, [cluster(1)])).kind).toBe('go');
  expect(await acting('in-flight:cluster:c')).toBe(1);
});

test('a run that a script ends gives its place back', async () => {
  const [a, b] = await runs('a', 'b');
  await begin(a!, [cluster(1)]);
  for (let claims = 0; claims < 10; claims += 1) {
    await world.pass(30_001);
    await claim(store, a!.run.id);
  }
  await world.pass(30_001);
  expect((await store.claim(a!.run.id, null, 'w')).kind).toBe('ended');
  expect((await begin(await claim(store, b!.run.id), [cluster(1)])).kind).toBe('go');
});
