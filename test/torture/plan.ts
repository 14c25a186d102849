import type { FailPoint } from '../../src/core/fail-point.ts';
import { defaultTiming, type Timing } from '../../src/core/timing.ts';

/** How much is done to the workers, spread evenly over the runs. */
export interface Torment {
  /** Runs accepted. More are, one after the other, while the rest is not done yet. */
  readonly runs: number;
  readonly kills: number;
  /** Where a zombie stops itself, in turn, and how often each. */
  readonly stopPoints: readonly FailPoint[];
  readonly stopsEach: number;
  readonly redisKills: number;
  /** Calls that the fleet carries out about when they are looked up, long after their callers gave up. */
  readonly lateCalls: number;
}

/** What the torture does; printed with its result, read from nowhere else. */
export const TORTURE = {
  seed: 20_260_101,
  runs: 300,
  kills: 30,
  /** Between GO and its reply, inside the call before it is sent, and before its result is recorded. */
  stopPoints: ['begin.after', 'perform.inside', 'finish.before'],
  stopsEach: 2,
  redisKills: 3,
  lateCalls: 25,
  /** Of each run. */
  effects: 3,
  /** Every so manieth run asks a human before each effect. */
  approvalEvery: 10,
  /** A worker is stopped for so many leases. */
  stoppedLeases: 2,
  /** Workers that are killed again and again, and workers that are stopped and continued. */
  victims: 3,
  zombies: 2,
  /** So many live at a time: the next one is accepted when another ended. */
  liveRuns: 40,
  /** Runs there can be at most, and the time that they get to end. */
  workloads: 600,
  drainMs: 90_000,
} as const satisfies Torment & Record<string, unknown>;

/** For workers without their defences: each of them stops where they would save it. */
export const MUTANT = {
  runs: 40,
  kills: 3,
  stopPoints: ['perform.inside'],
  stopsEach: 2,
  redisKills: 0,
  lateCalls: 0,
} as const satisfies Torment;

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
  timerMs: 2_000,
  jobMs: 1_000,
  readMs: 600,
  holdPollMs: 500,
  verifyPollMs: 250,
  backoffMs: 50,
  backoffMaxMs: 500,
  breakerMs: 200,
  approvalMs: 600_000,
};

/** A zombie's own clock check, off: it trusts a GO however old. Finite, for the store's scripts know no other numbers. */
export const NO_CLOCK: Partial<Timing> = { startMarginMs: -1e9, abortMarginMs: -1e6 };

/** The same numbers for the same seed. */
export function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
