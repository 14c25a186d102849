import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { HttpServer } from '../../../src/adapters/http/server.ts';
import { routes } from '../../../src/adapters/http/routes/index.ts';
import { eventually } from '../../support/eventually.ts';
import { tempDir, type TempDir } from '../../support/temp-dir.ts';
import { json, send, startServer } from './support.ts';

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const open = ['/-/healthy', '/-/ready'];

/** Every route with a path and body that get as far as its handler. */
const requests = routes.map(({ method, url }) => ({
  method,
  path: url.replace(':id', url.includes('runs') ? 'r-1' : 'i-1'),
  ...(method === 'POST' ? { headers: json, body: '{}' } : {}),
}));

async function withTokens(
  text: string,
): Promise<{ server: HttpServer; folder: TempDir; file: string; [Symbol.asyncDispose](): Promise<void> }> {
  const folder = await tempDir();
  const file = join(folder.path, 'tokens');
  await writeFile(file, text);
  const server = await startServer({}, { bearerTokenFile: file });
  return {
    server,
    folder,
    file,
    async [Symbol.asyncDispose]() {
      await server.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}

describe('with a token file', () => {
  test('every route but the probes wants a token, before anything else', async () => {
    await using held = await withTokens('token-one\ntoken-two\n');
    for (const { path, ...request } of requests) {
      const answer = await send(held.server.url + path, request);
      expect(answer.status, `${request.method} ${path}`).toBe(open.includes(path) ? 200 : 401);
      if (!open.includes(path)) expect(answer.headers['www-authenticate']).toBe('Bearer');
    }
    expect((await send(`${held.server.url}/no/such/page`)).status).toBe(401);
    expect((await send(`${held.server.url}/api/v1/webhooks/alertmanager`)).status).toBe(401);
  });

  test('either of two tokens opens every route', async () => {
    await using held = await withTokens('\n  token-one  \r\ntoken-two');
    for (const token of ['token-one', 'token-two']) {
      for (const { path, ...request } of requests) {
        const answer = await send(held.server.url + path, { ...request, headers: { ...request.headers, ...bearer(token) } });
        expect([401, 403], `${request.method} ${path}`).not.toContain(answer.status);
      }
    }
  });

  test.each([
    ['no header', {}],
    ['another token', bearer('token-three')],
    ['a prefix of the token', bearer('token-on')],
    ['the token and more', bearer('token-one2')],
    ['both tokens', bearer('token-one token-two')],
    ['no token', { authorization: 'Bearer ' }],
    ['an empty header', { authorization: '' }],
    ['another scheme', { authorization: `Basic ${Buffer.from('a:token-one').toString('base64')}` }],
    ['the bare token', { authorization: 'token-one' }],
  ])('%s is refused', async (_name, headers) => {
    await using held = await withTokens('token-one\ntoken-two\n');
    const answer = await send(`${held.server.url}/api/v1/status`, { headers });
    expect(answer.status).toBe(401);
    expect(answer.json()).toMatchObject({
      status: 'error',
      errorType: 'unauthorized',
      error: expect.stringContaining('web.bearer_token_file'),
    });
    expect(answer.text).not.toContain('token-');
  });

  test('the scheme is read whatever its case', async () => {
    await using held = await withTokens('token-one');
    expect((await send(`${held.server.url}/metrics`, { headers: { authorization: 'bEARER token-one' } })).status).toBe(200);
  });

  test('a changed file counts without a restart: the new token opens, the old one no longer', async () => {
    await using held = await withTokens('token-one');
    const status = async (token: string) => (await send(`${held.server.url}/metrics`, { headers: bearer(token) })).status;
    expect(await status('token-one')).toBe(200);
    await writeFile(`${held.file}.new`, 'token-two');
    await rename(`${held.file}.new`, held.file);
    await eventually('the new token to open', async () => (await status('token-two')) === 200);
    expect(await status('token-one')).toBe(401);
  });

  test.each(['', '\n \n'])('a file without a token lets nobody in, and says so with an answer that is tried again', async (text) => {
    await using held = await withTokens(text);
    for (const token of ['', 'undefined', 'token-one']) {
      const answer = await send(`${held.server.url}/api/v1/webhooks/alertmanager`, {
        method: 'POST',
        headers: { ...json, ...bearer(token) },
        body: '{}',
      });
      expect(answer).toMatchObject({ status: 503, text: 'web.bearer_token_file cannot be read or holds no token\n' });
    }
  });

  test('a file that vanishes lets nobody in until it is back', async () => {
    await using held = await withTokens('token-one');
    const status = async () => (await send(`${held.server.url}/metrics`, { headers: bearer('token-one') })).status;
    expect(await status()).toBe(200);
    const text = await readFile(held.file);
    await rm(held.file);
    await eventually('the door to close', async () => (await status()) === 503);
    await writeFile(held.file, text);
    await eventually('the door to open', async () => (await status()) === 200);
  });
});

describe('without a token file', () => {
  test('only a loopback address is served; anything else refuses to start with one sentence', async () => {
    await expect(startServer({}, { host: '0.0.0.0' })).rejects.toThrow(
      'refusing to listen on 0.0.0.0 without credentials: set web.bearer_token_file, or listen on 127.0.0.1',
    );
    await using server = await startServer();
    expect((await send(`${server.url}/metrics`)).status).toBe(200);
  });

  test('a page that reaches this machine under a name of its own is refused', async () => {
    await using server = await startServer();
    for (const host of ['evil.example', 'evil.example:8484', '127.0.0.1.evil.example', 'localhost.evil.example']) {
      const answer = await send(`${server.url}/api/v1/brakes`, { method: 'POST', headers: { ...json, host }, body: '{}' });
      expect(answer.status, host).toBe(403);
    }
    for (const host of ['localhost:1', '127.0.0.1', '[::1]:8484']) {
      expect((await send(`${server.url}/metrics`, { headers: { host } })).status, host).toBe(200);
    }
  });

  test('what a form in a browser can send changes nothing', async () => {
    await using server = await startServer();
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']) {
      const answer = await send(`${server.url}/api/v1/brakes`, { method: 'POST', headers: { 'content-type': type }, body: '{}' });
      expect(answer.status, type).toBe(415);
    }
  });
});

test('with a token file any address may be listened on', async () => {
  await using folder = await tempDir();
  const file = join(folder.path, 'tokens');
  await writeFile(file, 'token-one');
  await using server = await startServer({}, { host: '0.0.0.0', bearerTokenFile: file });
  const answer = await send(`${server.url.replace('0.0.0.0', '127.0.0.1')}/metrics`, {
    headers: { ...bearer('token-one'), host: 'remediad.example' },
  });
  expect(answer.status).toBe(200);
});
