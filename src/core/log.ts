import type { Log } from './ports.ts';
import type { Run } from './run.ts';

/** The log of one run: its id, rule and target stand on every line. */
export function logOf(log: Log, run: Pick<Run, 'id' | 'rule' | 'target'>): Log {
  return log.child({ run: run.id, rule: run.rule, target: run.target.key });
}
