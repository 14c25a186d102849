import { Redis } from 'ioredis';
import { createHints, type QueueHints } from '../../src/adapters/queue/hints.ts';
import { createStore, type Store } from '../../src/adapters/store/index.ts';
import { sha256 } from '../../src/adapters/system/clock.ts';
import { slotRequest } from '../../src/app/slot-request.ts';
import { fingerprintOf } from '../../src/core/alert/fingerprint.ts';
import type { Edition } from '../../src/core/edition.ts';
import { canonicalJson } from '../../src/core/json.ts';
import type { Run } from '../../src/core/run.ts';
import type { AcceptAnswer } from '../../src/core/store.ts';
import { processClock, recordingLog } from '../support/log.ts';
import { startRedis, type RedisServer } from '../support/redis.ts';
import { startSandbox, type Sandbox } from '../support/sandbox.ts';
import { workloads } from './fleet.ts';
import { tortureTiming } from './plan.ts';

export type Labels = Readonly<Record<string, string>>;

/** The store and the fleet that worker processes share, and the way of an alert into the store. */
export interface World extends AsyncDisposable {
  readonly redis: RedisServer;
  readonly sandbox: Sandbox;
  /** For a look at the keys themselves. */
  readonly client: Redis;
  readonly store: Store;
  readonly hints: QueueHints;
  /** Accepts a firing alert of this edition, and wakes nobody. */
  fire(edition: Edition, labels: Labels, startsAt: number, dry?: Run['dry']): Promise<AcceptAnswer>;
  resolve(labels: Labels, startsAt: number): Promise<AcceptAnswer>;
  left(): Promise<Left>;
}

/** What is left of runs in the store; all 0 once every run ended. */
export interface Left {
  readonly due: number;
  /** Slots with a live run. */
  readonly active: number;
  readonly locks: number;
  /** Queues before locks. */
  readonly waits: number;
  readonly jobs: number;
}

export const key = (...parts: readonly string[]) => ['{remediad}', ...parts].join(':');

export interface WorldOptions {
  /** Default 4. */
  readonly workloads?: number;
  /** Of each workload; default 1. */
  readonly replicas?: number;
  /** Of the store's command line. */
  readonly redis?: readonly string[];
}

export async function openWorld(options: WorldOptions = {}): Promise<World> {
  await using parts = new AsyncDisposableStack();
  const redis = parts.use(await startRedis(options.redis));
  const fleet = { namespaces: { torture: {} }, workloads: workloads(options.workloads ?? 4, options.replicas ?? 1) };
  const sandbox = parts.use(await startSandbox(fleet));
  const client = new Redis({ path: redis.socket, enableOfflineQueue: false, maxRetriesPerRequest: 0, retryStrategy: () => 50 });
  parts.defer(() => client.disconnect());
  client.on('error', () => undefined);
  await new Promise((resolve) => client.once('ready', resolve));
  const store = parts.use(createStore({ redis: client, installation: 'remediad', timing: tortureTiming }));
  await store.open();
  const hints = parts.use(createHints({ client, prefix: key(), log: recordingLog(), clock: processClock }));
  const open = parts.move();
  return {
    redis,
    sandbox,
    client,
    store,
    hints,
    fire: (edition, labels, startsAt, dry = null) => fire(store, edition, alertOf(labels, startsAt), dry),
    resolve: (labels, startsAt) => store.accept([{ ...alertOf(labels, startsAt), status: 'resolved', endsAt: Date.now(), slots: [] }], []),
    left: () => left(client),
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  };
}

async function fire(store: Store, edition: Edition, alert: ReturnType<typeof alertOf>, dry: Run['dry']): Promise<AcceptAnswer> {
  const hash = sha256(canonicalJson(edition));
  await store.putBlob(hash, JSON.stringify(edition), null);
  const context = { defaultCluster: 'sandbox', receivedAt: Date.now() };
  const slot = slotRequest({ rule: edition.rule.name, hash, edition, dry }, alert, context);
  return store.accept([{ ...alert, status: 'firing', endsAt: null, slots: [slot] }], []);
}

function alertOf(labels: Labels, startsAt: number) {
  return { fingerprint: fingerprintOf(labels), labels, annotations: {}, startsAt, generatorURL: '' };
}

async function left(client: Redis): Promise<Left> {
  const keys = (await client.keys(key('*'))).map((name) => name.slice(key('').length).replace(/^dry:/, ''));
  const count = (pattern: RegExp) => keys.filter((name) => pattern.test(name)).length;
  return {
    due: await client.zcard(key('due')),
    active: (await client.hlen(key('active'))) + (await client.hlen(key('dry:active'))),
    locks: count(/^lock:|^run:[^:]+:locks$/),
    waits: count(/^wait:|^run:[^:]+:waits$/),
    jobs: count(/^advance:r-/),
  };
}
