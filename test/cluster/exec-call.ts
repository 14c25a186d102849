import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';

/** Channels of the protocol `v5.channel.k8s.io`: the first byte of each frame. */
const CHANNELS = { stdout: 1, stderr: 2, status: 3 } as const;

/** Runs a command in a container. Its exit code; null = it ended the connection in its own way, and no status follows. */
export type Command = (call: ExecCall) => Promise<number | null>;

/** One command that somebody runs in a container, as the node sees it. */
export class ExecCall {
  readonly pod: string;
  readonly container: string;
  readonly command: readonly string[];
  /** Fires when the caller has left. */
  readonly left: AbortSignal;
  readonly #socket: WebSocket;
  readonly #connection: Duplex;

  /** `connection` is what the socket speaks over; `url` what was asked for. */
  constructor(socket: WebSocket, connection: Duplex, { pathname, searchParams }: URL) {
    const [, , , pod = '', container = ''] = pathname.split('/');
    this.pod = pod;
    this.container = container;
    this.command = searchParams.getAll('command');
    this.#socket = socket;
    this.#connection = connection;
    const leaving = new AbortController();
    this.left = leaving.signal;
    socket.once('close', () => leaving.abort());
    socket.on('error', () => leaving.abort());
  }

  /** Returns when there is room for more; quietly, when the caller has left. */
  async print(text: string, stream: 'stdout' | 'stderr' = 'stdout'): Promise<void> {
    await this.frame(CHANNELS[stream], text);
  }

  /** Sends a frame, sensible or not. */
  frame(channel: number, payload: string): Promise<void> {
    return this.message(Buffer.concat([Buffer.of(channel), Buffer.from(payload)]));
  }

  /** Sends a message of the WebSocket, which need not be a frame. */
  async message(data: Buffer | string): Promise<void> {
    const sent = Promise.withResolvers<void>();
    this.#socket.send(data, () => sent.resolve());
    await sent.promise;
    // A socket that is closed says so at once: without a pause, whoever prints on and on would never see it.
    await nextTurn();
  }

  /** Writes bytes past the WebSocket. */
  bytes(data: Buffer): void {
    this.#connection.write(data);
  }

  /** Cuts the connection. */
  drop(): void {
    this.#socket.terminate();
  }

  /** Ends the connection in order. */
  close(): void {
    this.#socket.close(1000);
  }

  async end(status: object): Promise<void> {
    await this.frame(CHANNELS.status, JSON.stringify({ metadata: {}, ...status }));
    this.close();
  }
}

/** Runs the command and tells how it ended, in the words of the kubelet. */
export async function runCommand(call: ExecCall, command: Command): Promise<void> {
  try {
    const code = await command(call);
    if (code === 0) await call.end({ status: 'Success' });
    else if (code !== null) await call.end(exited(code));
  } catch (error) {
    await call.end({ status: 'Failure', reason: 'InternalError', code: 500, message: (error as Error).message });
  }
}

const exited = (code: number) => ({
  status: 'Failure',
  reason: 'NonZeroExitCode',
  message: `command terminated with non-zero exit code: exit code ${code}`,
  details: { causes: [{ reason: 'ExitCode', message: `${code}` }] },
});

/** What a container does that has no such program. */
export const notFound: Command = ({ command }) =>
  Promise.reject(new Error(`OCI runtime exec failed: exec: "${command[0]}": executable file not found in $PATH`));

export interface Script {
  readonly stdout?: string;
  readonly stderr?: string;
  /** How often `stdout` is printed; default 1. */
  readonly repeat?: number;
  readonly exit?: number;
  /** `drop` cuts the connection, `silent` ends it in order, both without a status. */
  readonly end?: 'exit' | 'hang' | 'drop' | 'silent';
}

/** A command that prints this and ends so. */
export function scripted({ stdout = '', stderr = '', repeat = 1, exit = 0, end = 'exit' }: Script): Command {
  return async (call) => {
    if (stderr !== '') await call.print(stderr, 'stderr');
    for (let n = 0; n < repeat && !call.left.aborted; n++) await call.print(stdout);
    if (end === 'exit') return exit;
    if (end === 'hang') await sleep(600_000, undefined, { signal: call.left }).catch(() => undefined);
    else if (end === 'drop') call.drop();
    else call.close();
    return null;
  };
}
