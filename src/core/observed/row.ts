import type { Priority } from '../edition.ts';
import type { Reason } from '../reasons.ts';
import type { Ending, Reached, Refused, Run, RunState } from '../run.ts';

/** One run that only observed, as auditors read it: what would have been done, and what stood in the way. Times in ms. */
export interface ObservedRow {
  readonly run: string;
  readonly acceptedAt: number;
  /** null = it is still under way. */
  readonly endedAt: number | null;
  readonly rule: string;
  readonly priority: Priority;
  readonly cluster: string;
  readonly namespace: string;
  readonly target: string;
  /** What survives an effect, and the owning workload: what budgets are kept by; null = never found. */
  readonly subject: string | null;
  readonly workload: string | null;
  /** '' = the alert has no name. */
  readonly alertname: string;
  readonly fingerprint: string;
  /** Why it had no effect; `switched`: its rule was set to observe while it was under way. */
  readonly dry: NonNullable<Run['dry']> | 'switched';
  readonly state: RunState;
  readonly would: Ending['would'];
  readonly reason: Reason | null;
  readonly detail: string;
  /** The effect that would have been made, or that was planned and refused; null = none was planned. */
  readonly effect: string | null;
  /** When the gate would have let the effect go; null = it never came there. */
  readonly effectAt: number | null;
  /** What the API server said to its own dry run; null = it was not asked. */
  readonly server: string | null;
  /** Where the path ended; null = it has not, or a script ended it. */
  readonly reached: Reached | null;
  readonly refusals: readonly Refused[];
}

export function observedRow(run: Run): ObservedRow {
  const would = run.effects.findLast(({ result }) => result === 'would');
  const reached = run.end?.reached ?? null;
  return {
    run: run.id,
    acceptedAt: run.acceptedAt,
    endedAt: run.end?.at ?? null,
    rule: run.rule,
    priority: run.priority,
    cluster: run.target.cluster,
    namespace: run.target.namespace,
    target: run.target.key,
    subject: run.pinned?.subject ?? null,
    workload: run.pinned?.workload ?? null,
    alertname: run.labels['alertname'] ?? '',
    fingerprint: run.trigger.id,
    dry: run.dry ?? 'switched',
    state: run.state,
    would: run.end?.would ?? null,
    reason: run.end?.reason ?? run.hold?.reason ?? null,
    detail: run.end?.detail ?? run.hold?.detail ?? '',
    effect: would?.describe ?? reached?.plan ?? null,
    effectAt: would?.at ?? null,
    server: would?.message ?? null,
    reached,
    refusals: run.refused ?? [],
  };
}
