import { Queue, type JobsOptions } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Clock, Hints, Log } from '../../core/ports.ts';
import { quietLog, type QuietLog } from '../../core/quiet.ts';
import type { Hint } from '../../core/store.ts';
import { sweepId, timerId, wakeId, type Wake } from './job-id.ts';

/** The queue of both sides. */
export const ADVANCE = 'advance';

export interface HintsOptions {
  /** One that fails fast. It stays the caller's: close the hints first. */
  readonly client: Redis;
  /** The hash tag with its braces, `{<installation>}`. */
  readonly prefix: string;
  readonly log: Log;
  readonly clock: Clock;
}

export interface QueueHints extends Hints, AsyncDisposable {
  /** What was asked for and could not be added since the start; each costs up to one sweep. */
  readonly lost: number;
  /** Removes the timer of a parked run that woke before its time. One that runs already stays. */
  dropTimer(wake: Wake): Promise<void>;
  close(): Promise<void>;
}

/** Nothing of a job is kept: its id must be free again as soon as it ended, and the store has the record. */
const JOB: JobsOptions = { attempts: 1, removeOnComplete: true, removeOnFail: true };

export function createHints(options: HintsOptions): QueueHints {
  return new BullHints(options);
}

class BullHints implements QueueHints {
  lost = 0;
  readonly #client: Redis;
  readonly #advance: Queue;
  readonly #quiet: QuietLog;

  constructor({ client, prefix, log, clock }: HintsOptions) {
    this.#client = client;
    this.#quiet = quietLog(log, clock);
    this.#advance = this.#queue(prefix);
  }

  wake(hints: readonly Hint[]): Promise<void> {
    return this.#addAll(hints, wakeId);
  }

  sweep(hints: readonly Hint[], bucket: string): Promise<void> {
    return this.#addAll(hints, (hint) => sweepId(hint, bucket));
  }

  later(hint: Hint, delayMs: number): Promise<void> {
    if (delayMs <= 0) return this.wake([hint]);
    const options = () => ({ ...JOB, ...priority(hint), jobId: timerId(hint), delay: Math.ceil(delayMs) });
    return this.#try(1, () => this.#advance.add(ADVANCE, {}, options()));
  }

  dropTimer(wake: Wake): Promise<void> {
    return this.#try(0, () => this.#advance.remove(timerId(wake)));
  }

  async waiting(): Promise<number | null> {
    let count: number | null = null;
    await this.#try(0, async () => {
      count = await this.#advance.getJobCountByTypes('wait', 'prioritized');
    });
    return count;
  }

  async close(): Promise<void> {
    await this.#advance.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #queue(prefix: string): Queue {
    const queue = new Queue(ADVANCE, {
      connection: this.#client,
      prefix,
      // The version check is a command whose failure would be remembered for ever; the start checks know the version.
      skipVersionCheck: true,
      // Nobody reads BullMQ's event stream.
      streams: { events: { maxLen: 100 } },
    });
    queue.on('error', (error) => this.#quiet.warn('queue', { queue: ADVANCE, error: error.message }, 'queue failed'));
    return queue;
  }

  #addAll(hints: readonly Hint[], id: (hint: Hint) => string): Promise<void> {
    const [first, ...more] = hints;
    if (first === undefined) return Promise.resolve();
    const job = (hint: Hint) => ({ ...JOB, ...priority(hint), jobId: id(hint) });
    if (more.length === 0) return this.#try(1, () => this.#advance.add(ADVANCE, {}, job(first)));
    const jobs = () => hints.map((hint) => ({ name: ADVANCE, data: {}, opts: job(hint) }));
    return this.#try(hints.length, () => this.#advance.addBulk(jobs()));
  }

  /** A queue whose connection is away would keep the call until it is back: not even tried then. */
  async #try(hints: number, call: () => Promise<unknown>): Promise<void> {
    try {
      if (this.#client.status !== 'ready') throw new Error(`the connection is ${this.#client.status}`);
      await call();
    } catch (error) {
      this.lost += hints;
      this.#quiet.warn('lost', { error: (error as Error).message, lost: this.lost }, 'wake-ups lost; the sweep makes up for them');
    }
  }
}

/** BullMQ takes no priority before priority 1. */
function priority({ priority: value }: Hint): { priority?: number } {
  return value <= 0 ? {} : { priority: value };
}
