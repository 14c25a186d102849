import type { Clock } from '../../core/ports.ts';

/** Why a job's signal was aborted. */
type AbortCause = 'lock lost' | 'lock not renewed in time' | 'shut down';

interface HeldJob {
  readonly controller: AbortController;
  renewedAt: number;
}

/**
 * The jobs that this process works on, with their signals. A signal is aborted when BullMQ says that the job's lock is lost, and when
 * nobody said for `lockMs` that it was renewed: a store that hangs says neither.
 */
export class HeldJobs {
  readonly #jobs = new Map<string, HeldJob>();
  readonly #lockMs: number;
  readonly #clock: Clock;

  constructor(lockMs: number, clock: Clock) {
    this.#lockMs = lockMs;
    this.#clock = clock;
  }

  get size(): number {
    return this.#jobs.size;
  }

  async hold<T>(id: string, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const job = { controller: new AbortController(), renewedAt: this.#clock.monotonic() };
    this.#jobs.set(id, job);
    try {
      return await work(job.controller.signal);
    } finally {
      // After a lost lock the same id may be held anew already.
      if (this.#jobs.get(id) === job) this.#jobs.delete(id);
    }
  }

  renewed(ids: readonly string[]): void {
    const now = this.#clock.monotonic();
    for (const id of ids) {
      const job = this.#jobs.get(id);
      if (job !== undefined) job.renewedAt = now;
    }
  }

  abort(ids: Iterable<string>, cause: AbortCause): void {
    for (const id of ids) this.#jobs.get(id)?.controller.abort(new Error(cause));
  }

  abortAll(cause: AbortCause): void {
    this.abort(this.#jobs.keys(), cause);
  }

  /** To be called a few times within `lockMs`. */
  abortExpired(): void {
    const oldest = this.#clock.monotonic() - this.#lockMs;
    for (const { controller, renewedAt } of this.#jobs.values()) {
      if (renewedAt < oldest) controller.abort(new Error('lock not renewed in time' satisfies AbortCause));
    }
  }
}
