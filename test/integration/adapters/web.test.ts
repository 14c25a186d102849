import { createServer } from 'node:net';
import { once } from 'node:events';
import { afterAll, describe, expect, test } from 'vitest';
import { createWeb } from '../../../src/adapters/web/web.ts';
import { ClusterError } from '../../../src/core/ports.ts';
import { startSink } from '../../support/http-sink.ts';

const soon = () => AbortSignal.timeout(10_000);
let endpoints: Record<string, string> = {};
const web = createWeb(() => endpoints);
afterAll(() => web[Symbol.dispose]());

test('a GET on a configured endpoint answers status, body and time', async () => {
  await using sink = await startSink({ status: 418, body: '{"ok":true}', delayMs: 20 });
  endpoints = { sink: `${sink.url}/api` };
  const answer = await web.get(`${sink.url}/api/health?a=b`, 100, soon());
  expect(answer).toMatchObject({ status: 418, body: '{"ok":true}' });
  expect(answer.ms).toBeGreaterThanOrEqual(15);
  expect(sink.requests).toMatchObject([{ method: 'GET', path: '/api/health?a=b' }]);
});

test('a token is sent with every question, as it is at that time, and no other host gets it', async () => {
  await using sink = await startSink({ status: 200 });
  let token: string | null = 'first';
  using bearer = createWeb(
    () => ({ sink: sink.url }),
    undefined,
    () => token,
  );
  await bearer.get(sink.url, 100, soon());
  token = 'second';
  await bearer.get(sink.url, 100, soon());
  expect(sink.requests.map(({ headers }) => headers['authorization'])).toEqual(['Bearer first', 'Bearer second']);
  endpoints = { sink: sink.url };
  await web.get(sink.url, 100, soon());
  expect(sink.requests[2]?.headers['authorization']).toBeUndefined();
});

test('what lies outside is refused before anything is sent', async () => {
  await using sink = await startSink();
  endpoints = { sink: `${sink.url}/api` };
  await expect(web.get(`${sink.url}/admin`, 100, soon())).rejects.toMatchObject({ kind: 'invalid' });
  endpoints = {};
  await expect(web.get(`${sink.url}/api`, 100, soon())).rejects.toMatchObject({ kind: 'invalid' });
  expect(sink.requests).toEqual([]);
});

test('a redirect is an answer, not a way out', async () => {
  await using elsewhere = await startSink();
  await using sink = await startSink({ status: 302, headers: { location: elsewhere.url } });
  endpoints = { sink: sink.url, elsewhere: elsewhere.url };
  expect(await web.get(sink.url, 100, soon())).toMatchObject({ status: 302 });
  expect(elsewhere.requests).toEqual([]);
});

test('the body is cut at the limit', async () => {
  await using sink = await startSink({ status: 200, body: 'ä'.repeat(500_000) });
  endpoints = { sink: sink.url };
  expect((await web.get(sink.url, 10, soon())).body).toBe('äääää');
  expect((await web.get(sink.url, 0, soon())).body).toBe('');
  expect((await web.get(sink.url, 1_000_000, soon())).body).toHaveLength(500_000);
});

describe('no forbidden address is connected to', () => {
  test.each(['http://169.254.169.254/latest/meta-data/', 'http://[fe80::1]/', 'http://[::ffff:169.254.169.254]/', 'http://2852039166/'])(
    'not even one that is configured: %s',
    async (url) => {
      endpoints = { meta: url };
      await expect(web.get(url, 100, soon())).rejects.toMatchObject({ kind: 'invalid', message: /link-local or metadata/ });
    },
  );
});

describe('a name that resolves', () => {
  const resolving = (...addresses: string[]) => {
    const found = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
    return ((_name: string, _options: unknown, callback: (error: null, found: unknown) => void) => callback(null, found)) as never;
  };

  test('to an allowed address is asked there', async () => {
    await using sink = await startSink({ status: 200, body: 'here' });
    const url = sink.url.replace('127.0.0.1', 'node.example');
    using named = createWeb(() => ({ url }), resolving('127.0.0.1'));
    expect((await named.get(url, 100, soon())).body).toBe('here');
  });

  test.each([[['169.254.169.254']], [['127.0.0.1', '169.254.169.254']], [['fe80::1']], [[]]])(
    'to %j is not asked at all',
    async (addresses) => {
      await using sink = await startSink();
      const url = sink.url.replace('127.0.0.1', 'node.example');
      using named = createWeb(() => ({ url }), resolving(...addresses));
      await expect(named.get(url, 100, soon())).rejects.toMatchObject({ kind: 'invalid', message: /link-local or metadata/ });
      expect(sink.requests).toEqual([]);
    },
  );
});

describe('what does not answer', () => {
  test('in time is a timeout', async () => {
    await using sink = await startSink('hang');
    endpoints = { sink: sink.url };
    await expect(web.get(sink.url, 100, AbortSignal.timeout(100))).rejects.toMatchObject({ kind: 'timeout' });
    await expect(web.get(sink.url, 100, AbortSignal.abort())).rejects.toMatchObject({ kind: 'timeout' });
  });

  test('in full in time is a timeout too', async () => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    endpoints = { half: `http://127.0.0.1:${port}` };
    await expect(web.get(`http://127.0.0.1:${port}`, 100, AbortSignal.timeout(200))).rejects.toMatchObject({ kind: 'timeout' });
    server.close();
  });

  test('at all is unreachable', async () => {
    const sink = await startSink('reset');
    endpoints = { sink: sink.url };
    await expect(web.get(sink.url, 100, soon())).rejects.toMatchObject({ kind: 'unreachable' });
    await sink[Symbol.asyncDispose]();
    await expect(web.get(sink.url, 100, soon())).rejects.toBeInstanceOf(ClusterError);
  });

  test('by a name that does not exist is unreachable', async () => {
    endpoints = { nowhere: 'http://nowhere.invalid' };
    await expect(web.get('http://nowhere.invalid/', 100, soon())).rejects.toMatchObject({ kind: 'unreachable' });
  });
});

test('a kept connection that the server has closed costs no answer', async () => {
  let answered = 0;
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    let seen = 0;
    socket.on('data', () => {
      seen += 1;
      // The second request on one connection finds it reset.
      if (seen > 1) return void socket.resetAndDestroy();
      answered += 1;
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: keep-alive\r\n\r\nok');
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const url = `http://127.0.0.1:${port}/`;
  endpoints = { it: url };
  for (let i = 0; i < 3; i += 1) expect(await web.get(url, 100, soon())).toMatchObject({ status: 200, body: 'ok' });
  expect(answered).toBe(3);
  server.close();
});
