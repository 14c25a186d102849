import type { Budget } from './edition.ts';
import { NO_MAX_IN_FLIGHT, type MaxInFlight } from './in-flight.ts';
import type { StormPolicy } from './storm.ts';

/** What bounds all rules of an installation together. It is pinned to no run: a reload counts at once. */
export interface SharedLimits {
  /** Charged with every effect, besides the budgets of its rule. */
  readonly budget: Budget;
  readonly maxInFlight: MaxInFlight;
  /** null = switched off. */
  readonly storm: StormPolicy | null;
}

/** A budget there always is: this one nobody spends. */
export const NO_SHARED_LIMITS: SharedLimits = {
  budget: { max: 1_000_000, perMs: 600_000, scope: 'installation' },
  maxInFlight: NO_MAX_IN_FLIGHT,
  storm: null,
};
