import type { Clock } from '../../core/ports.ts';

/** Time that stands still until it is told to pass, the wall clock and the monotonic one alike. */
export class VirtualClock implements Clock {
  readonly #start: number;
  #now: number;

  /** ms since the epoch */
  constructor(start: number) {
    this.#start = start;
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#now - this.#start;
  }

  /** Never back: a time that has passed changes nothing. */
  moveTo(at: number): void {
    this.#now = Math.max(this.#now, at);
  }
}
