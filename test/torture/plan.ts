import { defaultTiming, type Timing } from '../../src/core/timing.ts';

/** What the torture does; printed with its result, read from nowhere else. */
export const TORTURE = {
  seed: 20_260_101,
  runs: 300,
  effects: 3,
  /** Every so manieth run asks a human before each effect. */
  approvalEvery: 10,
  kills: 30,
  stops: 6,
  redisKills: 3,
  /** A worker is stopped for so many leases. */
  stoppedLeases: 2,
  acceptMs: 20_000,
  drainMs: 90_000,
} as const;

/** Where a zombie stops: between GO and its reply, inside the call before it is sent, and before its result is recorded. */
export const STOP_POINTS = ['begin.after', 'perform.inside', 'finish.before'] as const;

/** The lease is 1.5 s; everything else is in proportion. */
export const tortureTiming: Timing = {
  ...defaultTiming,
  leaseMs: 1_500,
  performMs: 600,
  startMarginMs: 150,
  abortMarginMs: 50,
  leaseMarginMs: 300,
  lookUpDelayMs: 100,
  sweepEveryMs: 250,
  sweepPushMs: 1_500,
  jobMs: 1_000,
  readMs: 600,
  holdPollMs: 500,
  verifyPollMs: 250,
  backoffMs: 50,
  backoffMaxMs: 500,
  breakerMs: 200,
  approvalMs: 600_000,
};

/** Both defences against a zombie off: it trusts a GO however old, and the server deletes whatever bears the name. */
export const mutantTiming: Timing = { ...tortureTiming, startMarginMs: Number.NEGATIVE_INFINITY, abortMarginMs: -60_000 };

/** The same numbers for the same seed. */
export function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
