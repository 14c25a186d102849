import { Redis } from 'ioredis';
import type { Clock, Log } from '../../core/ports.ts';
import { quietLog, type QuietLog } from '../../core/quiet.ts';
import type { Timing } from '../../core/timing.ts';
import type { ClientOptions } from './client-options.ts';
import { profileOptions, type Profile } from './profiles.ts';
import { describeTarget, targetOptions, type RedisTarget } from './target.ts';

export interface ConnectionsOptions {
  readonly target: RedisTarget;
  readonly timing: Timing;
  readonly log: Log;
  readonly clock: Clock;
}

/** All clients of one daemon. Each reconnects by itself for ever and tells its errors to the log, at most one per 10 s. */
export interface Connections extends AsyncDisposable {
  /** Where, without credentials. */
  readonly where: string;
  /** For `accept` and hints: fails within three quarters of the webhook's deadline. */
  readonly intake: Redis;
  /** For all other scripts and reads: fails within the webhook's deadline. */
  readonly scripts: Redis;
  /** A new client for BullMQ's workers, which may share it. */
  worker(): Redis;
  /** A new client for one blocking reader. */
  blocking(): Redis;
  /** Rejects with one sentence when the store does not answer in time. */
  ready(withinMs: number): Promise<void>;
  close(): void;
}

/** Connects at once, waits for nothing. Throws only when the target cannot be read. */
export function openConnections(options: ConnectionsOptions): Connections {
  return new OpenConnections(options);
}

class OpenConnections implements Connections {
  readonly where: string;
  readonly intake: Redis;
  readonly scripts: Redis;
  readonly #options: ConnectionsOptions;
  readonly #quiet: QuietLog;
  readonly #clients: Redis[] = [];
  #lastError = 'no connection yet';
  /** Since when (ms) it has not been connected; null = it is. */
  #downSince: number | null;

  constructor(options: ConnectionsOptions) {
    this.#options = options;
    this.#quiet = quietLog(options.log, options.clock);
    this.where = describeTarget(options.target);
    this.#downSince = options.clock.now();
    this.intake = this.#open('intake');
    this.scripts = this.#open('scripts');
    this.scripts.on('close', () => (this.#downSince ??= this.#options.clock.now()));
    this.scripts.on('ready', () => this.#backAgain());
  }

  worker(): Redis {
    return this.#open('worker');
  }

  blocking(): Redis {
    return this.#open('blocking');
  }

  async ready(withinMs: number): Promise<void> {
    const end = this.#options.clock.monotonic() + withinMs;
    while (this.intake.status !== 'ready' || this.scripts.status !== 'ready') {
      if (this.#options.clock.monotonic() >= end) {
        throw new Error(`the store at ${this.where} does not answer (${this.#lastError}): start it, or correct redis.url`);
      }
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  close(): void {
    // `quit` would wait for a store that may hang; whoever writes has been stopped before.
    for (const client of this.#clients) client.disconnect();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
  }

  #open(profile: Profile): Redis {
    const { target, timing } = this.#options;
    const options: ClientOptions = { ...targetOptions(target), ...profileOptions(profile, timing), connectionName: `remediad-${profile}` };
    const client = new Redis(options);
    client.on('error', (error: Error) => {
      this.#lastError = describeError(error);
      this.#quiet.warn(profile, { client: profile, store: this.where, error: this.#lastError }, 'store connection failed');
    });
    this.#clients.push(client);
    return client;
  }

  #backAgain(): void {
    const since = this.#downSince;
    this.#downSince = null;
    const awayMs = since === null ? 0 : this.#options.clock.now() - since;
    this.#options.log.info({ store: this.where, awayMs }, 'store connected');
  }
}

/** Several addresses that all refuse make an AggregateError without a message. */
function describeError(error: Error): string {
  if (error.message !== '') return error.message;
  return error instanceof AggregateError
    ? error.errors.map((one) => (one instanceof Error ? one.message : String(one))).join('; ')
    : error.name;
}
