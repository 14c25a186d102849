/**
 * Too many targets of one cluster that begin to fire at once: the cause lies elsewhere, and what helps one target may hurt all.
 * It begins when `enter` targets began to fire within `withinMs`, and is over when for `cooldownMs` at most `leave` did.
 */
export interface StormPolicy {
  readonly enter: number;
  /** Less than `enter`. */
  readonly leave: number;
  readonly withinMs: number;
  readonly cooldownMs: number;
}

/** A storm that goes on, as the store keeps it. */
export interface Storm {
  readonly cluster: string;
  readonly since: number;
  /** When it will be over unless more targets begin to fire. */
  readonly until: number;
  /** The most that began to fire within the time so far. */
  readonly targets: number;
}
