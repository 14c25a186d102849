import { isActive, nextChange } from '../../core/time-interval/time-interval.ts';
import { formatTimestamp } from '../../core/timestamp.ts';
import type { RuleSet } from '../lint/lint.ts';

/** A time interval at one moment. */
export interface WindowState {
  readonly name: string;
  readonly active: boolean;
  /** When it begins or ends next, RFC 3339; null = not within two years. */
  readonly changesAt: string | null;
  /** The rules that name it. */
  readonly rules: readonly { readonly name: string; readonly use: 'active' | 'mute' }[];
}

const AHEAD_MS = 2 * 366 * 86_400_000;

/** `at`: ms since the epoch. */
export function windowStates({ rules, setting }: Pick<RuleSet, 'rules' | 'setting'>, at: number): WindowState[] {
  return [...setting.timeIntervals.values()].map((interval) => {
    const change = nextChange(interval, at, AHEAD_MS);
    return {
      name: interval.name,
      active: isActive(interval, at),
      changesAt: change === null ? null : formatTimestamp(change),
      rules: rules.flatMap(({ edition, document }) => [
        ...(document.active_time_intervals?.includes(interval.name) === true ? [{ name: edition.rule.name, use: 'active' as const }] : []),
        ...(document.mute_time_intervals?.includes(interval.name) === true ? [{ name: edition.rule.name, use: 'mute' as const }] : []),
      ]),
    };
  });
}
