import { systemClock } from '../adapters/system/clock.ts';
import type { Ticking } from '../app/every.ts';
import { startSchedules, type ScheduleDeps } from '../app/schedules.ts';
import { startByHand, type StartByHandDeps } from '../app/start-by-hand.ts';
import type { ManualStart, ManualStarted } from '../core/ports.ts';
import type { Current } from './in-force.ts';

type Parts = Omit<ScheduleDeps & StartByHandDeps, 'rules' | 'rule' | 'clock'> & { readonly current: Current };

/** What starts runs besides alerts. */
export interface OwnStarts {
  /** From now on. */
  watchSchedules(): Ticking;
  byHand(rule: string, asked: ManualStart): Promise<ManualStarted>;
}

export function ownStarts({ current, ...parts }: Parts): OwnStarts {
  const shared = { ...parts, clock: systemClock };
  return {
    watchSchedules: () => startSchedules({ ...shared, rules: () => current.config.rules }),
    byHand: (rule, asked) => startByHand({ ...shared, rule: (name) => current.rules.rule(name) }, rule, asked),
  };
}
