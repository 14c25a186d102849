import { Agent, request as send, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { ClusterError } from '../../core/ports.ts';

const maxAnswer = 32 * 2 ** 20;

/** HTTP over one unix socket, connections kept. Every call ends by its signal. */
export class SocketClient {
  readonly #agent: Agent;
  readonly #socketPath: string;

  constructor(socketPath: string) {
    this.#socketPath = socketPath;
    this.#agent = new Agent({ keepAlive: true, maxSockets: 64, timeout: 50_000 });
  }

  /** The head of the answer; its body is still to be read. Throws what `node:http` throws. */
  async open(method: string, path: string, body: unknown, signal: AbortSignal): Promise<IncomingMessage> {
    signal.throwIfAborted();
    const text = body === undefined ? null : JSON.stringify(body);
    const headers = text === null ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
    const call = send({ socketPath: this.#socketPath, agent: this.#agent, method, path, headers, signal });
    call.end(text ?? undefined);
    const [answer] = (await once(call, 'response')) as [IncomingMessage];
    // Errors after the head come through reading; without a listener an abort in between would be uncaught.
    call.on('error', () => undefined);
    answer.on('error', () => undefined);
    return answer;
  }

  close(): void {
    this.#agent.destroy();
  }
}

/**
 * To be awaited right before a call that changes the world. A process that stood still goes on in the middle of what it did, and its signal
 * does not know yet that the time is up. The first pause makes it read the clock, the second lets every timer fire that is due by it.
 */
export async function overdueTimersFired(): Promise<void> {
  await sleep(1);
  await nextTurn();
}

export function withQuery(path: string, query: Readonly<Record<string, string>>): string {
  return `${path}?${new URLSearchParams(query).toString()}`;
}

export async function readText(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
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
