import type { Edition, WorkloadEntry } from './edition.ts';
import { compileRegexp } from './regexp.ts';

/**
 * Whether an argument array may be run in a pod: the peers command of the target's own workload, or one that an entry of `exec_allow` fits
 * element by element, each pattern spanning its whole element.
 */
export function mayExec(command: readonly string[], edition: Pick<Edition, 'execAllow'>, entry: WorkloadEntry | null): boolean {
  if (command.length === 0) return false;
  const own = entry?.peersCommand ?? null;
  if (own !== null && fits(own, command, (wanted, given) => wanted === given)) return true;
  return edition.execAllow.some((patterns) => fits(patterns, command, (pattern, given) => compileRegexp(pattern).spans(given)));
}

function fits(wanted: readonly string[], command: readonly string[], equals: (wanted: string, given: string) => boolean): boolean {
  return wanted.length === command.length && command.every((given, index) => equals(wanted[index] as string, given));
}
