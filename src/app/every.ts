import type { Clock, Log } from '../core/ports.ts';
import { quietLog } from '../core/quiet.ts';

export interface Ticking extends AsyncDisposable {
  /** Monotonic ms of the last tick that ended, well or not; of the start before the first. Too old = it hangs. */
  readonly lastTickAt: number;
  /** Aborts the running tick's signal and resolves when it has ended. */
  stop(): Promise<void>;
}

export interface EveryOptions {
  /** Stands in the log when a tick fails. */
  readonly name: string;
  readonly everyMs: number;
  /** The first tick comes at once, not after `everyMs`. */
  readonly atOnce?: boolean;
  readonly clock: Clock;
  readonly log: Log;
}

/** Runs `tick` again and again, each time `everyMs` after the last one ended. A tick that throws is logged, and the next one comes all the same. */
export function startEvery(options: EveryOptions, tick: (signal: AbortSignal) => Promise<void>): Ticking {
  const { name, everyMs, clock, log } = options;
  const quiet = quietLog(log, clock);
  const stopping = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  let lastTickAt = clock.monotonic();

  const run = async (): Promise<void> => {
    try {
      await tick(stopping.signal);
    } catch (error) {
      quiet.warn(name, { error: (error as Error).message }, `${name} failed`);
    }
    lastTickAt = clock.monotonic();
    next();
  };
  const next = (afterMs = everyMs): void => {
    if (stopping.signal.aborted) return;
    timer = setTimeout(() => {
      running = run();
    }, afterMs);
  };
  const stop = async (): Promise<void> => {
    stopping.abort();
    clearTimeout(timer);
    await running;
  };

  next(options.atOnce === true ? 0 : everyMs);
  return {
    get lastTickAt() {
      return lastTickAt;
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
