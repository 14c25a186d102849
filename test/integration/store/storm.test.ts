import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import type { Storm } from '../../../src/core/storm.ts';
import { beginRequest, claim, firing, slot, startRun, startStore, type StoreWorld } from './world.ts';

/** Six targets within a minute begin a storm; it is over when for two minutes at most two began within one. */

const POLICY = { enter: 6, leave: 2, withinMs: 60_000, cooldownMs: 120_000 };
const world: StoreWorld = await startStore();
let store = world.store;
beforeEach(async () => {
  store = await world.reset();
});
afterAll(() => world[Symbol.asyncDispose]());

/** Alerts of these targets begin to fire; `start` later ones are new episodes. */
const begin = (names: readonly string[], start = 1_000, dry = false) =>
  store.accept(
    names.map((name) => firing(`f-${name}`, start, slot(name, { dry }))),
    [],
    POLICY,
  );
const names = (count: number, prefix = 't') => Array.from({ length: count }, (_, at) => `${prefix}${at}`);
/** By the time of the scripts, which the tests move. */
const now = async () => (await store.now()) + Number(await world.redis.get(world.key('clock')));
const storms = async () => {
  const time = await now();
  return (await store.storms()).filter(({ until }) => until > time);
};
const told = async () => (await store.audit('0', 500, 0)).filter(({ kind }) => kind === 'storm').map(({ data }) => data['change']);

describe('a storm begins', () => {
  test('with as many targets within the time', async () => {
    await begin(names(5));
    expect(await storms()).toEqual([]);
    await world.pass(59_000);
    await begin(['t5']);
    const [found] = await storms();
    expect(found).toMatchObject({ cluster: 'c', targets: 6 });
    expect(await told()).toEqual(['began']);
  });

  test('not with as many one after the other', async () => {
    for (const name of names(12)) {
      await begin([name]);
      await world.pass(12_001);
    }
    expect(await storms()).toEqual([]);
  });

  test('not with many alerts of few targets, nor with repeats', async () => {
    for (let alert = 0; alert < 10; alert += 1) await store.accept([firing(`g-${alert}`, 1_000, slot('t0'))], [], POLICY);
    for (let repeat = 0; repeat < 10; repeat += 1) await begin(names(5));
    expect(await storms()).toEqual([]);
  });

  test('with targets of one cluster only', async () => {
    const elsewhere = (name: string) => slot(name, { target: { cluster: 'd', key: `Pod:d/ns/${name}` } });
    const alerts = names(6).map((name, at) => firing(`f-${name}`, 1_000, at < 3 ? slot(name) : elsewhere(name)));
    await store.accept(alerts, [], POLICY);
    expect(await storms()).toEqual([]);
  });

  test('whether their rules act or observe', async () => {
    await begin(names(3), 1_000, true);
    await begin(names(3, 'u'));
    expect(await storms()).toHaveLength(1);
  });

  test('not where a target could not be told, nor where storms are switched off', async () => {
    await store.accept(
      names(9).map((name) => firing(`f-${name}`, 1_000, slot(name, { target: null }))),
      [],
      POLICY,
    );
    await store.accept(
      names(9, 'u').map((name) => firing(`f-${name}`, 1_000, slot(name))),
      [],
    );
    expect(await storms()).toEqual([]);
  });
});

describe('a storm goes on', () => {
  /** In whole seconds. */
  const until = async () => Math.round((((await storms())[0] as Storm).until - (await now())) / 1000);

  test('until few began for as long as the cooldown', async () => {
    await begin(names(6));
    expect(await until()).toBe(180);
    await world.pass(179_000);
    expect(await storms()).toHaveLength(1);
    await world.pass(1_001);
    expect(await storms()).toEqual([]);
  });

  test('for as long as more than a few begin, and no longer because of single ones', async () => {
    await begin(names(6));
    await world.pass(100_000);
    await begin(['t0', 't1'], 2_000);
    expect(await until()).toBe(80);
    await begin(['t2'], 2_000);
    expect(await until()).toBe(180);
  });

  test('and stops every effect in its cluster until then, dry ones too', async () => {
    await begin(names(6));
    for (const dry of [false, true]) {
      const claimed = await claim(store, await startRun(store, `s-${String(dry)}`, { dry }));
      const request = { ...beginRequest(claimed), run: { ...claimed.run, dry: dry ? ('observe' as const) : null } };
      expect(await store.begin(request)).toMatchObject({ kind: 'stormy' });
      expect((await store.begin({ ...request, cluster: 'd' })).kind).toBe('go');
    }
  });
});

test('its end is recorded once', async () => {
  await begin(names(6));
  await world.pass(180_001);
  for (let sweep = 0; sweep < 2; sweep += 1) await store.sweep(10);
  expect(await told()).toEqual(['began', 'ended']);
});

test('one that is over and that nobody swept ends with the next alert, which may begin another', async () => {
  await begin(names(6));
  await world.pass(180_001);
  await begin(names(6, 'u'));
  expect(await told()).toEqual(['began', 'ended', 'began']);
  expect(await storms()).toMatchObject([{ targets: 6 }]);
});

test('two daemons that take the same alerts make one storm of them', async () => {
  await Promise.all(Array.from({ length: 4 }, () => begin(names(6))));
  expect(await told()).toEqual(['began']);
  expect(await storms()).toMatchObject([{ targets: 6 }]);
});
