import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createStore, type Store } from '../../../src/adapters/store/index.ts';
import { keysOf } from '../../../src/adapters/store/keys.ts';
import { inVirtualTime, nextDue } from '../../../src/adapters/store/virtual-time.ts';
import { VirtualClock } from '../../../src/adapters/system/virtual-clock.ts';
import { defaultTiming } from '../../../src/core/timing.ts';
import { startRedis, type RedisServer } from '../../support/redis.ts';
import { NOON } from '../../support/sample.ts';
import { beginRequest, claim, ended, firing, INSTALLATION, noRecord, resolved, startRun } from './world.ts';

let server: RedisServer;
let redis: Redis;
let clock: VirtualClock;
let store: Store;

beforeAll(async () => {
  server = await startRedis(['--appendonly', 'no']);
  redis = new Redis({ path: server.socket, maxRetriesPerRequest: 1 });
});
afterAll(async () => {
  redis.disconnect();
  await server[Symbol.asyncDispose]();
});
beforeEach(async () => {
  await redis.flushall();
  clock = new VirtualClock(NOON);
  store = createStore({ installation: INSTALLATION, timing: defaultTiming, ...inVirtualTime(redis, () => clock.now()) });
  await store.open();
});

const key = keysOf(INSTALLATION);

/** Acts, and ends the run as verified. */
async function act(name: string): Promise<void> {
  const claimed = await claim(store, await startRun(store, name));
  const begun = await store.begin(beginRequest(claimed, { budgets: [{ key: 'target:t', scope: 'target', max: 1, perMs: 3_600_000 }] }));
  if (begun.kind !== 'go') throw new Error(`not begun: ${begun.kind}`);
  await store.finish(claimed.run.id, claimed.epoch, '0/restart/1', 'done', { kind: 'done', output: {} });
  const memory = { rung: 0, acted: true, outcome: 'verified', ineffective: false, keepMs: 3_600_000 };
  const record = { ...noRecord, memory, cooldownMs: 600_000, targetCooldownMs: 300_000 };
  await store.end(ended(claimed.run, 'succeeded'), claimed.epoch, claimed.events, record, []);
}

test('time is what the caller says, for scripts and plain reads, and passes only when he says so', async () => {
  expect(await store.now()).toBe(NOON);
  const first = await claim(store, await startRun(store));
  expect(first).toMatchObject({ now: NOON, run: { acceptedAt: NOON } });
  clock.moveTo(NOON + 3_600_000);
  const second = await claim(store, await startRun(store, 's2'));
  expect(second).toMatchObject({ now: NOON + 3_600_000, run: { acceptedAt: NOON + 3_600_000 } });
  expect((await store.counts()).oldestDueMs).toBe(3_570_000);
});

test('audit records bear the time of the caller, each another id', async () => {
  await startRun(store);
  clock.moveTo(NOON + 1_234);
  await startRun(store, 's2');
  const told = await store.audit('0-0', 100, 0);
  expect(new Set(told.map(({ id }) => id)).size).toBe(told.length);
  expect(new Set(told.map(({ at }) => at))).toEqual(new Set([NOON, NOON + 1_234]));
});

test('cooldowns, budgets and releases end by the time of the caller', async () => {
  await act('s1');
  const history = () =>
    store.history({ run: 'r-9', dry: false, rule: 'node-down', subject: noRecord.subject, locks: [], budgets: [], places: [] });
  expect(await history()).toMatchObject({ coolingUntil: NOON + 600_000, targetCoolingUntil: NOON + 300_000 });
  expect(await redis.exists(key('rel', 'Pod:c/ns/node-1'))).toBe(1);
  clock.moveTo(NOON + 400_000);
  expect(await history()).toMatchObject({ coolingUntil: NOON + 600_000, targetCoolingUntil: null });
  expect(await redis.exists(key('rel', 'Pod:c/ns/node-1'))).toBe(0);
  expect(await redis.exists(key('cool', `t:${noRecord.subject}`))).toBe(0);
  expect(await history()).toMatchObject({ memory: { endedAt: NOON } });
  clock.moveTo(NOON + 3_700_000);
  expect(await history()).toMatchObject({ memory: null });
  await act('s2');
});

test('what is kept for a week is kept for a week of the caller, and what begins anew is kept on', async () => {
  await store.accept([firing('f1', 1_000)], []);
  await store.accept([firing('f2', 1_000, 's2')], []);
  await store.accept([resolved('f2', 1_000, 2_000)], []);
  clock.moveTo(NOON + 6 * 86_400_000);
  await store.accept([firing('f2', 3_000, 's2')], []);
  await act('s1');
  expect(await redis.exists(key('ep', 'f2'))).toBe(1);
  clock.moveTo(NOON + 14 * 86_400_000);
  await store.now();
  await store.sweep(100);
  expect(await redis.exists(key('ep', 'f2'))).toBe(1);
  expect(await redis.exists(key('run', 'r-2'))).toBe(0);
});

test('a server that forgot the scripts is told them again', async () => {
  await redis.script('FLUSH');
  expect(await claim(store, await startRun(store))).toMatchObject({ now: NOON });
});

test('what is due next is told: runs, pages, messages', async () => {
  expect(await nextDue(redis, INSTALLATION)).toBeNull();
  await startRun(store, 's1', { pageAfterMs: 60_000 });
  expect(await nextDue(redis, INSTALLATION)).toBe(NOON);
  await store.sweep(100);
  expect(await nextDue(redis, INSTALLATION)).toBe(NOON + defaultTiming.sweepPushMs);
});
