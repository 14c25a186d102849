import { systemClock } from '../adapters/system/clock.ts';
import type { Ticking } from '../app/every.ts';
import { startRematch, type RematchDeps } from '../app/rematch.ts';
import { startSchedules, type ScheduleDeps } from '../app/schedules.ts';
import { startByHand, type StartByHandDeps } from '../app/start-by-hand.ts';
import type { ManualStart, ManualStarted } from '../core/ports.ts';
import type { Current } from './in-force.ts';

type Own = 'rules' | 'rule' | 'clock' | 'inForce' | 'match' | 'storm';
type Parts = Omit<ScheduleDeps & StartByHandDeps & RematchDeps, Own> & { readonly current: Current };

/** What starts runs besides alerts that come in. */
export interface OwnStarts {
  /** From now on. */
  watchSchedules(): Ticking;
  /** Matches anew what fires, from now on, whenever the rules change. */
  watchRules(): Ticking;
  byHand(rule: string, asked: ManualStart): Promise<ManualStarted>;
}

export function ownStarts({ current, ...parts }: Parts): OwnStarts {
  const shared = { ...parts, clock: systemClock };
  return {
    watchSchedules: () => startSchedules({ ...shared, rules: () => current.config.rules }),
    watchRules: () =>
      startRematch({
        ...shared,
        inForce: () => current.rules,
        match: (alert) => current.rules.match(alert),
        storm: () => current.config.limits.storm,
      }),
    byHand: (rule, asked) => startByHand({ ...shared, rule: (name) => current.rules.rule(name) }, rule, asked),
  };
}
