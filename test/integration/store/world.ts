import { Redis } from 'ioredis';
import { createStore, type Store, type StoreOptions } from '../../../src/adapters/store/index.ts';
import { readScripts, type ScriptTexts } from '../../../src/adapters/store/scripts.ts';
import type { EscalationPolicy } from '../../../src/core/edition.ts';
import type { Escalation } from '../../../src/core/incident.ts';
import type { Plan } from '../../../src/core/plan.ts';
import { untouched, type NewRun } from '../../../src/core/run-start.ts';
import type { EndState, Run, RunState } from '../../../src/core/run.ts';
import type { AcceptAlert, BeginRequest, Claim, EndRecord, SlotRequest } from '../../../src/core/store.ts';
import { defaultTiming, type Timing } from '../../../src/core/timing.ts';
import { startRedis, type RedisServer } from '../../support/redis.ts';

/** A store on a Redis of its own whose clock the test moves. */
export interface StoreWorld extends AsyncDisposable {
  readonly server: RedisServer;
  readonly redis: Redis;
  /** Of the last reset. */
  readonly store: Store;
  /** Throws all data away; a new store as of a new process. */
  reset(): Promise<Store>;
  readonly timing: Timing;
  /** Moves the clock that the scripts read, for good. */
  readonly pass: (ms: number) => Promise<void>;
  /** Stops the clock of the scripts at this time. */
  freeze(at: number): Promise<void>;
  /** All keys without the hash tag. */
  keys(pattern?: string): Promise<string[]>;
  readonly key: (...parts: string[]) => string;
  /** A store of the same data whose scripts have one text replaced. */
  mutant(script: string, from: string, to: string): Store;
}

export const INSTALLATION = 'test';

const CLOCK = 'local now = TIME[1] * 1000 + math.floor(TIME[2] / 1000)';

/** Replaces one text of one script; a text that is not there exactly once is a mistake of the test. */
export function replaced(texts: ScriptTexts, script: string, from: string, to: string): ScriptTexts {
  const parts = texts.get(script)?.split(from) ?? [];
  if (parts.length !== 2) throw new Error(`${JSON.stringify(from)} stands ${parts.length - 1} times in ${script}`);
  return new Map([...texts, [script, parts.join(to)]]);
}

/** `:clock` moves the clock on, `:frozen` stops it. */
export const movable = replaced(
  readScripts(),
  'lib',
  CLOCK,
  `${CLOCK} + tonumber(redis.call('GET', P .. ':clock') or 0)\nnow = tonumber(redis.call('GET', P .. ':frozen')) or now`,
);

export async function startStore(options: Partial<StoreOptions> = {}): Promise<StoreWorld> {
  const server = await startRedis(['--appendonly', 'no']);
  const redis = new Redis({ path: server.socket, maxRetriesPerRequest: 1 });
  redis.on('error', () => {});
  const timing = options.timing ?? defaultTiming;
  const make = (scripts: ScriptTexts): Store => createStore({ redis, installation: INSTALLATION, timing, scripts, ...options });
  let store = make(movable);
  await store.open();
  return {
    server,
    redis,
    get store() {
      return store;
    },
    async reset() {
      await store[Symbol.asyncDispose]();
      await redis.flushall();
      store = make(movable);
      await store.open();
      return store;
    },
    timing,
    key: (...parts) => [`{${INSTALLATION}}`, ...parts].join(':'),
    async pass(ms) {
      await redis.incrby(`{${INSTALLATION}}:clock`, ms);
    },
    async freeze(at) {
      await redis.set(`{${INSTALLATION}}:frozen`, at);
    },
    async keys(pattern = '*') {
      const found = await redis.keys(`{${INSTALLATION}}:${pattern}`);
      return found.map((key) => key.slice(INSTALLATION.length + 3)).toSorted();
    },
    mutant: (script, from, to) => make(replaced(movable, script, from, to)),
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]();
      redis.disconnect();
      await server[Symbol.asyncDispose]();
    },
  };
}

export const policy: EscalationPolicy = {
  name: 'oncall',
  steps: [{ afterMs: 0, notify: ['pager'], unless: null, priorities: null }],
  repeat: null,
  fallback: null,
};

export function escalation(fields: Partial<Escalation> = {}): Escalation {
  const report: Escalation['report'] = {
    title: 'P1 NodeDown',
    summary: 'It is down.',
    rule: 'node-down',
    team: '',
    target: 'Pod:c/ns/node-1',
    reason: 'ladder-end',
    reasonText: 'Every rung was tried.',
    labels: {},
    annotations: {},
    firedAt: 1_000,
    tried: [],
    verdicts: [],
    evidence: [],
    links: [],
    commands: [],
  };
  return {
    key: 'k',
    priority: 'P1',
    title: 'NodeDown',
    reason: 'ladder-end',
    run: '',
    target: 'Pod:c/ns/node-1',
    policy,
    report,
    ...fields,
  };
}

export function newRun(slot: string, fields: Partial<NewRun> = {}): NewRun {
  return {
    schema: 1,
    ...untouched,
    rule: 'node-down',
    slot,
    trigger: { kind: 'alert', id: 'f1' },
    dry: null,
    edition: 'e'.repeat(64),
    priority: 'P1',
    labels: { alertname: 'NodeDown' },
    annotations: {},
    generatorURL: '',
    episodes: { f1: { status: 'firing', startsAt: 1_000, lastSeen: 2_000 } },
    target: {
      cluster: 'c',
      kind: 'Pod',
      namespace: 'ns',
      find: { by: 'name', value: slot },
      key: `Pod:c/ns/${slot}`,
      unresolved: null,
    },
    deadlineMs: 3_600_000,
    ...fields,
  };
}

export function slot(name: string, fields: Partial<SlotRequest> = {}): SlotRequest {
  const dry = fields.dry ?? false;
  return {
    slot: name,
    target: { cluster: 'c', key: `Pod:c/ns/${name}` },
    rule: 'node-down',
    dry,
    pageAfterMs: null,
    priority: 1,
    doc: () => newRun(name, { dry: dry ? 'observe' : null }),
    escalation: () => escalation({ key: `k-${name}`, target: `Pod:c/ns/${name}`, reason: 'crash-loop' }),
    ...fields,
  };
}

/** An alert that fires since `startsAt`; slots by name. */
export function firing(fingerprint: string, startsAt: number, ...slots: readonly (string | SlotRequest)[]): AcceptAlert {
  return {
    fingerprint,
    status: 'firing',
    startsAt,
    endsAt: null,
    labels: { alertname: 'NodeDown', fingerprint },
    annotations: { summary: 'down' },
    slots: slots.map((one) => (typeof one === 'string' ? slot(one) : one)),
  };
}

export function resolved(fingerprint: string, startsAt: number, endsAt: number): AcceptAlert {
  return { fingerprint, status: 'resolved', startsAt, endsAt, labels: {}, annotations: {}, slots: [] };
}

/** Accepts one alert and answers its run: the one that was started. */
export async function startRun(store: Store, name = 's1', fields: Partial<SlotRequest> = {}): Promise<string> {
  const { hints } = await store.accept([firing(`f-${name}`, 1_000, slot(name, fields))], []);
  return hints[0]!.run;
}

/** Claims a run that must be free. */
export async function claim(store: Store, run: string, worker = `w${Math.random()}`): Promise<Claim> {
  const answer = await store.claim(run, null, worker);
  if (answer.kind !== 'ok') throw new Error(`run ${run} is ${answer.kind}`);
  return answer;
}

/** The run in another state, as its worker would write it. */
export function inState(run: Run, state: RunState, fields: Partial<Run> = {}): Run {
  return { ...run, state, ...fields };
}

export function ended(run: Run, state: EndState, fields: Partial<Run> = {}): Run {
  return { ...run, state, hold: null, end: { reason: 'verified', detail: '', would: null, at: run.acceptedAt }, ...fields };
}

export const noRecord: EndRecord = {
  memory: null,
  cooldownMs: 0,
  targetCooldownMs: 0,
  subject: 'Pod:c/ns/node-1',
  escalation: null,
  clears: false,
};

export function plan(fields: Partial<Plan> = {}): Plan {
  return {
    action: 'kubernetes/delete-pod',
    cluster: 'c',
    request: { name: 'node-1' },
    preconditions: { uid: 'u1' },
    touches: ['Pod:c/ns/node-1'],
    patches: [],
    cost: 1,
    rights: [],
    describe: 'delete pod ns/node-1',
    loses: null,
    healthy: null,
    replaces: true,
    hash: 'h1',
    ...fields,
  };
}

/** A request to begin under this claim, with facts of now and nothing in its way. */
export function beginRequest(claimed: Claim, fields: Partial<BeginRequest> = {}): BeginRequest {
  return {
    run: claimed.run,
    audit: [],
    epoch: claimed.epoch,
    events: claimed.events,
    effect: '0/restart/1',
    action: 'kubernetes/delete-pod',
    describe: 'delete pod ns/node-1',
    plan: JSON.stringify(plan()),
    planHash: 'h1',
    performMs: 10_000,
    factsAt: claimed.now,
    brakeScopes: ['all', 'rule:node-down'],
    cluster: 'c',
    touches: ['Pod:c/ns/node-1'],
    rule: 'node-down',
    subject: 'Pod:c/ns/node-1',
    cost: 1,
    budgets: [],
    places: [],
    keepMs: 3_600_000,
    cooldownMs: 9_000,
    targetCooldownMs: 4_000,
    ...fields,
  };
}
