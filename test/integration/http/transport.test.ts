import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { StoreError } from '../../../src/core/store.ts';
import { eventually } from '../../support/eventually.ts';
import { json, postWebhook, send, startServer } from './support.ts';

const MiB = 1024 * 1024;
const webhook = '/api/v1/webhooks/alertmanager';

/** JSON of exactly so many bytes. */
const sized = (bytes: number): Buffer => Buffer.concat([Buffer.from('"'), Buffer.alloc(bytes - 2, 0x78), Buffer.from('"')]);

describe('the webhook', () => {
  test('takes 16 MiB and not a byte more, announced or not', async () => {
    await using server = await startServer();
    expect((await postWebhook(server.url, sized(16 * MiB))).status).toBe(200);
    const headers = { ...json };
    const over = sized(16 * MiB + 1);
    const refusal = { status: 413, text: 'the body is larger than 16777216 bytes: lower max_alerts of the receiver\n' };
    // Announced: the answer comes before the body is sent.
    expect(
      await send(server.url + webhook, { method: 'POST', headers: { ...headers, 'content-length': String(over.length) } }),
    ).toMatchObject(refusal);
    expect(await send(server.url + webhook, { method: 'POST', headers, body: [over.subarray(0, MiB), over.subarray(MiB)] })).toMatchObject(
      refusal,
    );
    expect((await postWebhook(server.url, '{}')).status).toBe(200);
  });

  test.each([
    'application/json',
    'application/json; charset=utf-8',
    'application/json;charset=UTF-8',
    'Application/JSON',
    'application/json; charset=iso-8859-1',
  ])('reads %s', async (type) => {
    await using server = await startServer();
    expect((await postWebhook(server.url, '{}', { 'content-type': type })).status).toBe(200);
  });

  test.each([
    ['another content type', { headers: { 'content-type': 'text/xml' }, body: '<a/>' }, 415, 'send Content-Type: application/json\n'],
    ['no content type', { headers: {}, body: '{}' }, 415, 'send Content-Type: application/json\n'],
    [
      'a compressed body',
      { headers: { ...json, 'content-encoding': 'gzip' }, body: '\x1f\x8b' },
      415,
      'send the body without Content-Encoding\n',
    ],
    ['no body', { headers: json }, 400, 'the body is empty: send JSON\n'],
    ['half a body', { headers: json, body: '{"alerts":[' }, 400, /^the body is not JSON: .+\n$/],
    ['a body that is not UTF-8', { headers: json, body: Buffer.from([0x22, 0xff, 0x22]) }, 400, 'the body is not valid UTF-8\n'],
    ['10,000 levels', { headers: json, body: '['.repeat(10_000) }, 400, 'the body is nested deeper than 32 levels\n'],
  ])('answers %s with a short text and no redirect', async (_name, sent, status, text) => {
    await using server = await startServer();
    const answer = await send(server.url + webhook, { method: 'POST', ...sent });
    expect(answer.status).toBe(status);
    expect(answer.headers['content-type']).toBe('text/plain; charset=utf-8');
    expect(answer.text).toMatch(text);
    expect((await postWebhook(server.url, '{}')).status).toBe(200);
  });

  test.each(['GET', 'PUT', 'PATCH', 'DELETE'])('is not there for %s, and says what is', async (method) => {
    await using server = await startServer();
    const answer = await send(server.url + webhook, { method });
    expect(answer).toMatchObject({ status: 405, text: `${method} is not served here, only POST\n` });
    expect(answer.headers.allow).toBe('POST');
  });

  test('answers 503 with Retry-After when nothing is promised, 500 when our own code fails, and never 429', async () => {
    const answers = [
      () => Promise.resolve({ kind: 'unavailable', message: 'the store: full' } as const),
      () => Promise.reject(new StoreError('full', 'OOM')),
      () => Promise.reject(new TypeError('a bug with a secret in it')),
    ];
    await using server = await startServer({ receive: () => answers.shift()?.() ?? expect.unreachable() });
    expect(await postWebhook(server.url, '{}')).toMatchObject({ status: 503, text: 'the store: full\n', headers: { 'retry-after': '1' } });
    expect(await postWebhook(server.url, '{}')).toMatchObject({ status: 503, text: 'the store: OOM\n' });
    expect(await postWebhook(server.url, '{}')).toMatchObject({ status: 500, text: 'internal error: see the log\n' });
  });

  test('measures every answer, also to a client that did not wait for it', async () => {
    const seen: number[] = [];
    const { promise, resolve } = Promise.withResolvers<void>();
    const receive = async () => {
      await promise;
      return { kind: 'accepted', accepted: 1, rejected: 0 } as const;
    };
    await using server = await startServer({ receive, telemetry: { webhookAnswered: (status: number) => seen.push(status) } as never });
    await postWebhook(server.url, 'x');
    expect(seen).toEqual([400]);
    const impatient = request(server.url + webhook, { method: 'POST', headers: json });
    impatient.on('error', () => undefined);
    impatient.end('{}');
    await sleep(50);
    impatient.destroy();
    await eventually('the connection to be counted', () => seen.length === 2);
    resolve();
  });

  test('has room again after clients that left in the middle of large bodies', async () => {
    await using server = await startServer();
    const headers = `POST ${webhook} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${16 * MiB}\r\n\r\n"`;
    const port = Number(new URL(server.url).port);
    const sockets = await Promise.all(
      Array.from({ length: 4 }, async () => {
        const socket = connect(port, '127.0.0.1');
        socket.on('error', () => undefined);
        await once(socket, 'connect');
        socket.write(headers);
        return socket;
      }),
    );
    await eventually('the room to be taken', async () => (await postWebhook(server.url, '{}')).status === 503);
    for (const socket of sockets) socket.destroy();
    await eventually('room', async () => (await postWebhook(server.url, '{}')).status === 200);
  });
});

describe('connections', () => {
  test('are kept for longer than the 5 minutes for which Alertmanager keeps them', async () => {
    await using server = await startServer();
    const agent = new Agent({ keepAlive: true });
    const outgoing = request(`${server.url}/-/healthy`, { agent });
    outgoing.end();
    const [incoming] = (await once(outgoing, 'response')) as [NodeJS.ReadableStream & { headers: Record<string, string> }];
    incoming.resume();
    expect(Number(/timeout=(\d+)/.exec(incoming.headers['keep-alive'] ?? '')?.[1])).toBeGreaterThan(300);
    agent.destroy();
  });

  test('by the thousand at one instant are all answered', async () => {
    await using server = await startServer();
    const answers = await Promise.all(Array.from({ length: 1_000 }, () => postWebhook(server.url, '{}')));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  });

  test('are told to go elsewhere once the server closes, and what is at work ends well', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const receive = async () => {
      await promise;
      return { kind: 'accepted', accepted: 1, rejected: 0 } as const;
    };
    await using server = await startServer({ receive });
    const working = postWebhook(server.url, '{}');
    await sleep(100);
    const closed = server.close();
    resolve();
    expect((await working).status).toBe(200);
    await closed;
    await expect(postWebhook(server.url, '{}')).rejects.toThrow();
  });

  test('that nobody uses are not waited for: one without a request yet, one that stays open behind its answer, one with half a request', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const receive = async () => {
      await promise;
      return { kind: 'accepted', accepted: 1, rejected: 0 } as const;
    };
    await using server = await startServer({ receive });
    const port = Number(new URL(server.url).port);
    const unused = connect(port, '127.0.0.1');
    const half = connect(port, '127.0.0.1');
    half.write('GET /-/healthy HTTP/1.1\r\nHost: x\r\n\r\n');
    await once(half, 'data');
    half.write('GET /-/healthy HTTP/1.1\r\n');
    for (const socket of [unused, half]) socket.on('error', () => undefined);
    const agent = new Agent({ keepAlive: true });
    const working = request(`${server.url}/api/v1/webhooks/alertmanager`, { agent, method: 'POST', headers: json });
    working.end('{}');
    await sleep(100);

    const closed = server.close().then(() => 'closed');
    const answered = once(working, 'response') as Promise<[NodeJS.ReadableStream & { statusCode: number }]>;
    expect(await Promise.race([closed, sleep(500)])).not.toBe('closed');
    resolve();
    const [incoming] = await answered;
    incoming.resume();
    expect(incoming.statusCode).toBe(200);
    expect(await Promise.race([closed, sleep(15_000)])).toBe('closed');
    agent.destroy();
  });
});

test('whoever is ready says beside it what an operator should know', async () => {
  await using plain = await startServer();
  expect(await send(`${plain.url}/-/ready`)).toMatchObject({ status: 200, text: 'remediad is ready.\n' });
  await using troubled = await startServer({ remarks: () => Promise.resolve(['Two pages wait.', 'It holds.']) });
  expect(await send(`${troubled.url}/-/ready`)).toMatchObject({ status: 200, text: 'remediad is ready.\nTwo pages wait.\nIt holds.\n' });
});
