import { createHash } from 'node:crypto';
import { setTimeout as after } from 'node:timers/promises';
import type { Clock, Digest } from '../../core/ports.ts';
import type { Timing } from '../../core/timing.ts';

/** The clocks of this process. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
};

export const sha256: Digest = (text) => createHash('sha256').update(text).digest('hex');

export const sleep = async (ms: number): Promise<void> => {
  await after(ms);
};

/**
 * Watches the wall clock against the monotonic one. After a jump beyond `maxClockDriftMs` neither is trusted with deadlines for one lease:
 * whoever asks within it is told so.
 */
export function watchDrift(clock: Clock, timing: Pick<Timing, 'maxClockDriftMs' | 'leaseMs'>): { exceeded(): boolean } {
  let offset = clock.now() - clock.monotonic();
  let distrustedUntil = Number.NEGATIVE_INFINITY;
  return {
    exceeded() {
      const monotonic = clock.monotonic();
      const present = clock.now() - monotonic;
      if (Math.abs(present - offset) > timing.maxClockDriftMs) {
        distrustedUntil = monotonic + timing.leaseMs;
        offset = present;
      }
      return monotonic < distrustedUntil;
    },
  };
}
