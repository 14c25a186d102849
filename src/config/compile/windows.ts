import type { Window } from '../../core/edition.ts';
import type { TimeInterval } from '../../core/time-interval/time-interval.ts';
import type { PathSegment, Problem } from '../problem.ts';
import type { RuleDocument } from '../schema/rule.ts';
import type { YamlSource } from '../yaml-source.ts';
import { suggestion } from './reader.ts';
import type { Setting } from './setting.ts';

const KEYS = [
  ['active', 'active_time_intervals'],
  ['mute', 'mute_time_intervals'],
] as const;

/** When the rule may act. A name that no interval has is told. */
export function compileWindows(
  document: RuleDocument,
  source: YamlSource,
  path: readonly PathSegment[],
  { setting, problems }: { readonly setting: Setting; readonly problems: Problem[] },
): readonly Window[] {
  const { timeIntervals, broken } = setting;
  const interval = (name: string, place: readonly PathSegment[]): readonly TimeInterval[] => {
    const found = timeIntervals.get(name);
    if (found === undefined && !broken.has('time_intervals')) {
      const message = `there is no time interval "${name}"`;
      problems.push(source.problem('unknown-interval', [...path, ...place], message, suggestion(name, [...timeIntervals.keys()])));
    }
    return found === undefined ? [] : [found];
  };
  return KEYS.flatMap(([kind, key]) => {
    const names = document[key];
    return names === undefined ? [] : [{ kind, intervals: names.flatMap((name, index) => interval(name, [key, index])) }];
  });
}
