import { NO_MAX_IN_FLIGHT, type MaxInFlight } from './in-flight.ts';
import type { StormPolicy } from './storm.ts';

/** What bounds all rules of an installation together. It is pinned to no run: a reload counts at once. */
export interface SharedLimits {
  readonly maxInFlight: MaxInFlight;
  /** null = switched off. */
  readonly storm: StormPolicy | null;
}

export const NO_SHARED_LIMITS: SharedLimits = { maxInFlight: NO_MAX_IN_FLIGHT, storm: null };
