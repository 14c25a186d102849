import { NO_MAX_IN_FLIGHT, type MaxInFlight } from './in-flight.ts';

/** What bounds all rules of an installation together. It is pinned to no run: a reload counts at once. */
export interface SharedLimits {
  readonly maxInFlight: MaxInFlight;
}

export const NO_SHARED_LIMITS: SharedLimits = { maxInFlight: NO_MAX_IN_FLIGHT };
