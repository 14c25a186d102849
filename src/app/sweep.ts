import type { Clock, Hints, Log } from '../core/ports.ts';
import { quietLog, type QuietLog } from '../core/quiet.ts';
import type { RunStore } from '../core/store.ts';
import type { Timing } from '../core/timing.ts';

export interface SweepOptions {
  readonly store: Pick<RunStore, 'sweep'>;
  readonly hints: Pick<Hints, 'sweep' | 'waiting'>;
  readonly timing: Pick<Timing, 'sweepEveryMs'>;
  readonly clock: Clock;
  readonly log: Log;
}

export interface Sweeper extends AsyncDisposable {
  /** Monotonic ms of the last tick that ended, well or not; of the start before the first. Too old = this process hangs. */
  readonly lastTickAt: number;
  /** How many overdue runs were given to workers since the start. */
  readonly swept: number;
  /** Resolves when the running tick has ended. */
  stop(): Promise<void>;
}

const BATCH = 100;
/** With so many wake-ups waiting for a worker, more would only tell them of the same runs again. */
const BACKLOG = 5_000;

/**
 * Makes up for every wake-up that was lost: finds the runs that are due and gives them to the workers. Each replica has one; the store
 * pushes a swept run on, so that they do not all take the same.
 */
export function startSweep(options: SweepOptions): Sweeper {
  return new TimedSweeper(options);
}

class TimedSweeper implements Sweeper {
  lastTickAt: number;
  swept = 0;
  readonly #options: SweepOptions;
  readonly #quiet: QuietLog;
  #timer: NodeJS.Timeout | null = null;
  #tick: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(options: SweepOptions) {
    this.#options = options;
    this.#quiet = quietLog(options.log, options.clock);
    this.lastTickAt = options.clock.monotonic();
    this.#next();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#tick;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #next(): void {
    if (this.#stopped) return;
    this.#timer = setTimeout(() => {
      this.#tick = this.#run();
    }, this.#options.timing.sweepEveryMs);
  }

  async #run(): Promise<void> {
    try {
      await this.#sweep();
    } catch (error) {
      this.#quiet.warn('sweep', { error: (error as Error).message }, 'sweep failed');
    }
    this.lastTickAt = this.#options.clock.monotonic();
    this.#next();
  }

  async #sweep(): Promise<void> {
    const { store, hints, clock } = this.#options;
    const bucket = Math.floor(clock.now() / this.#options.timing.sweepEveryMs).toString(36);
    let found = BATCH;
    while (found === BATCH && !this.#stopped) {
      if (((await hints.waiting()) ?? 0) >= BACKLOG) {
        this.#quiet.warn('backlog', { waiting: BACKLOG }, 'too many wake-ups wait for workers; not sweeping');
        return;
      }
      const due = await store.sweep(BATCH);
      found = due.length;
      this.swept += found;
      await hints.sweep(due, bucket);
    }
  }
}
