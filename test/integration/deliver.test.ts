import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { startDelivery, type Delivery, type DeliverDeps } from '../../src/app/deliver.ts';
import { createSenders } from '../../src/adapters/notify/index.ts';
import type { Message } from '../../src/core/incident.ts';
import type { Receiver } from '../../src/core/receivers.ts';
import { noFailPoints } from '../../src/core/fail-point.ts';
import { eventually } from '../support/eventually.ts';
import { startSink, type HttpSink } from '../support/http-sink.ts';
import { processClock, recordingLog } from '../support/log.ts';
import { startNode } from '../support/process.ts';
import { samplePolicy } from '../support/sample.ts';
import { tempDir } from '../support/temp-dir.ts';
import { deliverTiming } from './deliver-support.ts';
import { escalation, startRun, startStore } from './store/world.ts';

const world = await startStore({ timing: deliverTiming });
const folder = await tempDir();
const secretFile = join(folder.path, 'secret');
await writeFile(secretFile, 'a-key');
let sink: HttpSink;
let other: HttpSink;
let store = world.store;
let incident = '';

beforeEach(async () => {
  await sink?.[Symbol.asyncDispose]();
  await other?.[Symbol.asyncDispose]();
  sink = await startSink();
  other = await startSink();
  store = await world.reset();
});
afterAll(async () => {
  await sink[Symbol.asyncDispose]();
  await other[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
  await world[Symbol.asyncDispose]();
});

/** An incident whose first message is due to `hook`, and to `other` when that fails for good. */
async function open(notify: readonly string[] = ['hook'], fallback: string | null = 'other'): Promise<void> {
  const steps = [{ afterMs: 0, notify, unless: null, priorities: null }];
  const policy = samplePolicy({ steps, repeat: null, fallback });
  const run = await startRun(store);
  incident = (await store.openFor(run, escalation({ policy }), [])) ?? '';
}

function deliver(over: Partial<DeliverDeps> = {}): Delivery & { readonly counted: string[]; readonly said: () => string[] } {
  const receivers: Receiver[] = [
    { name: 'hook', type: 'webhook', url: sink.url, secret_file: secretFile },
    { name: 'other', type: 'webhook', url: other.url, secret_file: secretFile },
  ];
  const senders = createSenders(receivers, processClock);
  const counted: string[] = [];
  const log = recordingLog();
  const telemetry = { notification: (...what: unknown[]) => void counted.push(what.filter(Boolean).join(' ')) };
  const deps = {
    store,
    senders: () => senders,
    emergency: () => null,
    timing: deliverTiming,
    telemetry,
    random: () => 0.5,
    clock: processClock,
    log,
  };
  return Object.assign(startDelivery({ ...deps, failPoint: noFailPoints, ...over }), { counted, said: () => log.said('info') });
}

const messages = async (): Promise<readonly Message[]> => (await store.incident(incident))?.messages ?? [];
const states = async (): Promise<string[]> =>
  Promise.all((await messages()).map(async ({ id, receiver }) => `${receiver} ${await world.redis.hget(world.key('msg', id), 'state')}`));
const until = (...expected: string[]) =>
  eventually(`messages to be ${expected.join(', ')}`, async () => JSON.stringify(await states()) === JSON.stringify(expected), {
    withinMs: 15_000,
  });

describe('a message', () => {
  test('arrives, once, and is told in log and metric', async () => {
    await open();
    await using delivery = deliver();
    await until('hook delivered');
    expect(sink.requests).toHaveLength(1);
    expect(JSON.parse(sink.requests[0]?.body ?? '')).toMatchObject({ event: 'trigger', incident, dedupKey: `test/${incident}` });
    expect(delivery.counted).toEqual(['hook delivered']);
    expect(delivery.said()).toEqual(['message delivered']);
  });

  test('is tried again until it arrives, under the same keys', async () => {
    sink.answerNext({ status: 503 }, 'reset', { status: 429, headers: { 'retry-after': '0' } });
    await open();
    await using delivery = deliver();
    await until('hook delivered');
    expect(delivery.counted).toEqual(['hook failed server-error', 'hook failed unreachable', 'hook failed rate-limited', 'hook delivered']);
    expect(new Set(sink.requests.map(({ headers }) => headers['idempotency-key'])).size).toBe(1);
  });

  test('waits for as long as the receiver asks, up to the limit', async () => {
    sink.answerNext({ status: 429, headers: { 'retry-after': '3600' } });
    await open();
    await using _delivery = deliver();
    await until('hook delivered');
    const [first, second] = sink.requests;
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(deliverTiming.deliverBackoffMaxMs);
  });

  test('to a receiver that is no longer configured falls over too', async () => {
    await open(['gone']);
    await using delivery = deliver();
    await until('gone queued', 'other delivered');
    expect(delivery.counted).toContain('gone failed other');
  });

  test('to one receiver does not wait for another that hangs', async () => {
    sink.answer('hang');
    await open(['hook', 'other']);
    const timing = { ...deliverTiming, deliverMs: 5_000 };
    await using _delivery = deliver({ timing });
    await until('hook queued', 'other delivered');
  });

  test('whose call is cut off by a shutdown is delivered by the next process', async () => {
    sink.answer('hang');
    await open();
    const first = deliver({ timing: { ...deliverTiming, deliverMs: 60_000 } });
    await sink.waitFor(1);
    await first.stop(50);
    expect(await states()).toEqual(['hook queued']);
    sink.answer({ status: 200 });
    await using _second = deliver();
    await until('hook delivered');
  });
});

describe('a page whose receiver cannot be reached', () => {
  const changes = async (): Promise<string[]> =>
    (await store.audit('0', 1_000, 0)).flatMap(({ kind, data }) =>
      kind === 'message' ? [`${data['receiver'] as string} ${data['change'] as string}`] : [],
    );

  test.each([
    ['at once when it is refused for good', { status: 404 }, 1],
    ['after so many tries when the receiver stays away', { status: 503 }, deliverTiming.deliverAttempts],
    ['after so many tries when the receiver hangs', 'hang', deliverTiming.deliverAttempts],
  ] as const)('is told to the fallback %s, once, and tried on', async (_when, answer, tries) => {
    sink.answer(answer);
    await open();
    await using _delivery = deliver();
    await until('hook queued', 'other delivered');
    expect((await messages())[0]?.attempts).toBeGreaterThanOrEqual(tries);
    expect(await store.counts()).toMatchObject({ pagesUndelivered: 1 });
    await sink.waitFor(tries + 2);
    expect(other.requests).toHaveLength(1);

    sink.answer({ status: 200 });
    await until('hook delivered', 'other delivered');
    expect(await store.counts()).toMatchObject({ pagesUndelivered: 0 });
    expect(await changes()).toEqual(['hook queued', 'hook undelivered', 'other queued', 'other delivered', 'hook delivered']);
  });

  test('is told to the emergency receiver where the policy has no fallback', async () => {
    sink.answer({ status: 404 });
    await open(['hook'], null);
    await using _delivery = deliver({ emergency: () => 'other' });
    await until('hook queued', 'other delivered');
  });

  test('is told to the emergency receiver where the fallback cannot be reached either', async () => {
    await open(['gone'], 'hook');
    sink.answer({ status: 503 });
    await using _delivery = deliver({ emergency: () => 'other' });
    await until('gone queued', 'hook queued', 'other delivered');
    expect(await store.counts()).toMatchObject({ pagesUndelivered: 2 });
  });

  test('is tried on where there is nobody else', async () => {
    sink.answer({ status: 503 });
    await open(['hook'], null);
    await using _delivery = deliver();
    await sink.waitFor(deliverTiming.deliverAttempts + 3);
    sink.answer({ status: 200 });
    await until('hook delivered');
  });

  test('is given up once somebody has acknowledged the incident', async () => {
    sink.answer({ status: 503 });
    await open(['hook'], null);
    await using _delivery = deliver();
    await sink.waitFor(deliverTiming.deliverAttempts + 1);
    await store.acknowledge(incident, 'ana');
    await until('hook failed', 'hook failed');
    expect(await store.counts()).toMatchObject({ pagesUndelivered: 0 });
  });

  test('is taken back once the incident is over', async () => {
    sink.answer({ status: 503 });
    await open(['hook'], null);
    await using _delivery = deliver();
    await sink.waitFor(deliverTiming.deliverAttempts + 1);
    await store.resolve(incident, 'ana', 0);
    await eventually('the page to be dropped', async () => (await states())[0] === 'hook dropped');
    expect(await store.counts()).toMatchObject({ pagesUndelivered: 0 });
  });

  test('gives way to a newer one to the same receiver', async () => {
    sink.answer({ status: 503 });
    await open(['hook'], null);
    await using _delivery = deliver();
    await sink.waitFor(deliverTiming.deliverAttempts + 1);
    const run = await startRun(store, 'another');
    await store.openFor(run, escalation({ run, target: 'another' }), []);
    await eventually('the older one to be given up', async () => JSON.stringify(await states()) === '["hook failed","hook queued"]');
    expect(await store.counts()).toMatchObject({ incidentsOpen: 1 });
  });
});

describe('a delivering process that is killed', () => {
  test('between the receiver’s answer and its own commit has the message merged by its keys', async () => {
    await open();
    const args = [world.server.socket, sink.url, secretFile];
    await using killed = await startNode(new URL('./deliver-process.ts', import.meta.url).pathname, args, {
      env: { REMEDIAD_TEST: '1', REMEDIAD_FAIL_POINT: 'deliver.sent:kill' },
    });
    expect(await killed.waitForEnd()).toBe('SIGKILL');
    expect(sink.requests).toHaveLength(1);
    expect(await states()).toEqual(['hook queued']);

    await using _next = await startNode(new URL('./deliver-process.ts', import.meta.url).pathname, args);
    await until('hook delivered');
    const bodies = sink.requests.map(({ body }) => JSON.parse(body) as Message);
    expect(bodies).toHaveLength(2);
    expect(new Set(bodies.map(({ dedupKey, event }) => `${dedupKey} ${event}`)).size).toBe(1);
    expect(new Set(sink.requests.map(({ headers }) => headers['idempotency-key'])).size).toBe(1);
    expect((await messages()).map(({ attempts }) => attempts)).toEqual([2]);
  });

  test('while the receiver is silent has the message sent by another', async () => {
    sink.answer('hang');
    await open();
    const args = [world.server.socket, sink.url, secretFile];
    await using killed = await startNode(new URL('./deliver-process.ts', import.meta.url).pathname, args);
    await sink.waitFor(1);
    await killed.kill();
    sink.answer({ status: 200 });
    await using _next = await startNode(new URL('./deliver-process.ts', import.meta.url).pathname, args);
    await until('hook delivered');
    expect(sink.requests).toHaveLength(2);
  });
});
