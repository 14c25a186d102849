import type { Budget } from './edition.ts';
import { lockKey } from './objects.ts';
import type { Run } from './run.ts';
import type { BudgetCharge } from './store.ts';

/**
 * The windows that one effect of this run is charged to: the rule's budgets in their order, and last the installation's own. A window of
 * another length is another window. What is counted per target is kept by the subject, which survives the effect.
 */
export function chargesOf(run: Pick<Run, 'rule' | 'target' | 'pinned'>, budgets: readonly Budget[], installation: Budget): BudgetCharge[] {
  return [...budgets, installation].map((budget) => ({ ...budget, key: `${scopeKey(run, budget.scope)}|${budget.perMs}` }));
}

function scopeKey(run: Pick<Run, 'rule' | 'target' | 'pinned'>, scope: Budget['scope']): string {
  const { target, pinned } = run;
  switch (scope) {
    case 'target':
      return `target:${run.rule}|${pinned?.subject ?? target.key}`;
    case 'workload':
      return `workload:${pinned?.workload ?? target.key}`;
    case 'namespace':
      return `namespace:${lockKey('namespace', target.cluster, '', target.namespace)}`;
    case 'rule':
      return `rule:${run.rule}`;
    case 'cluster':
      return `cluster:${target.cluster}`;
    case 'installation':
      return 'installation';
  }
}
