import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { pageHumans, type PageDeps } from '../../src/app/page.ts';
import { defaultTiming } from '../../src/core/timing.ts';
import type { Hold } from '../../src/core/run.ts';
import type { Priority } from '../../src/core/edition.ts';
import { recordingLog } from '../support/log.ts';
import { sampleEdition, sampleHold } from '../support/sample.ts';
import { claim, inState, newRun, startStore } from './store/world.ts';
import { firing, slot } from './store/world.ts';

const world = await startStore();
const minute = 60_000;
let store = world.store;
let woken = 0;
let log = recordingLog();
beforeEach(async () => {
  store = await world.reset();
  woken = 0;
  log = recordingLog();
  await store.putBlob('e'.repeat(64), JSON.stringify(sampleEdition()), null);
});
afterAll(() => world[Symbol.asyncDispose]());

/** A run whose human is due after five minutes. */
async function start(name: string, over: { dry?: boolean; priority?: Priority; edition?: string } = {}): Promise<string> {
  const { dry = false, priority = 'P1', edition = 'e'.repeat(64) } = over;
  const doc = () => newRun(name, { priority, edition, dry: dry ? 'observe' : null });
  const { hints } = await store.accept([firing(`f-${name}`, 1_000, slot(name, { dry, pageAfterMs: 5 * minute, doc }))], []);
  return hints[0]!.run;
}

async function page(): Promise<void> {
  const links = { externalUrl: null, alertmanagerUrl: null };
  const deps: PageDeps = { store, links, timing: defaultTiming, log, wakeDelivery: () => void (woken += 1) };
  await pageHumans(deps, new AbortController().signal);
}

const incidents = () => store.incidents({ limit: 500 });
const dueIn = async (id: string): Promise<number | null> => {
  const at = await world.redis.zscore(world.key('pagedue'), id);
  return at === null ? null : Number(at) - (await store.now());
};

async function hold(run: string, reason: Hold['reason'], ms: number): Promise<void> {
  const claimed = await claim(store, run);
  const { now } = claimed;
  const held = sampleHold(reason, { since: now, until: now + ms, nextEligibleAt: now + ms });
  await store.park(inState(claimed.run, 'holding', { hold: held }), claimed.epoch, claimed.events, ms, []);
}

describe('a run that takes too long', () => {
  test('wakes a human once and goes on', async () => {
    const run = await start('s1');
    await page();
    expect(await incidents()).toEqual([]);
    await world.pass(5 * minute);
    await page();
    expect(await incidents()).toMatchObject([{ state: 'open', reason: 'overdue', runs: [run], policy: { name: 'chain-oncall' } }]);
    expect((await store.run(run))?.run.state).toBe('pending');
    expect(woken).toBe(1);
    const { messages } = (await store.incident((await incidents())[0]!.id))!;
    expect(messages.map(({ receiver, report }) => [receiver, report.reason])).toEqual([
      ['pagerduty-chain', 'overdue'],
      ['webhook', 'overdue'],
    ]);
    await page();
    expect(await dueIn(run)).toBeNull();
    expect(await incidents()).toHaveLength(1);
  });

  test('wakes who is woken for the most urgent of its alerts', async () => {
    const run = await start('s1', { priority: 'P3' });
    await store.accept([firing('urgent', 1_000, slot('s1', { priority: 0, pageAfterMs: 0 }))], []);
    await page();
    expect(await incidents()).toMatchObject([{ reason: 'overdue', priority: 'P0', runs: [run] }]);
  });

  test('wakes nobody while it only observes', async () => {
    const observed = await start('s1', { dry: true });
    await world.pass(5 * minute);
    await page();
    expect(await incidents()).toEqual([]);
    expect(await dueIn(observed)).toBeNull();
  });

  test('is told of by the storm that holds it, and after that has its usual time', async () => {
    const run = await start('s1');
    await hold(run, 'storm', 10 * minute);
    await world.pass(5 * minute);
    await page();
    expect(await incidents()).toEqual([]);
    expect(await dueIn(run)).toBeGreaterThan(14 * minute);
  });

  test.each(['silenced', 'inhibited', 'muted'] as const)('lets people sleep while it is %s, unless it is P0', async (reason) => {
    const quiet = await start('s1');
    const grave = await start('s2', { priority: 'P0' });
    await hold(quiet, reason, 60 * minute);
    await hold(grave, reason, 60 * minute);
    await world.pass(5 * minute);
    await page();
    expect(await incidents()).toMatchObject([{ priority: 'P0', runs: [grave] }]);
    // Whoever said so may take it back long before it would have been over.
    expect(await dueIn(quiet)).toBeLessThanOrEqual(5 * minute + defaultTiming.holdPollMs);
    await world.pass(minute);
    await hold(quiet, 'settling', 60 * minute);
    await page();
    expect((await incidents()).flatMap(({ runs }) => runs)).toContain(quiet);
  });

  test('held by what holds the whole cluster is told of with that, but of a P0', async () => {
    const told = await start('s1');
    const grave = await start('s2', { priority: 'P0' });
    for (const run of [told, grave]) await hold(run, 'blind', 60 * minute);
    await world.pass(5 * minute);
    await page();
    expect((await incidents()).map(({ runs }) => runs)).toEqual([[grave]]);
    expect(await dueIn(told)).toBeGreaterThan(0);
  });

  test('of many held by one brake wakes a human once', async () => {
    for (const name of ['s1', 's2', 's3']) await hold(await start(name), 'paused', 60 * minute);
    await world.pass(5 * minute);
    await page();
    expect(await incidents()).toMatchObject([{ key: 'paused|c', targets: { length: 3 } }]);
  });

  test('does not keep others from their human when its own cannot be told', async () => {
    const broken = await start('s1', { edition: 'f'.repeat(64) });
    const run = await start('s2');
    await world.pass(5 * minute);
    await page();
    expect((await incidents()).map(({ runs }) => runs)).toEqual([[run]]);
    expect(log.said('error')).toEqual(['could not page; it is tried again in a minute']);
    expect(await dueIn(broken)).toBeGreaterThan(50_000);
  });

  test('is nobody’s business once it has ended', async () => {
    const run = await start('s1');
    const claimed = await claim(store, run);
    await world.redis.hset(world.key('run', run), 'doc', JSON.stringify({ ...claimed.run, state: 'succeeded' }));
    await world.pass(5 * minute);
    await page();
    expect(await incidents()).toEqual([]);
  });
});

describe('an incident', () => {
  test('has its next step, and its repeats, carried out in time', async () => {
    await start('s1', { priority: 'P0' });
    await world.pass(5 * minute);
    await page();
    const [incident] = await incidents();
    await world.pass(30 * minute);
    await page();
    const told = async () => (await store.incident(incident!.id))!.messages.map(({ receiver }) => receiver);
    expect(await told()).toEqual(['pagerduty-chain', 'webhook', 'sms-oncall']);
    await world.pass(15 * minute);
    await page();
    expect((await told()).slice(3)).toEqual(['pagerduty-chain', 'webhook', 'sms-oncall']);
    expect(woken).toBe(3);
  });

  test('of more than a hundred at once is not left for the next second', async () => {
    for (let index = 0; index < 120; index += 1) await start(`s${index}`);
    await world.pass(5 * minute);
    await page();
    expect((await incidents()).flatMap(({ runs }) => runs)).toHaveLength(120);
  });
});
