import type { Edition, EscalationPolicy, GuardPolicy, Priority, PriorityPolicy, WorkloadEntry } from '../../core/edition.ts';
import type { Team } from '../config.ts';
import type { TimeInterval } from '../../core/time-interval/time-interval.ts';

/** What the root file says that concerns rules, every default resolved. Sections that are wrong stand in `broken`: what refers to them is not told again. */
export interface Setting {
  readonly guards: GuardPolicy;
  readonly verify: { readonly withinMs: number; readonly stableForMs: number; readonly alertLabels: readonly string[] | null };
  readonly ladderMemoryMs: number;
  readonly deadlineMs: number;
  readonly escalation: string | null;
  readonly priorities: Readonly<Record<Priority, PriorityPolicy>>;
  readonly policies: ReadonlyMap<string, EscalationPolicy>;
  readonly timeIntervals: ReadonlyMap<string, TimeInterval>;
  readonly workloads: Readonly<Record<string, WorkloadEntry>>;
  readonly execAllow: Edition['execAllow'];
  readonly endpoints: Edition['endpoints'];
  /** By name; empty = there are none, and rules belong to whom they like. */
  readonly teams: ReadonlyMap<string, Team>;
  readonly clusters: ReadonlySet<string>;
  /** Prometheus or Alertmanager can be asked. */
  readonly hasSource: boolean;
  readonly broken: ReadonlySet<string>;
}
