import { request, type IncomingHttpHeaders } from 'node:http';
import { startHttp, type HttpOptions, type HttpServer } from '../../../src/adapters/http/server.ts';
import type { HttpParts } from '../../../src/adapters/http/parts.ts';
import { createLog } from '../../../src/adapters/telemetry/log.ts';
import { StoreError } from '../../../src/core/store.ts';
import { processClock, recordingLog } from '../../support/log.ts';

const away = () => Promise.reject(new StoreError('unavailable', 'no store in this test'));

/** A server without a store: whatever needs one says that it is away. A test gives the parts that it is about. */
export function startServer(parts: Partial<HttpParts> = {}, options: Partial<HttpOptions> = {}): Promise<HttpServer> {
  const none = new Proxy({}, { get: () => away });
  const all = {
    receive: () => Promise.resolve({ kind: 'accepted', accepted: 0, rejected: 0 }),
    records: none,
    runs: none,
    incidents: none,
    brakes: none,
    sets: none,
    hints: { wake: () => Promise.resolve() },
    metrics: () => Promise.resolve({ contentType: 'text/plain; version=0.0.4; charset=utf-8', text: '' }),
    unhealthy: () => null,
    unready: () => Promise.resolve(null),
    remarks: () => Promise.resolve([]),
    reload: () => Promise.resolve(),
    ruleNames: () => ['archivechain-node-down'],
    status: () => ({ version: '0', clusters: [{ name: 'main' }] }),
    telemetry: { webhookAnswered: () => undefined },
    clock: processClock,
    log: recordingLog(),
    ...parts,
  } as unknown as HttpParts;
  const logger = createLog({ level: 'error', format: 'json', secrets: () => [], write: () => undefined });
  return startHttp({ host: '127.0.0.1', port: 0, bearerTokenFile: null, logger, ...options }, all);
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The body as JSON. */
  json(): unknown;
}

export interface Sent {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** A list is sent chunked. */
  readonly body?: string | Buffer | readonly Buffer[];
}

/** One request on a connection of its own, with any header and any method; the answer counts even when it comes before the body is sent. */
export function send(url: string, { method = 'GET', headers = {}, body }: Sent = {}): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const outgoing = request(url, { method, headers, agent: false }, (incoming) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('error', reject);
    incoming.on('end', () => {
      const text = Buffer.concat(chunks).toString();
      resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, text, json: () => JSON.parse(text) as unknown });
    });
  });
  outgoing.on('error', reject);
  if (typeof body === 'string' || Buffer.isBuffer(body)) outgoing.setHeader('content-length', Buffer.byteLength(body));
  for (const part of [body ?? []].flat()) outgoing.write(part);
  outgoing.end();
  return promise;
}

export const json = { 'content-type': 'application/json' };

/** Posts to the webhook as Alertmanager does. */
export function postWebhook(url: string, body: string | Buffer, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
  return send(`${url}/api/v1/webhooks/alertmanager`, { method: 'POST', headers: { ...json, ...headers }, body });
}
