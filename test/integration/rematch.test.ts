import { afterAll, beforeEach, expect, test } from 'vitest';
import { createReceiver } from '../../src/app/receive-alerts.ts';
import { Rematch } from '../../src/app/rematch.ts';
import type { RuleMatch } from '../../src/app/slot-request.ts';
import type { EndState } from '../../src/core/run.ts';
import type { StormPolicy } from '../../src/core/storm.ts';
import { defaultTiming } from '../../src/core/timing.ts';
import { quietTelemetry } from '../support/engine.ts';
import { processClock, recordingLog } from '../support/log.ts';
import { sampleEdition } from '../support/sample.ts';
import { claim, ended, escalation, noRecord, startStore } from './store/world.ts';

const world = await startStore();
const labels = { alertname: 'ArchiveChainNodeDown', namespace: 'archivechain-prod', pod: 'node-1' };
const SLOT = 'archivechain-node-down|pod:main/archivechain-prod/node-1';
const FIRED = '2026-01-05T03:00:00Z';
const edition = sampleEdition();
const rule: RuleMatch = { rule: edition.rule.name, hash: 'e'.repeat(64), edition, dry: null };
const dry: RuleMatch = { ...rule, dry: 'observe' };
const other = ruleNamed('other');

function ruleNamed(name: string): RuleMatch {
  return { ...rule, rule: name, edition: { ...edition, rule: { ...edition.rule, name } } };
}

let store = world.store;
let inForce: readonly RuleMatch[] = [];
let full = false;
let storm: StormPolicy | null = null;
let now = 0;
let counted = 0;
let log = recordingLog();

const shared = {
  match: () => inForce,
  nearlyFull: async () => full,
  clusters: { defaultName: 'main' },
  hints: { wake: () => Promise.resolve() },
  timing: defaultTiming,
};

let rematch = newRematch();

/** The monotonic clock is the test's: it says which pass is the last one. */
function newRematch(): Rematch {
  return new Rematch({
    ...shared,
    store,
    inForce: () => inForce,
    storm: () => storm,
    telemetry: { alertsRematched: (count) => void (counted += count) },
    clock: { ...processClock, monotonic: () => now },
    log,
  });
}

beforeEach(async () => {
  store = await world.reset();
  [inForce, full, storm, now, counted, log] = [[], false, null, 0, 0, recordingLog()];
  rematch = newRematch();
});
afterAll(() => world[Symbol.asyncDispose]());

const look = () => rematch.look(new AbortController().signal);
const runs = () => store.runs({ limit: 100 });
const live = () => store.runs({ states: ['pending'], limit: 100 });
const reload = (...rules: RuleMatch[]) => (inForce = rules);

interface Posted {
  readonly status?: 'firing' | 'resolved';
  readonly startsAt?: string;
  readonly pod?: string;
  /** Another alert of the same slot. */
  readonly severity?: string;
}

/** A webhook by way of the daemon's own intake. */
async function post({ status = 'firing', startsAt = FIRED, pod = 'node-1', severity }: Posted = {}): Promise<void> {
  const receive = createReceiver({ ...shared, store, telemetry: quietTelemetry, clock: processClock, log });
  const endsAt = status === 'firing' ? '0001-01-01T00:00:00Z' : '2026-01-05T04:00:00Z';
  const more = severity === undefined ? {} : { severity };
  const alert = { status, labels: { ...labels, pod, ...more }, annotations: { summary: 'down' }, startsAt, endsAt, generatorURL: '' };
  const answer = await receive({ version: '4', status, receiver: 'all', externalURL: '', groupKey: '', alerts: [alert] });
  expect(answer.kind).toBe('accepted');
}

async function end(state: EndState): Promise<void> {
  const [run] = await live();
  const claimed = await claim(store, run?.id ?? '');
  const record = { ...noRecord, escalation: state === 'escalated' ? escalation({ key: 'k' }) : null };
  const left = ended(claimed.run, state, { end: { reason: 'rule-removed', detail: '', would: null, at: 0 } });
  expect((await store.end(left, claimed.epoch, claimed.events, record, [])).kind).toBe('ok');
}

const lastSeen = async () => (await store.firing(10)).episodes.map((episode) => episode.lastSeen);

test('an alert that no rule took when it came gets a run of a rule that is added, without a new webhook, and one run', async () => {
  await post();
  await look();
  expect(await runs()).toEqual([]);
  await world.pass(60_000);
  const [[, at] = []] = await scores('unmatched');

  reload(rule);
  await look();
  expect(await live()).toMatchObject([{ slot: SLOT, labels, annotations: { summary: 'down' }, dry: null }]);
  expect(await lastSeen()).toEqual([Number(at)]);
  expect(await scores('unmatched')).toEqual([]);
  expect(await world.keys('unmatched*')).toEqual([]);
  expect([counted, log.said()]).toEqual([1, ['a firing alert was matched anew']]);
  expect((await store.audit('0', 100, 0)).find(({ kind }) => kind === 'accepted')?.data).toMatchObject({ again: true });

  await look();
  await newRematch().look(new AbortController().signal);
  await post();
  expect(await runs()).toHaveLength(1);
  expect((await store.uncovered('0')).found).toEqual([]);
});

async function scores(key: string): Promise<[string, string][]> {
  const flat = await world.redis.zrange(world.key(key), '0', '-1', 'WITHSCORES');
  return flat.flatMap((member, at) => (at % 2 === 0 ? [[member, flat[at + 1] ?? ''] as [string, string]] : []));
}

test('two replicas that do so at the same time start one run of each slot', async () => {
  for (let at = 0; at < 50; at += 1) await post({ pod: `node-${at}` });
  reload(rule);
  await Promise.all([look(), newRematch().look(new AbortController().signal)]);
  expect(await live()).toHaveLength(50);
  expect((await store.audit('0', 1_000, 0)).filter(({ kind }) => kind === 'accepted')).toHaveLength(50);
});

test('one that another rule took gets a run of the added one too, and stays as silent as it is', async () => {
  reload(other);
  await post();
  const before = await lastSeen();
  await world.pass(60_000);
  reload(other, rule);
  await look();
  expect((await live()).map((run) => run.rule).toSorted()).toEqual(['archivechain-node-down', 'other']);
  expect(await lastSeen()).toEqual(before);
});

test('one that resolved meanwhile gets none, whether a rule took it or not', async () => {
  await post();
  await post({ status: 'resolved' });
  expect(await world.keys('unmatched*')).toEqual([]);
  reload(other);
  await post({ pod: 'node-2' });
  await post({ pod: 'node-2', status: 'resolved' });
  reload(other, rule);
  await look();
  expect((await runs()).map((run) => run.rule)).toEqual(['other']);
  expect(counted).toBe(0);
});

test('one that resolves, or fires anew, between the look and the store gets none', async () => {
  await post();
  reload(rule);
  const { found } = await store.matchable('unmatched', '0');
  const again = async () => {
    let given = false;
    const page = () => Promise.resolve({ cursor: '0', found: given ? [] : ((given = true), found) });
    const late = new Rematch({
      ...shared,
      store: { matchable: page, accept: (...all) => store.accept(...all) },
      inForce: () => inForce,
      storm: () => null,
      telemetry: { alertsRematched: () => void (counted += 1) },
      clock: processClock,
      log,
    });
    await late.look(new AbortController().signal);
  };
  reload();
  await post({ startsAt: '2026-01-05T03:30:00Z' });
  reload(rule);
  await again();
  await post({ startsAt: '2026-01-05T03:30:00Z', status: 'resolved' });
  await again();
  expect([await runs(), counted]).toEqual([[], 0]);
});

test('a rule that took it before gets no second run, nor does one that observes from now on', async () => {
  reload(rule);
  await post();
  reload({ ...rule });
  await look();
  reload(dry);
  await look();
  expect(await runs()).toHaveLength(1);
  expect(counted).toBe(0);
});

test('a rule that only observes gets its run in the key space of dry runs', async () => {
  await post();
  reload(dry);
  await look();
  expect(await live()).toMatchObject([{ slot: SLOT, dry: 'observe' }]);
  expect(await world.redis.hkeys(world.key('dry:active'))).toEqual([SLOT]);
  expect(await world.redis.exists(world.key('active'))).toBe(0);
});

test.each<EndState>(['escalated', 'cancelled', 'succeeded'])(
  'what a run of the slot that ended %s covers is not started again',
  async (state) => {
    await post({ severity: 'page' });
    await world.pass(1_000);
    reload(rule);
    await post();
    await end(state);
    await world.pass(1_000);
    await look();
    expect([await runs(), counted]).toMatchObject([[{ state }], 1]);
    expect((await store.firing(10)).episodes.map((one) => one.labels)).toContainEqual({ ...labels, severity: 'page' });
  },
);

test('a run that lives in the slot hears of it, as of when it was reported', async () => {
  await post({ severity: 'page' });
  const [[, at] = []] = await scores('unmatched');
  await world.pass(60_000);
  reload(rule);
  await post();
  await look();
  const [run, ...more] = await live();
  expect(more).toEqual([]);
  expect((await claim(store, run?.id ?? '')).inbox).toMatchObject([{ kind: 'episode', change: 'new', at: Number(at) }]);
});

test('an effect that is under way does not hear of an alert that nobody saw', async () => {
  reload(rule);
  await post();
  const [run] = await live();
  await world.redis.hset(world.key('run', run?.id ?? ''), 'effectAt', 1);
  reload(rule, other);
  await look();
  expect((await live()).map(({ rule: name }) => name).toSorted()).toEqual(['archivechain-node-down', 'other']);
  expect((await claim(store, run?.id ?? '')).inbox).toEqual([]);
});

test('where many targets are taken at once it is a storm, as with any other report', async () => {
  storm = { enter: 3, leave: 0, withinMs: 60_000, cooldownMs: 60_000 };
  for (const pod of ['a', 'b', 'c']) await post({ pod });
  reload(rule);
  await look();
  expect(await runs()).toHaveLength(3);
  expect((await store.counts()).storms).toMatchObject([{ cluster: 'main' }]);
});

test('nothing is matched anew while the store is nearly full, and all of it as soon as there is room', async () => {
  await post();
  reload(rule);
  full = true;
  await look();
  expect(await runs()).toEqual([]);
  full = false;
  await look();
  expect(await runs()).toHaveLength(1);
});

test('what a webhook stored with the rules before is found as well, and then nothing is looked at until the rules change', async () => {
  reload(rule);
  await look();
  const late = inForce;
  inForce = [];
  await post();
  inForce = late;
  await look();
  expect(await runs()).toHaveLength(1);

  now += defaultTiming.intakeMs + 1;
  for (let rounds = 0; rounds < 3; rounds += 1) await look();
  inForce = [];
  await post({ pod: 'node-2' });
  inForce = late;
  await look();
  expect(await runs()).toHaveLength(1);
  reload(rule);
  await look();
  expect(await runs()).toHaveLength(2);
});

test('more than fit into one round are taken in several', async () => {
  for (let at = 0; at < 1_200; at += 1) await post({ pod: `node-${at}` });
  reload(rule);
  await look();
  const first = (await store.runs({ limit: 2_000 })).length;
  expect(first).toBeGreaterThan(300);
  expect(first).toBeLessThan(1_000);
  await look();
  await look();
  expect(await store.runs({ limit: 2_000 })).toHaveLength(1_200);
});

test('of alerts that no rule takes the last ones are remembered, for as long as they may be silent', async () => {
  const alert = (at: number) => ({
    fingerprint: `f${at}`,
    status: 'firing' as const,
    startsAt: 1,
    endsAt: null,
    labels,
    annotations: {},
    slots: [],
  });
  for (let from = 0; from < 2_200; from += 200) {
    await store.accept(
      Array.from({ length: 200 }, (_, at) => alert(from + at)),
      [],
    );
    await world.pass(1);
  }
  expect(await world.keys('unmatched:*')).toHaveLength(2_000);
  expect((await scores('unmatched')).length).toBe(2_000);
  expect(await world.redis.exists(world.key('unmatched', 'f0'))).toBe(0);
  const ttl = await world.redis.pttl(world.key('unmatched', 'f2000'));
  expect(ttl).toBeGreaterThan(defaultTiming.staleAfterMs - 60_000);
  await world.pass(defaultTiming.staleAfterMs + 1);
  await store.accept([alert(9_999)], []);
  expect(await scores('unmatched')).toHaveLength(1);
});
