import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { createSenders } from '../../src/adapters/notify/index.ts';
import { startEmergency, type EmergencyDeps } from '../../src/app/emergency.ts';
import type { Message } from '../../src/core/incident.ts';
import { defaultTiming } from '../../src/core/timing.ts';
import { eventually } from '../support/eventually.ts';
import { startSink, type HttpSink } from '../support/http-sink.ts';
import { processClock, recordingLog } from '../support/log.ts';
import { startRedis } from '../support/redis.ts';
import { tempDir } from '../support/temp-dir.ts';

const folder = await tempDir();
const secretFile = join(folder.path, 'secret');
await writeFile(secretFile, 'a-key');
const server = await startRedis();
const redis = new Redis({
  path: server.socket,
  commandTimeout: 100,
  maxRetriesPerRequest: 0,
  retryStrategy: () => 20,
  enableOfflineQueue: false,
});
redis.on('error', () => {});
let sink: HttpSink;
let up: boolean[] = [];
let log = recordingLog();

beforeEach(async () => {
  await sink?.[Symbol.asyncDispose]();
  sink = await startSink();
  up = [];
  log = recordingLog();
  await eventually('the store to answer', () => redis.time());
});
afterAll(async () => {
  redis.disconnect();
  await sink[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

const timing = {
  ...defaultTiming,
  sweepEveryMs: 20,
  storeDownMs: 600,
  emergencyEveryMs: 1_200,
  deliverMs: 500,
  deliverBackoffMs: 50,
  deliverBackoffMaxMs: 200,
};

function watch(over: Partial<EmergencyDeps> = {}) {
  const senders = createSenders([{ name: 'last-resort', type: 'webhook', url: sink.url, secret_file: secretFile }], processClock);
  return startEmergency({
    askStore: () => redis.time(),
    receiver: () => ({ name: 'last-resort', sender: senders.get('last-resort')! }),
    installation: 'prod',
    timing,
    telemetry: { storeUp: (is) => void up.push(is), notification: () => {} },
    clock: processClock,
    log,
    ...over,
  });
}

const events = () => sink.requests.map(({ body }) => (JSON.parse(body) as Message).event);
const keys = (header: string) => sink.requests.map(({ headers }) => headers[header]);

describe('a store that is away', () => {
  test('is told from memory once the time is up, again at intervals, and taken back', async () => {
    await using _watch = watch();
    await eventually('the store to be seen', () => up.at(-1) === true);
    up.length = 0;
    server.pause();
    const stopped = Date.now();
    await sink.waitFor(1);
    expect(sink.requests[0]!.at - stopped).toBeGreaterThanOrEqual(timing.storeDownMs);
    const message = JSON.parse(sink.requests[0]!.body) as Message;
    expect(message).toMatchObject({ event: 'trigger', incident: 'store', dedupKey: 'prod/store|prod', priority: 'P1' });
    expect(message.report).toMatchObject({ reason: 'store-away', target: 'prod', commands: [{ command: 'remediad status' }] });
    await sink.waitFor(2);
    expect(sink.requests[1]!.at - sink.requests[0]!.at).toBeGreaterThanOrEqual(timing.emergencyEveryMs / 2);
    server.resume();
    await sink.waitFor(3);
    expect(events()).toEqual(['trigger', 'trigger', 'resolve']);
    expect(new Set(keys('idempotency-key')).size).toBe(3);
    expect(new Set(sink.requests.map(({ body }) => (JSON.parse(body) as Message).dedupKey)).size).toBe(1);
    expect(up).toContain(false);
    await eventually('the store to be seen again', () => up.at(-1) === true);
    expect(log.said('warn')).toContain('the store is back');
  });

  test('and comes back in time is told to nobody', async () => {
    await using _watch = watch();
    server.pause();
    await eventually('the absence to be seen', () => up.includes(false));
    server.resume();
    await eventually('the return to be seen', () => up.at(-1) === true);
    expect(sink.requests).toEqual([]);
  });

  test('is told when it died too, and the message is tried until it arrives', async () => {
    sink.answerNext({ status: 500 }, 'reset', 'hang');
    await using _watch = watch();
    await server.kill();
    await sink.waitFor(4);
    await eventually('the message to be delivered', () => log.said('warn').includes('emergency message delivered'));
    expect(new Set(keys('idempotency-key')).size).toBe(1);
    sink.answerNext({ status: 503 });
    await server.restart();
    await eventually(
      'the return to be told',
      () => events().at(-1) === 'resolve' && events().filter((one) => one === 'resolve').length === 2,
    );
  });

  test('is logged where nobody can be told', async () => {
    await using _watch = watch({
      receiver: () => null,
      askStore: () => Promise.reject(new Error('gone')),
      timing: { ...timing, storeDownMs: 0 },
    });
    await eventually('the log to say so', () => log.said('error').length === 2);
    expect(log.said('error')).toEqual(['the store is away', 'no emergency_receiver is configured: nobody is told about the store']);
  });
});
