import { Redis } from 'ioredis';
import { slotRequest } from '../../src/app/slot-request.ts';
import { createStore, type Store } from '../../src/adapters/store/index.ts';
import { sha256 } from '../../src/adapters/system/clock.ts';
import { fingerprintOf } from '../../src/core/alert/fingerprint.ts';
import { canonicalJson } from '../../src/core/json.ts';
import { isEnded, type Run } from '../../src/core/run.ts';
import { StoreError } from '../../src/core/store.ts';
import { startRedis, type RedisServer } from '../support/redis.ts';
import { startSandbox, type Sandbox } from '../support/sandbox.ts';
import { editionOf, labelsOf, workloads } from './fleet.ts';
import { random, TORTURE, tortureTiming } from './plan.ts';
import { Workers } from './workers.ts';

export interface Report {
  readonly seed: number;
  readonly runs: number;
  readonly succeeded: number;
  /** Effects that happened once more than they were meant to. */
  readonly doubled: number;
  /** Effects of runs that succeeded which never happened. */
  readonly missing: number;
  readonly stuck: readonly string[];
  readonly kills: number;
  readonly stops: Readonly<Record<string, number>>;
  readonly redisKills: number;
  readonly locksLeft: number;
  readonly jobsLeft: number;
  readonly dueLeft: number;
  readonly ms: number;
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Runs the whole torture; `mutant` = with both defences against zombies off. */
export async function torment(options: { readonly runs: number; readonly mutant: boolean; readonly redisKills: number }): Promise<Report> {
  const started = performance.now();
  await using redis = await startRedis();
  await using sandbox = await startSandbox({ namespaces: { torture: {} }, workloads: workloads(options.runs) });
  if (options.mutant) await sandbox.admin.breakApi({ kind: 'ignore-uid' });
  const client = new Redis({ path: redis.socket, maxRetriesPerRequest: 1, retryStrategy: () => 100 });
  client.on('error', () => undefined);
  const store = createStore({ redis: client, installation: 'remediad', timing: tortureTiming });
  const dice = random(TORTURE.seed);
  await using workers = new Workers([redis.socket, sandbox.socket, ...(options.mutant ? ['mutant'] : [])], dice);
  await workers.start();
  workers.torment();
  const people = new People(store, dice);
  try {
    const redisKills = await acceptAll(store, redis, options, dice);
    await workers.calm();
    await drain(store, options.runs);
    return {
      ...(await account(store, client, sandbox, options.runs)),
      seed: TORTURE.seed,
      kills: workers.kills,
      stops: workers.stops,
      redisKills,
      ms: Math.round(performance.now() - started),
    };
  } finally {
    await people.leave();
    await store[Symbol.asyncDispose]();
    client.disconnect();
  }
}

/** Each alert is sent until it is accepted, as Alertmanager does, and then once more. The store dies a few times meanwhile. */
async function acceptAll(
  store: Store,
  redis: RedisServer,
  options: { runs: number; redisKills: number },
  dice: () => number,
): Promise<number> {
  let redisKills = 0;
  const every = Math.floor(options.runs / (options.redisKills + 1));
  for (let index = 0; index < options.runs; index += 1) {
    if (options.redisKills > redisKills && index === every * (redisKills + 1)) {
      await redis.kill();
      await pause(300);
      await redis.restart();
      redisKills += 1;
    }
    await insist(() => accept(store, index));
    if (dice() < 0.5) await insist(() => accept(store, index));
    await pause(TORTURE.acceptMs / TORTURE.runs);
  }
  return redisKills;
}

const startsAt = Date.now();

async function accept(store: Store, index: number): Promise<void> {
  const edition = editionOf(index);
  const hash = sha256(canonicalJson(edition));
  await store.putBlob(hash, JSON.stringify(edition), null);
  const labels = labelsOf(index);
  const alert = { fingerprint: fingerprintOf(labels), labels, annotations: {}, startsAt, generatorURL: '' };
  const slot = slotRequest({ rule: edition.rule.name, hash, edition, dry: null }, alert, {
    defaultCluster: 'sandbox',
    receivedAt: Date.now(),
  });
  await store.accept([{ ...alert, status: 'firing', endsAt: null, slots: [slot] }], []);
}

async function insist<T>(call: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      await pause(50);
    }
  }
}

/** Humans and Alertmanager: they approve at odd moments, and the alert resolves once a run only verifies. */
class People {
  #here = true;
  readonly #done: Promise<void>;

  constructor(store: Store, dice: () => number) {
    this.#done = this.#live(store, dice);
  }

  async leave(): Promise<void> {
    this.#here = false;
    await this.#done;
  }

  async #live(store: Store, dice: () => number): Promise<void> {
    while (this.#here) {
      await pause(150);
      const live = await store.runs({ states: ['awaiting-approval', 'verifying', 'running', 'holding'], limit: 1000 }).catch(() => []);
      for (const run of live) await this.#look(store, run, dice).catch(() => undefined);
    }
  }

  async #look(store: Store, run: Run, dice: () => number): Promise<void> {
    const planHash = run.approval?.planHash;
    if (planHash !== undefined && dice() < 0.3) await store.signal(run.id, { kind: 'approve', planHash, by: 'ada', at: Date.now() });
    const done = run.effects.filter(({ result }) => result === 'done').length;
    if (run.state !== 'verifying' || done < TORTURE.effects) return;
    await store.accept(
      [{ fingerprint: run.trigger.id, status: 'resolved', startsAt, endsAt: Date.now(), labels: run.labels, annotations: {}, slots: [] }],
      [],
    );
  }
}

async function drain(store: Store, runs: number): Promise<void> {
  const end = performance.now() + TORTURE.drainMs;
  while (performance.now() < end) {
    const found = await store.runs({ limit: 1000 }).catch(() => []);
    if (found.length === runs && found.every(({ state }) => isEnded(state))) return;
    await pause(200);
  }
}

async function account(store: Store, client: Redis, sandbox: Sandbox, runs: number) {
  const found = await store.runs({ limit: 1000 });
  const journal = await sandbox.admin.journal();
  const byRun = new Map<string, number>();
  for (const { run } of journal) if (run !== null) byRun.set(run, (byRun.get(run) ?? 0) + 1);
  const meant = found.map((run) => ({ run, happened: byRun.get(run.id) ?? 0 }));
  // Jobs at work when their worker is killed lie in the queue until another takes them over.
  const jobsGone = performance.now() + 20_000;
  const jobs = () => client.keys('{remediad}:advance:r-*');
  while ((await jobs()).length > 0 && performance.now() < jobsGone) await pause(250);
  return {
    runs: found.length,
    succeeded: found.filter(({ state }) => state === 'succeeded').length,
    doubled: meant.reduce((sum, { happened }) => sum + Math.max(0, happened - TORTURE.effects), 0),
    missing: meant.filter(({ run, happened }) => run.state === 'succeeded' && happened < TORTURE.effects).length + (runs - found.length),
    stuck: found
      .filter(({ state }) => state !== 'succeeded')
      .map((run) => `${run.id} ${run.state} ${run.end?.reason ?? run.hold?.reason ?? ''} ${run.end?.detail ?? ''}`),
    locksLeft: (await client.keys('{remediad}:lock:*')).length,
    jobsLeft: (await jobs()).length,
    dueLeft: await client.zcard('{remediad}:due'),
  };
}
