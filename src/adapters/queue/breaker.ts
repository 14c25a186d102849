import type { Clock } from '../../core/ports.ts';

/** What a breaker needs of a BullMQ worker. */
interface Pausable {
  pause(doNotWaitActive: true): Promise<void>;
  resume(): Promise<void>;
}

/** The store answers, and refuses: full, not writable, a replica, too few replicas, or this user may not. */
const REFUSED = /^(?:ERR .*)?\b(?:OOM|MISCONF|READONLY|NOREPLICAS|MASTERDOWN|CLUSTERDOWN|NOPERM|NOAUTH|BUSY)\b/;
/** So many errors in one second of any kind mean a loop without a pause. */
const SPIN = 20;

/**
 * Stops a worker from asking a store that refuses: BullMQ asks again at once, ten thousand times a second. It is resumed after
 * `pauseMs`, and the next refusal stops it again. Running jobs go on.
 */
export class Breaker {
  readonly #worker: Pausable;
  readonly #pauseMs: number;
  readonly #clock: Clock;
  #timer: NodeJS.Timeout | null = null;
  #recent: number[] = [];

  constructor(worker: Pausable, pauseMs: number, clock: Clock) {
    this.#worker = worker;
    this.#pauseMs = pauseMs;
    this.#clock = clock;
  }

  get open(): boolean {
    return this.#timer !== null;
  }

  /** Tells of an error of the worker; true = it was stopped because of it. */
  failed(error: Error): boolean {
    if (this.#timer !== null || !(REFUSED.test(error.message) || this.#spins())) return false;
    void this.#worker.pause(true);
    this.#timer = setTimeout(() => {
      this.#timer = null;
      void this.#worker.resume();
    }, this.#pauseMs);
    return true;
  }

  /** Resumes no more: the worker is being closed. */
  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #spins(): boolean {
    const now = this.#clock.monotonic();
    this.#recent = [...this.#recent.filter((at) => now - at < 1_000), now];
    if (this.#recent.length < SPIN) return false;
    this.#recent = [];
    return true;
  }
}
