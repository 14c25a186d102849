import type { Members } from './edition.ts';

/**
 * How many members a limit means in a workload of a given size. Percentages round towards caution: what may be missing rounds down, what
 * must be there rounds up.
 */

/** Members that may be unavailable at once. */
export function maxUnavailable(limit: Members, desired: number): number {
  return 'count' in limit ? limit.count : Math.floor((limit.percent * desired) / 100);
}

/** Members that must be healthy. */
export function minHealthy(limit: Members, desired: number): number {
  return 'count' in limit ? limit.count : Math.ceil((limit.percent * desired) / 100);
}

/** The smallest number of members that no two disjoint groups can both have. */
export function majority(desired: number): number {
  return Math.floor(desired / 2) + 1;
}
