import { ClusterError, type Clock, type Cluster } from '../../core/ports.ts';
import { SandboxCluster } from './client.ts';
import { Desk, refusalOf } from './desk.ts';
import { Dropped, type Pace } from './http.ts';
import { readText, type Carrier, type Reply } from './request.ts';
import type { World } from './world/world.ts';

/** Time that passes when somebody says so. */
type MovableClock = Pick<Clock, 'now'> & { moveTo(at: number): void };

export interface SandboxInProcess {
  readonly cluster: Cluster;
  /** What the operator of the sandbox does to it, by the words of docs/sandbox.md: `faults/pod`, `scale`, … Throws one sentence. */
  readonly admin: (path: string, body: unknown) => Promise<void>;
}

/**
 * The sandbox without a process and a socket, on the caller's own clock: the same routes and the same client, and no time passes but by its
 * faults. What is asked under one signal has `callMs` in all, and what hangs takes the rest of it.
 */
export function sandboxInProcess(options: { name: string; world: World; clock: MovableClock; callMs: number }): SandboxInProcess {
  const times = new CallTimes(options.clock, options.callMs);
  const carrier = new DeskCarrier(new Desk(options.world, times), times);
  return {
    cluster: new SandboxCluster(options.name, carrier),
    async admin(path, body) {
      const answer = await carrier.open('POST', `/admin/${path}`, body, new AbortController().signal);
      const text = await readText(answer);
      if (answer.statusCode !== 200) throw new Error((JSON.parse(text) as { message: string }).message);
    },
  };
}

/** A signal ends by the real clock; here it ends `callMs` after it was first met. */
class CallTimes implements Pace {
  readonly #clock: MovableClock;
  readonly #callMs: number;
  readonly #ends = new WeakMap<AbortSignal, number>();

  constructor(clock: MovableClock, callMs: number) {
    this.#clock = clock;
    this.#callMs = callMs;
  }

  now(): number {
    return this.#clock.now();
  }

  endOf(signal: AbortSignal): number {
    const end = this.#ends.get(signal) ?? this.now() + this.#callMs;
    this.#ends.set(signal, end);
    return end;
  }

  isOver(signal: AbortSignal): boolean {
    return signal.aborted || this.now() >= this.endOf(signal);
  }

  async sleep(ms: number, gone: AbortSignal): Promise<void> {
    const until = this.now() + ms;
    if (until >= this.endOf(gone)) await this.hang(gone);
    this.#clock.moveTo(until);
  }

  hang(gone: AbortSignal): Promise<void> {
    this.#clock.moveTo(this.endOf(gone));
    throw this.timeout();
  }

  timeout(): ClusterError {
    return new ClusterError('timeout', `no answer within ${this.#callMs / 1000} s`);
  }
}

class DeskCarrier implements Carrier {
  readonly #desk: Desk;
  readonly #times: CallTimes;

  constructor(desk: Desk, times: CallTimes) {
    this.#desk = desk;
    this.#times = times;
  }

  async open(method: string, path: string, body: unknown, signal: AbortSignal): Promise<Reply> {
    if (this.#times.isOver(signal)) throw this.#times.timeout();
    try {
      const answer = await this.#desk.answer({ method, url: path, body: () => Promise.resolve(body), gone: signal });
      if (answer === 'dropped') throw new Dropped('the connection was lost');
      return 'json' in answer ? reply(200, text(answer.json)) : reply(200, pieces(answer.lines));
    } catch (error) {
      if (error instanceof ClusterError || error instanceof Dropped) throw error;
      const { status, message, reason } = refusalOf(error);
      return reply(status, text({ message, reason }));
    }
  }

  openInTime(method: string, path: string, body: unknown, signal: AbortSignal): Promise<Reply | null> {
    return this.#times.isOver(signal) ? Promise.resolve(null) : this.open(method, path, body, signal);
  }

  close(): void {
    // There is nothing between the caller and the desk.
  }
}

function reply(statusCode: number, body: AsyncIterable<Buffer>): Reply {
  return { statusCode, complete: true, [Symbol.asyncIterator]: () => body[Symbol.asyncIterator]() };
}

async function* text(value: unknown): AsyncGenerator<Buffer> {
  yield Buffer.from(JSON.stringify(value));
}

async function* pieces(lines: AsyncIterable<unknown>): AsyncGenerator<Buffer> {
  for await (const line of lines) yield Buffer.from(`${JSON.stringify(line)}\n`);
}
