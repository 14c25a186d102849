/**
 * Bounds how often a cluster is asked: `burst` calls at once, then `qps` a second. Callers wait in the order in which they came. Times are
 * monotonic, in ms.
 */
export class TokenBucket {
  readonly #qps: number;
  readonly #burst: number;
  #tokens: number;
  #at: number;

  constructor(limit: { qps: number; burst: number }, now: number) {
    this.#qps = limit.qps;
    this.#burst = limit.burst;
    this.#tokens = limit.burst;
    this.#at = now;
  }

  /** Takes a token, one that is yet to come if need be: the call may leave after so many ms. */
  take(now: number): number {
    const earned = (Math.max(0, now - this.#at) / 1000) * this.#qps;
    this.#tokens = Math.min(this.#burst, this.#tokens + earned) - 1;
    this.#at = Math.max(this.#at, now);
    return this.#tokens >= 0 ? 0 : Math.ceil((-this.#tokens / this.#qps) * 1000);
  }

  /** A call that was given up before it left hands its token back. */
  giveBack(): void {
    this.#tokens = Math.min(this.#burst, this.#tokens + 1);
  }
}
