import type { Clock, Hints, Log } from '../core/ports.ts';
import { quietLog } from '../core/quiet.ts';
import type { RunStore } from '../core/store.ts';
import type { Timing } from '../core/timing.ts';
import { startEvery, type Ticking } from './every.ts';

export interface SweepOptions {
  readonly store: Pick<RunStore, 'sweep'>;
  readonly hints: Pick<Hints, 'sweep' | 'waiting'>;
  readonly timing: Pick<Timing, 'sweepEveryMs'>;
  readonly clock: Clock;
  readonly log: Log;
}

export interface Sweeper extends Ticking {
  /** How many overdue runs were given to workers since the start. */
  readonly swept: number;
}

const BATCH = 100;
/** With so many wake-ups waiting for a worker, more would only tell them of the same runs again. */
const BACKLOG = 5_000;

/**
 * Makes up for every wake-up that was lost: finds the runs that are due and gives them to the workers. Each replica has one; the store
 * pushes a swept run on, so that they do not all take the same.
 */
export function startSweep({ store, hints, timing, clock, log }: SweepOptions): Sweeper {
  const quiet = quietLog(log, clock);
  let swept = 0;
  const isBacklogged = async (): Promise<boolean> => {
    const waiting = (await hints.waiting()) ?? 0;
    if (waiting < BACKLOG) return false;
    quiet.warn('backlog', { waiting }, 'too many wake-ups wait for workers; not sweeping');
    return true;
  };
  const ticking = startEvery({ name: 'sweep', everyMs: timing.sweepEveryMs, clock, log }, async (signal) => {
    const bucket = Math.floor(clock.now() / timing.sweepEveryMs).toString(36);
    let found = BATCH;
    while (found === BATCH && !signal.aborted && !(await isBacklogged())) {
      const due = await store.sweep(BATCH);
      found = due.length;
      swept += found;
      await hints.sweep(due, bucket);
    }
  });
  return {
    get lastTickAt() {
      return ticking.lastTickAt;
    },
    get swept() {
      return swept;
    },
    stop: () => ticking.stop(),
    [Symbol.asyncDispose]: () => ticking.stop(),
  };
}
