import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Receiver, Sender, SendResult } from '../../src/core/receivers.ts';
import { pingHeartbeat } from '../../src/adapters/notify/heartbeat.ts';
import { createSenders } from '../../src/adapters/notify/index.ts';
import { freePort } from '../../src/cli/demo/free-port.ts';
import { startSink, type HttpSink } from '../support/http-sink.ts';
import { NOON } from '../support/sample.ts';
import { sampleMessage } from '../support/sample-message.ts';
import { tempDir, type TempDir } from '../support/temp-dir.ts';

const secret = 'R0UT1NG-K3Y-of-the-house';
const links = { externalUrl: 'https://ops.example', alertmanagerUrl: null };
const incidentLink = { text: 'incident', href: 'https://ops.example/api/v1/incidents/i-1' };
const clock = { now: () => NOON, monotonic: () => 0 };
let folder: TempDir;
let sink: HttpSink;

beforeAll(async () => {
  folder = await tempDir();
  await writeFile(join(folder.path, 'secret'), `${secret}\n`);
});
beforeEach(async () => {
  await sink?.[Symbol.asyncDispose]();
  sink = await startSink({ status: 202 });
});
afterAll(async () => {
  await sink[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

type Type = Receiver['type'];
function sender(type: Type, url = `${sink.url}/hook?token=address-is-secret`, file = 'secret'): Sender {
  const path = join(folder.path, file);
  const receiver: Receiver =
    type === 'webhook' ? { name: 'it', type, url, secret_file: path } : { name: 'it', type, url, routing_key_file: path };
  return createSenders([receiver], clock, links).get('it') as Sender;
}

const send = (it: Sender, withinMs = 5_000): Promise<SendResult> => it.send(sampleMessage(), AbortSignal.timeout(withinMs));

describe.each<Type>(['webhook', 'pagerduty'])('a %s receiver', (type) => {
  test('has the message when it answers 2xx', async () => {
    for (const status of [200, 202, 204]) {
      sink.answerNext({ status });
      expect(await send(sender(type))).toEqual({ kind: 'delivered' });
    }
    expect(sink.requests[0]).toMatchObject({ method: 'POST', path: '/hook?token=address-is-secret' });
    expect(sink.requests[0]?.headers['content-type']).toBe('application/json');
  });

  test.each([
    [429, '7', 'rate-limited', 7_000],
    [429, new Date(NOON + 90_000).toUTCString(), 'rate-limited', 90_000],
    [429, new Date(NOON - 90_000).toUTCString(), 'rate-limited', 0],
    [503, '120', 'server-error', 120_000],
    [500, null, 'server-error', null],
    [502, 'soon', 'server-error', null],
    [408, null, 'timeout', null],
  ])('is tried again after %d with Retry-After %s', async (status, header, reason, retryAfterMs) => {
    sink.answer({ status, body: 'busy', headers: header === null ? {} : { 'retry-after': header } });
    expect(await send(sender(type))).toEqual({ kind: 'retry', reason, message: `HTTP ${status}: busy`, retryAfterMs });
  });

  test.each([400, 401, 403, 404, 410, 413])('is given up after %d', async (status) => {
    sink.answer({ status });
    expect(await send(sender(type))).toEqual({ kind: 'give-up', reason: 'client-error', message: `HTTP ${status}` });
  });

  test('is never followed to where it redirects', async () => {
    await using other = await startSink();
    for (const status of [301, 302, 307, 308]) {
      sink.answer({ status, headers: { location: `${other.url}/elsewhere` } });
      expect(await send(sender(type))).toMatchObject({ kind: 'give-up', reason: 'other' });
    }
    expect(other.requests).toEqual([]);
  });

  test('is tried again when the connection breaks or cannot be made', async () => {
    sink.answer('reset');
    expect(await send(sender(type))).toMatchObject({ kind: 'retry', reason: 'unreachable', retryAfterMs: null });
    const nobody = sender(type, `http://127.0.0.1:${await freePort()}/`);
    expect(await send(nobody)).toEqual({ kind: 'retry', reason: 'unreachable', message: 'not reached: ECONNREFUSED', retryAfterMs: null });
  });

  test('is left by the deadline when it hangs, before or within its answer', { timeout: 20_000 }, async () => {
    sink.answer('hang');
    expect(await send(sender(type), 200)).toEqual({ kind: 'retry', reason: 'timeout', message: 'no answer in time', retryAfterMs: null });
    await using slow = createServer((_request, response) => void response.writeHead(500).write('never ')).listen(0, '127.0.0.1');
    await once(slow, 'listening');
    const url = `http://127.0.0.1:${(slow.address() as AddressInfo).port}/`;
    expect(await send(sender(type, url), 300)).toMatchObject({ kind: 'retry', reason: 'timeout' });
    slow.closeAllConnections();
  });

  test('is tried again while its secret cannot be read, and then with the new one', async () => {
    const file = `later-${type}`;
    const it = sender(type, sink.url, file);
    expect(await send(it)).toMatchObject({ kind: 'retry', reason: 'other', message: expect.stringMatching(/cannot be read: ENOENT$/) });
    await writeFile(join(folder.path, file), '\n');
    expect(await send(it)).toMatchObject({ kind: 'retry', reason: 'other', message: expect.stringMatching(/is empty$/) });
    await writeFile(join(folder.path, file), 'now');
    expect(await send(it)).toEqual({ kind: 'delivered' });
  });

  test('never has its secret or its address told, even when it says them itself', async () => {
    sink.answer({ status: 400, body: `bad key ${secret} ${'x'.repeat(100_000)}\u001b[2J` });
    const refused = await send(sender(type));
    expect(JSON.stringify(refused)).not.toMatch(/K3Y-of-the-house|address-is-secret|127\.0\.0\.1/);
    expect(refused).toMatchObject({ message: expect.stringMatching(/^HTTP 400: bad key <secret> x+…$/) });
  });
});

describe('the generic webhook', () => {
  test('tells the incident and is signed so that a reader can check it by himself', async () => {
    const message = sampleMessage();
    await sender('webhook').send(message, AbortSignal.timeout(5_000));
    const [request] = await sink.waitFor(1);
    const { event, dedupKey, incident, priority } = message;
    const report = { ...message.report, links: [incidentLink, ...message.report.links] };
    expect(JSON.parse(request?.body ?? '')).toEqual({ version: 1, event, dedupKey, incident, priority, report });
    expect(request?.headers['idempotency-key']).toBe('m-1');
    const signature = String(request?.headers['remediad-signature']);
    const { t, v1 } = Object.fromEntries(signature.split(',').map((part) => part.split('='))) as { t: string; v1: string };
    expect(t).toBe(String(NOON / 1000));
    expect(v1).toBe(createHmac('sha256', secret).update(`${t}.${request?.body}`).digest('hex'));
    expect(v1).not.toBe(createHmac('sha256', secret).update(`${t}.${request?.body} `).digest('hex'));
    expect(JSON.stringify(request)).not.toContain(secret);
  });
});

describe('PagerDuty', () => {
  const body = async (over = {}): Promise<Record<string, unknown>> => {
    await sender('pagerduty').send(sampleMessage(over), AbortSignal.timeout(5_000));
    return JSON.parse(sink.requests.at(-1)?.body ?? '') as Record<string, unknown>;
  };

  test('is triggered with what was tried, every refusal, evidence, links and commands', async () => {
    const { report } = sampleMessage();
    expect(await body()).toEqual({
      routing_key: secret,
      event_action: 'trigger',
      dedup_key: 'remediad/i-1',
      client: 'remediad',
      links: [incidentLink, ...report.links],
      payload: {
        summary: report.title,
        source: 'pod:main/archivechain-prod/node-1',
        severity: 'error',
        timestamp: '2025-07-24T11:59:00.000Z',
        component: 'pod:main/archivechain-prod/node-1',
        group: 'archivechain-prod',
        class: 'archivechain-node-down',
        custom_details: expect.objectContaining({
          incident: 'i-1',
          tried: [
            '2025-07-24 12:00:05 UTC delete pod archivechain-prod/node-1 (uid u-1): done',
            '2025-07-24 12:01:00 UTC rung 1 of 1, node-recovery: ineffective: still firing',
          ],
          refusals: ['health refuses (too-few-healthy): 2 of 3 healthy, needs 3. another member becomes ready.'],
          checks: ['lock passes.'],
          evidence: ['logs: panic: no peers'],
          commands: expect.objectContaining({ 'see what was done and why': 'remediad runs show r-1a' }),
        }),
      },
    });
  });

  test.each([
    ['P0', 'critical'],
    ['P1', 'error'],
    ['P2', 'warning'],
    ['P3', 'info'],
  ])('%s is %s', async (priority, severity) => {
    expect(await body({ priority })).toMatchObject({ payload: { severity } });
  });

  test('is acknowledged and resolved under the same key', async () => {
    expect(await body({ event: 'acknowledge' })).toEqual({ routing_key: secret, event_action: 'acknowledge', dedup_key: 'remediad/i-1' });
    expect(await body({ event: 'resolve' })).toEqual({ routing_key: secret, event_action: 'resolve', dedup_key: 'remediad/i-1' });
  });

  test('keeps within the limits of the API', async () => {
    const { report } = sampleMessage();
    const long = '"\\'.repeat(5_000);
    const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`label_${index}`, long]));
    const huge = { ...report, title: long, labels: many(30), annotations: many(30) };
    const key = 'k'.repeat(400);
    const event = (await body({ report: huge, dedupKey: key })) as {
      dedup_key: string;
      payload: { summary: string; custom_details: object };
    };
    expect(event.payload.summary.length).toBeLessThanOrEqual(1024);
    expect(event.dedup_key).toMatch(/^k+-[0-9a-f]{64}$/);
    expect(event.dedup_key).toHaveLength(255);
    expect(Buffer.byteLength(sink.requests.at(-1)?.body ?? '')).toBeLessThanOrEqual(512_000);
    expect(event.payload.custom_details).toMatchObject({ annotations: 'left out: too long', evidence: report.evidence });
    const other = await body({ report, dedupKey: `${key}x` });
    expect(other['dedup_key']).not.toBe(event.dedup_key);
  });
});

describe('a dead man’s switch', () => {
  const ping = (url: string) => pingHeartbeat(url, 300, new AbortController().signal);

  test('is pinged by GET', async () => {
    await ping(`${sink.url}/ping/secret-id`);
    expect(sink.requests).toMatchObject([{ method: 'GET', path: '/ping/secret-id' }]);
  });

  test('that does not hear us is an error that does not name its address', async () => {
    sink.answer({ status: 404 });
    await expect(ping(`${sink.url}/secret-id`)).rejects.toThrow(/^the heartbeat address answered HTTP 404$/);
    sink.answer('hang');
    await expect(ping(`${sink.url}/secret-id`)).rejects.toThrow(/^the heartbeat address was not reached$/);
  });
});
