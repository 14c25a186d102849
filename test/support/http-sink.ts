import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from './eventually.ts';

export interface SinkRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** ms since the epoch, when the body was complete */
  readonly at: number;
}

/** `hang` takes the request and never answers; `reset` drops the connection after the body was read. */
export type SinkAnswer =
  | { readonly status: number; readonly body?: string; readonly headers?: Readonly<Record<string, string>>; readonly delayMs?: number }
  | 'hang'
  | 'reset';

/** A loopback HTTP server that remembers what it was sent. */
export interface HttpSink extends AsyncDisposable {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  readonly requests: readonly SinkRequest[];
  /** The answer from now on. */
  answer(answer: SinkAnswer | ((request: SinkRequest) => SinkAnswer)): void;
  /** Answers for the next requests, in order; afterwards the standing answer holds again. */
  answerNext(...answers: SinkAnswer[]): void;
  /** Waits until that many requests have come. */
  waitFor(count: number, withinMs?: number): Promise<readonly SinkRequest[]>;
}

export async function startSink(standing: SinkAnswer | ((request: SinkRequest) => SinkAnswer) = { status: 200 }): Promise<HttpSink> {
  const requests: SinkRequest[] = [];
  const next: SinkAnswer[] = [];
  let current = standing;
  const server = createServer((incoming, outgoing) => {
    const answered = take(incoming).then((request) => {
      requests.push(request);
      return give(outgoing, next.shift() ?? (typeof current === 'function' ? current(request) : current));
    });
    // A peer that hangs up in mid-request is one of the things that tests do.
    answered.catch(() => outgoing.destroy());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    answer: (answer) => void (current = answer),
    answerNext: (...answers) => void next.push(...answers),
    waitFor: (count, withinMs = 10_000) =>
      eventually(`${count} requests at the sink (${requests.length} now)`, () => requests.length >= count && requests, { withinMs }),
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

async function take(incoming: IncomingMessage): Promise<SinkRequest> {
  let body = '';
  for await (const chunk of incoming.setEncoding('utf8')) body += String(chunk);
  return { method: incoming.method ?? '', path: incoming.url ?? '', headers: incoming.headers, body, at: Date.now() };
}

async function give(outgoing: ServerResponse, answer: SinkAnswer): Promise<void> {
  if (answer === 'hang') return;
  if (answer === 'reset') return void outgoing.destroy();
  if (answer.delayMs !== undefined) await sleep(answer.delayMs);
  outgoing.writeHead(answer.status, answer.headers).end(answer.body ?? '');
}
