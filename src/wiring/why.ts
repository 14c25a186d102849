import type { Arrivals } from '../app/arrivals.ts';
import { whyOf, type WhyDeps } from '../app/why.ts';
import type { WhyAnswer } from '../core/why.ts';
import type { Current } from './in-force.ts';

export interface WhyParts {
  readonly store: WhyDeps['store'];
  readonly arrivals: Arrivals;
  readonly current: Current;
  readonly startedAt: number;
}

/** Answers why something was done or not, by the rules in force at the time of asking. */
export function answersWhy({ store, arrivals, current, startedAt }: WhyParts): (asked: string) => Promise<WhyAnswer> {
  const deps: WhyDeps = {
    store,
    arrivals,
    startedAt,
    limits: () => current.config.limits,
    rules: () => current.config.rules,
    match: (alert) => current.rules.match(alert),
    dryRun: () => current.config.dryRun,
  };
  return (asked) => whyOf(deps, asked);
}
