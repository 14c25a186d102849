import type { ClientRequest, IncomingMessage } from 'node:http';
import { WebSocket, type ClientOptions, type RawData } from 'ws';
import { ClusterError, type ExecResult } from '../../core/ports.ts';
import { readError } from './answers.ts';
import type { Api } from './api.ts';
import { Bounded } from './bounded.ts';
import type { Call } from './call.ts';
import { EXEC_PROTOCOLS, readFrame } from './exec-frames.ts';
import { connected, overdueTimersFired, readAnswer } from './sending.ts';

/** Servers send pieces of 32 KiB. */
const MAX_FRAME_BYTES = 4 * 2 ** 20;
const MAX_ERROR_BYTES = 64 * 1024;

export interface Command {
  readonly call: Call;
  /** Of each of standard output and standard error. */
  readonly limitBytes: number;
  /** Awaited when the connection stands, right before the command is sent; what it throws is thrown, and nothing is sent. */
  readonly beforeSending: () => Promise<void>;
}

/**
 * Runs a command and reads its output until its exit code comes; what is beyond the limit is read and thrown away. Throws `ClusterError` for
 * every other end: a dropped connection, an answer that cannot be read, the signal. The command itself is not ended by that.
 */
export async function runCommand(api: Api, command: Command, signal: AbortSignal): Promise<ExecResult> {
  const { call } = command;
  try {
    signal.throwIfAborted();
    const { url, headers, commandAgent: agent } = await api.access(call, signal);
    url.protocol = 'wss:';
    return await new Session(command, signal).run(url, { headers, agent });
  } catch (error) {
    throw api.errorOf(call, error, signal);
  }
}

class Session {
  readonly #command: Command;
  readonly #signal: AbortSignal;
  readonly #stdout: Bounded;
  readonly #stderr: Bounded;

  constructor(command: Command, signal: AbortSignal) {
    this.#command = command;
    this.#signal = signal;
    this.#stdout = new Bounded(command.limitBytes);
    this.#stderr = new Bounded(command.limitBytes);
  }

  async run(url: URL, access: Pick<ClientOptions, 'headers' | 'agent'>): Promise<ExecResult> {
    const over = new AbortController();
    const ended = Promise.withResolvers<number>();
    const fail = (error: unknown) => ended.reject(error);
    const socket = new WebSocket(url, [...EXEC_PROTOCOLS], {
      ...access,
      perMessageDeflate: false,
      followRedirects: false,
      maxPayload: MAX_FRAME_BYTES,
      finishRequest: (request) => void this.#send(request).catch(fail),
    });
    // Stays on it to the end: an error without a listener would end the process.
    socket.on('error', fail);
    socket.on('unexpected-response', (_request: ClientRequest, answer: IncomingMessage) => void this.#refused(answer).catch(fail));
    socket.on('message', (data: RawData) => this.#take(data, ended));
    socket.on('close', () => fail(new ClusterError('unreachable', 'the connection was lost before the command told its exit code')));
    this.#signal.addEventListener('abort', () => fail(this.#signal.reason), { signal: over.signal });
    if (this.#signal.aborted) fail(this.#signal.reason);
    try {
      const exitCode = await ended.promise;
      const [stdout, stderr] = [this.#stdout, this.#stderr];
      return { exitCode, stdout: stdout.text, stderr: stderr.text, truncated: stdout.cut || stderr.cut };
    } finally {
      over.abort();
      socket.terminate();
    }
  }

  async #send(request: ClientRequest): Promise<void> {
    await connected(request);
    await this.#command.beforeSending();
    await overdueTimersFired();
    this.#signal.throwIfAborted();
    request.end();
  }

  /** The handshake was answered with something else. */
  async #refused(answer: IncomingMessage): Promise<never> {
    throw readError(this.#command.call, await readAnswer(answer, MAX_ERROR_BYTES, true));
  }

  #take(data: RawData, ended: PromiseWithResolvers<number>): void {
    try {
      const frame = readFrame(bufferOf(data));
      if (frame?.kind === 'stdout') this.#stdout.add(frame.chunk);
      else if (frame?.kind === 'stderr') this.#stderr.add(frame.chunk);
      else if (frame?.kind === 'exit') ended.resolve(frame.code);
    } catch (error) {
      ended.reject(error);
    }
  }
}

function bufferOf(data: RawData): Buffer {
  if (Array.isArray(data)) return Buffer.concat(data);
  return Buffer.isBuffer(data) ? data : Buffer.from(data);
}
