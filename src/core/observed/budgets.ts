import type { Budget } from '../edition.ts';
import { groups } from './groups.ts';
import type { ObservedRow } from './row.ts';

/** A budget as it is configured now; `rule` null = the installation's own. */
export interface BudgetInForce extends Budget {
  readonly rule: string | null;
}

/** How near the effects that would have been made came to a budget. */
export interface BudgetPeak extends BudgetInForce {
  /** Most effects in one of its windows, what they would have been charged to, and when the last of them came; null = none was made. */
  readonly peak: number;
  readonly on: string | null;
  readonly at: number | null;
}

/**
 * The fullest window of each budget. What observes is charged like what acts, in its own key space, so that a peak at `max` is where the
 * next effect was stopped, and one above it belongs to a budget that was larger then.
 */
export function budgetUses(rows: readonly ObservedRow[], budgets: readonly BudgetInForce[]): BudgetPeak[] {
  const effects = rows.filter(({ would, effectAt }) => would === 'effect' && effectAt !== null);
  return budgets.map((budget) => {
    const charged = effects.filter(({ rule }) => budgets.some((other) => sameWindow(budget, other) && (other.rule ?? rule) === rule));
    const fullest = [...groups(charged, (row) => keyOf(row, budget))].map(([on, own]) => ({ on, ...peakOf(own, budget.perMs) }));
    const [first] = fullest.toSorted((a, b) => b.peak - a.peak);
    return { ...budget, peak: first?.peak ?? 0, on: first?.on ?? null, at: first?.at ?? null };
  });
}

/** Rules share the windows of workload, namespace, cluster and installation; those of a target and a rule are the rule's own. */
function sameWindow(a: BudgetInForce, b: BudgetInForce): boolean {
  const own = a.scope === 'target' || a.scope === 'rule';
  return a.scope === b.scope && a.perMs === b.perMs && (!own || a.rule === b.rule);
}

function keyOf(row: ObservedRow, { scope }: Budget): string {
  switch (scope) {
    case 'target':
      return row.subject ?? row.target;
    case 'workload':
      return row.workload ?? row.target;
    case 'namespace':
      return `${row.cluster}/${row.namespace}`;
    case 'rule':
      return row.rule;
    case 'cluster':
      return row.cluster;
    case 'installation':
      return 'installation';
  }
}

function peakOf(rows: readonly ObservedRow[], perMs: number): { readonly peak: number; readonly at: number } {
  const times = rows.map(({ effectAt }) => Number(effectAt)).toSorted((a, b) => a - b);
  let best = { peak: 0, at: 0 };
  let from = 0;
  for (const [index, at] of times.entries()) {
    while (at - Number(times[from]) >= perMs) from += 1;
    if (index - from + 1 > best.peak) best = { peak: index - from + 1, at };
  }
  return best;
}
