import { Redis } from 'ioredis';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { createStore, type Store } from '../../../src/adapters/store/index.ts';
import { StoreError } from '../../../src/core/store.ts';
import { defaultTiming } from '../../../src/core/timing.ts';
import { eventually } from '../../support/eventually.ts';
import { freePort } from '../../../src/cli/demo/free-port.ts';
import { startRedis } from '../../support/redis.ts';
import { beginRequest, claim, ended, escalation, firing, noRecord, slot, startRun, startStore, type StoreWorld } from './world.ts';

const world: StoreWorld = await startStore();
let store = world.store;
beforeEach(async () => {
  store = await world.reset();
});
afterAll(() => world[Symbol.asyncDispose]());

/** What a call fails with. */
async function failure(promise: Promise<unknown>): Promise<StoreError> {
  const error: unknown = await promise.then(
    () => new Error('it did not fail'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof StoreError)) throw error as Error;
  return error;
}

describe('the store at its start', () => {
  test('refuses data of a newer remediad, and says what to do', async () => {
    await world.redis.hset(world.key('meta'), 'schema', 99);
    const error = await failure(store.open());
    expect(error.kind).toBe('protocol');
    expect(error.message).toBe('the store was written by a newer remediad (schema 99, this one knows 1): start that version');
  });

  test('refuses data of another installation', async () => {
    await world.redis.hset(world.key('meta'), 'installation', 'other');
    expect((await failure(store.open())).message).toMatch(/belongs to the installation other, not to test/);
  });

  test('opens again what it opened before', async () => {
    const created = await world.redis.hget(world.key('meta'), 'created');
    await store.open();
    expect(await world.redis.hgetall(world.key('meta'))).toEqual({ schema: '1', installation: 'test', created });
  });

  test.each(['', 'a b', '{x}', 'a:b', 'x'.repeat(65)])('refuses the installation %j, which cannot be part of a key', (installation) => {
    expect(() => createStore({ redis: world.redis, installation, timing: defaultTiming })).toThrow(RangeError);
  });

  test('loads its scripts again into a server that forgot them', async () => {
    await startRun(store, 's1');
    await world.redis.script('FLUSH');
    expect(await startRun(store, 's2')).toBe('r-2');
  });
});

describe('what became of the server', () => {
  const firstBegin = async (store: Store, dry = false) => {
    const claimed = await claim(store, await startRun(store, `s${Math.random()}`, { dry }));
    return [claimed, await store.begin(beginRequest(claimed))] as const;
  };

  test('is told once: it is new, restarted, or was emptied', async () => {
    await using server = await startRedis();
    const redis = new Redis({ path: server.socket, retryStrategy: () => 20 });
    redis.on('error', () => undefined);
    await using store = createStore({ redis, installation: 'test', timing: defaultTiming });
    const change = async () => (await store.open()).change;
    expect([await change(), await change()]).toEqual(['fresh', 'same']);
    await server.restart();
    expect([await eventually('an answer', () => change().catch(() => undefined)), await change()]).toEqual(['restarted', 'same']);
    await redis.flushall();
    expect([await change(), await change()]).toEqual(['fresh', 'same']);
    redis.disconnect();
  });

  test('holds every effect where it may have forgotten something, whoever meets it first, but no dry run', async () => {
    await using forgetful = await startStore({ limits: { freshHoldMs: 60_000 } });
    const { store, redis, key, pass } = forgetful;
    const [claimed, answer] = await firstBegin(store);
    expect(answer).toEqual({ kind: 'forgetful', until: expect.any(Number) as number });
    const { run, rule, subject } = beginRequest(claimed);
    const asked = { run: run.id, dry: false, rule, subject, locks: [], budgets: [], places: [] };
    expect((await store.history(asked)).forgetfulUntil).toBeGreaterThan(await store.now());
    expect((await store.counts()).forgetfulMs).toBeGreaterThan(50_000);
    expect((await firstBegin(store, true))[1].kind).toBe('go');

    await pass(60_001);
    expect((await firstBegin(store))[1].kind).toBe('go');
    expect((await store.history(asked)).forgetfulUntil).toBeNull();

    // Another server under the same name, and nobody has looked yet.
    await redis.del(key('identity'));
    expect((await firstBegin(store))[1].kind).toBe('forgetful');
    const told = (await store.audit('0', 100, 0)).filter(({ kind }) => kind === 'store').map(({ data }) => data['change']);
    expect(told).toEqual(['fresh', 'fresh']);
  });

  test('is left alone in a store of another installation', async () => {
    await using stranger = await startStore();
    await stranger.redis.hset(stranger.key('meta'), 'installation', 'other');
    await stranger.redis.del(stranger.key('identity'));
    await expect(stranger.store.open()).rejects.toThrow('belongs to the installation other');
    expect(await stranger.redis.exists(stranger.key('identity'))).toBe(0);
  });
});

describe('a failure of the store', () => {
  test('that is full is told from one that is away', async () => {
    await world.redis.config('SET', 'maxmemory', '1mb');
    await world.redis.config('SET', 'maxmemory-policy', 'noeviction');
    try {
      expect((await failure(startRun(store))).kind).toBe('full');
    } finally {
      await world.redis.config('SET', 'maxmemory', '0');
    }
    expect(await startRun(store)).toBe('r-1');
  });

  test('of a hung or dead server is `unavailable`', async () => {
    await using server = await startRedis();
    const redis = new Redis({
      path: server.socket,
      commandTimeout: 300,
      maxRetriesPerRequest: 0,
      enableOfflineQueue: false,
      retryStrategy: null,
    });
    redis.on('error', () => {});
    await eventually('the connection', () => redis.status === 'ready');
    await using own = createStore({ redis, installation: 'test', timing: defaultTiming });
    await own.open();
    server.pause();
    expect((await failure(own.sweep(1))).kind).toBe('unavailable');
    server.resume();
    await server.kill();
    await eventually('the end of the connection', () => redis.status === 'end');
    expect((await failure(own.now())).kind).toBe('unavailable');
    redis.disconnect();
  });

  test('of data that nobody of us wrote is `protocol`, and says what came instead', async () => {
    const run = await startRun(store);
    await world.redis.hset(world.key('run', run), 'doc', '[1');
    const error = await failure(store.claim(run, null, 'w'));
    expect(error.kind).toBe('protocol');
    expect(error.message).toMatch(/"\[1" where a JSON object was due/);
    await world.redis.set(world.key('due'), 'not a set');
    expect((await failure(store.sweep(1))).kind).toBe('protocol');
  });
});

describe('with replicas', () => {
  test('what no replica has is not acknowledged, and an intent is taken back', async () => {
    const wanting = createStore({ redis: world.redis, installation: 'test', timing: defaultTiming, replicas: { count: 1, timeoutMs: 20 } });
    const error = await failure(wanting.accept([firing('f1', 1_000, 's1')], []));
    expect(error.kind).toBe('not-replicated');
    expect(error.message).toBe('0 of 1 replicas have the write after 20 ms');
    const claimed = await claim(store, 'r-1');
    const budget = { key: 'b', max: 1, perMs: 60_000, scope: 'rule' } as const;
    expect((await failure(wanting.begin(beginRequest(claimed, { budgets: [budget] })))).kind).toBe('not-replicated');
    expect(await store.begin(beginRequest(claimed, { budgets: [budget] }))).toMatchObject({
      kind: 'seen',
      effect: { state: 'rejected', outcome: { kind: 'rejected', reason: 'not-replicated' } },
    });
    expect((await store.begin(beginRequest(claimed, { budgets: [budget], effect: '0/restart/2' }))).kind).toBe('go');
    const signal = wanting.signal('r-1', { kind: 'cancel', by: 'ann', why: '', at: 1 });
    expect((await failure(signal)).kind).toBe('not-replicated');
  });

  test('what a replica has is acknowledged, and is there when the replica takes over', async () => {
    const port = await freePort();
    await using primary = await startRedis(['--port', String(port), '--bind', '127.0.0.1', '--repl-diskless-sync-delay', '0']);
    await using replica = await startRedis(['--replicaof', '127.0.0.1', String(port)]);
    const redis = new Redis({ path: primary.socket });
    const other = new Redis({ path: replica.socket });
    try {
      await eventually('the replica', async () => (await redis.info('replication')).includes('state=online'), { withinMs: 20_000 });
      const replicas = { count: 1, timeoutMs: 5_000 };
      await using first = createStore({ redis, installation: 'test', timing: defaultTiming, replicas });
      const run = await startRun(first);
      const claimed = await claim(first, run);
      expect((await first.begin(beginRequest(claimed))).kind).toBe('go');
      await primary.kill();
      await other.replicaof('NO', 'ONE');
      await using second = createStore({ redis: other, installation: 'test', timing: defaultTiming });
      expect(await second.voidLeases()).toBe(1);
      expect((await claim(second, run)).effects).toMatchObject([{ effect: '0/restart/1', state: 'intent' }]);
    } finally {
      redis.disconnect();
      other.disconnect();
    }
  });
});

describe('what can be read', () => {
  test('blobs by their name, as long as they are kept', async () => {
    await store.putBlob('a', 'text', null);
    await store.putBlob('a', 'text', 1_000);
    await store.putBlob('b', 'other', 60_000);
    await store.putBlob('b', 'other', 1_000);
    expect([await store.getBlob('a'), await store.getBlob('b'), await store.getBlob('c')]).toEqual(['text', 'other', null]);
    expect(await world.redis.pttl(world.key('blob:a'))).toBe(-1);
    expect(await world.redis.pttl(world.key('blob:b'))).toBeGreaterThan(30_000);
  });

  test('runs by state, rule and time, newest first', async () => {
    for (const name of ['s1', 's2', 's3']) await startRun(store, name, name === 's2' ? { rule: 'other' } : {});
    const claimed = await claim(store, 'r-1');
    await store.end(ended(claimed.run, 'skipped'), claimed.epoch, 0, noRecord, []);
    const ids = async (filter: Partial<Parameters<typeof store.runs>[0]>): Promise<string[]> =>
      (await store.runs({ limit: 10, ...filter })).map(({ id }) => id);
    expect(await ids({})).toEqual(['r-3', 'r-2', 'r-1']);
    expect(await ids({ limit: 1 })).toEqual(['r-3']);
    expect(await ids({ states: ['skipped'] })).toEqual(['r-1']);
    expect((await ids({ states: ['pending'] })).toSorted()).toEqual(['r-2', 'r-3']);
    expect(await ids({ rule: 'other' })).toEqual(['r-2']);
    expect(await ids({ before: claimed.run.acceptedAt })).toEqual([]);
    expect(await store.run('r-9')).toBeNull();
  });

  test('incidents by state, with their messages', async () => {
    const claimed = await claim(store, await startRun(store));
    await store.end(ended(claimed.run, 'escalated'), claimed.epoch, 0, { ...noRecord, escalation: escalation() }, []);
    expect(await store.incidents({ limit: 9, state: 'open' })).toMatchObject([{ id: 'i-1', title: 'NodeDown', priority: 'P1' }]);
    expect(await store.incidents({ limit: 9, state: 'resolved' })).toEqual([]);
    expect(await store.incident('i-1')).toMatchObject({ messages: [{ receiver: 'pager', dedupKey: 'test/i-1', attempts: 0 }] });
    expect(await store.incident('i-9')).toBeNull();
  });

  test('audit records from after a place on, also those that are yet to come', async () => {
    await store.record([{ kind: 'alert-rejected', data: { hash: 'x', list: [], nothing: null } }]);
    const first = await store.audit('0', 10, 0);
    expect(first).toMatchObject([{ kind: 'alert-rejected', run: null, data: { hash: 'x', list: [], nothing: null } }]);
    expect(await store.audit(first[0]!.id, 10, 0)).toEqual([]);
    const waiting = store.audit(first[0]!.id, 10, 10_000);
    await startRun(store);
    expect((await waiting)[0]).toMatchObject({ kind: 'episode' });
    expect(await store.audit(first[0]!.id, 10, 10_000)).toMatchObject([{ kind: 'episode' }, { kind: 'accepted', run: 'r-1' }]);
    expect(Math.abs(first[0]!.at - (await store.now()))).toBeLessThan(60_000);
  });

  test('no more audit records than are kept', async () => {
    const bounded = createStore({ redis: world.redis, installation: 'test', timing: defaultTiming, limits: { auditEntries: 100 } });
    for (let i = 0; i < 500; i++) await bounded.record([{ kind: 'alert-rejected', data: { i } }]);
    expect(await world.redis.xlen(world.key('audit'))).toBeLessThan(300);
  });
});

test('two accepts at the same moment make one run', async () => {
  const answers = await Promise.all([1, 2, 3].map(() => store.accept([firing('f1', 1_000, slot('s1'))], [])));
  expect(answers.flatMap(({ hints }) => hints)).toHaveLength(1);
});
