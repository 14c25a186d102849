import { Agent, request as send, type ClientRequest, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { once } from 'node:events';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { ClusterError } from '../../core/ports.ts';

const maxAnswer = 32 * 2 ** 20;

/** An answer on its way: its head, then its body in pieces. */
export interface Reply extends AsyncIterable<Buffer> {
  readonly statusCode?: number | undefined;
  /** The body was read to its end. */
  readonly complete: boolean;
}

/** What brings calls to a sandbox. */
export interface Carrier {
  /** The head of the answer; its body is still to be read. Throws when there is none. */
  open(method: string, path: string, body: unknown, signal: AbortSignal): Promise<Reply>;
  /** The same for a call that changes the world: null when the signal's time was up before anything was sent. */
  openInTime(method: string, path: string, body: unknown, signal: AbortSignal): Promise<Reply | null>;
  close(): void;
}

/** HTTP over one unix socket, connections kept. Every call ends by its signal. */
export class SocketClient implements Carrier {
  readonly #agent: Agent;
  readonly #socketPath: string;

  constructor(socketPath: string) {
    this.#socketPath = socketPath;
    this.#agent = new Agent({ keepAlive: true, maxSockets: 64, timeout: 50_000 });
  }

  async open(method: string, path: string, body: unknown, signal: AbortSignal): Promise<IncomingMessage> {
    const { call, text } = this.#request(method, path, body, signal);
    call.end(text);
    return answerOf(call);
  }

  async openInTime(method: string, path: string, body: unknown, signal: AbortSignal): Promise<IncomingMessage | null> {
    const { call, text } = this.#request(method, path, body, signal);
    // Ours from here on: whatever breaks it later breaks what is awaited then.
    call.on('error', () => undefined);
    try {
      await connected(call);
      await overdueTimersFired();
      signal.throwIfAborted();
    } catch (error) {
      call.destroy();
      if (signal.aborted) return null;
      throw error;
    }
    call.end(text);
    return answerOf(call);
  }

  #request(method: string, path: string, body: unknown, signal: AbortSignal): { call: ClientRequest; text: string | undefined } {
    signal.throwIfAborted();
    const text = body === undefined ? undefined : JSON.stringify(body);
    const headers = text === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
    return { call: send({ socketPath: this.#socketPath, agent: this.#agent, method, path, headers, signal }), text };
  }

  close(): void {
    this.#agent.destroy();
  }
}

/** Rejects too when the call broke before anybody waited: it does not tell again. */
async function answerOf(call: ClientRequest): Promise<IncomingMessage> {
  const first = Promise.withResolvers<IncomingMessage>();
  const lost = () => first.reject(new Error('the connection was lost'));
  call.once('response', first.resolve).once('error', first.reject).once('close', lost);
  if (call.destroyed) lost();
  const answer = await first.promise;
  // Errors after the head come through reading; without a listener an abort in between would be uncaught.
  call.on('error', () => undefined);
  answer.on('error', () => undefined);
  return answer;
}

async function connected(call: ClientRequest): Promise<void> {
  const [socket] = (await once(call, 'socket')) as [Socket];
  if (socket.connecting) await once(socket, 'connect');
}

/**
 * To be awaited right before the bytes of a call that changes the world. A process that stood still goes on in the middle of what it did, and
 * its signal does not know yet that the time is up. The first pause makes it read the clock, the second lets every timer fire that is due by it.
 */
async function overdueTimersFired(): Promise<void> {
  await sleep(1);
  await nextTurn();
}

export function withQuery(path: string, query: Readonly<Record<string, string>>): string {
  return `${path}?${new URLSearchParams(query).toString()}`;
}

export async function readText(answer: Reply): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer) {
    size += chunk.length;
    if (size > maxAnswer) throw new ClusterError('invalid', 'the answer is too large');
    chunks.push(chunk);
  }
  if (!answer.complete) throw new ClusterError('unreachable', 'the connection was lost in the middle of the answer');
  return Buffer.concat(chunks).toString();
}

/** Whatever went wrong on the way, as the port's error. */
export function asClusterError(error: unknown, signal: AbortSignal): ClusterError {
  if (error instanceof ClusterError) return error;
  if (signal.aborted) return new ClusterError('timeout', 'no answer in time');
  return new ClusterError('unreachable', `the cluster does not answer: ${(error as Error).message}`);
}
