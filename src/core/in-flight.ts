import type { Run } from './run.ts';

/** How many runs may act at once, from their first `begin` to their end; null = any number. */
export interface MaxInFlight {
  readonly installation: number | null;
  /** In each cluster. */
  readonly cluster: number | null;
}

export const NO_MAX_IN_FLIGHT: MaxInFlight = { installation: null, cluster: null };

/** One limit that a run acts under. `key`: the name of its queue, `in-flight:<scope>`. */
export interface Place {
  readonly key: string;
  readonly max: number | null;
}

/** Every limit that this run counts for, widest first, whether it has a maximum or not: one that gets a maximum later counts right at once. */
export function placesOf(
  { rule, target }: Pick<Run, 'rule' | 'target'>,
  { installation, cluster }: MaxInFlight,
  ofRule: number | null,
): readonly Place[] {
  return [
    { key: 'in-flight:installation', max: installation },
    { key: `in-flight:cluster:${target.cluster}`, max: cluster },
    { key: `in-flight:rule:${rule}`, max: ofRule },
  ];
}
