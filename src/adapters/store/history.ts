import type { Redis } from 'ioredis';
import type { BudgetUse, HistoryFact, SubjectMemory } from '../../core/facts.ts';
import type { BudgetCharge, HistoryStore } from '../../core/store.ts';
import { list, number, object, text, timeOrNone } from './decode.ts';
import type { RunScript } from './scripts.ts';
import { storeTime } from './store-time.ts';

export function historyStore(redis: Redis, script: RunScript): HistoryStore {
  return {
    async history({ budgets, ...request }): Promise<HistoryFact> {
      const asked = budgets.map(({ key, max, perMs }) => ({ key, max, perMs }));
      const answer = list(await script('history', { ...request, budgets: asked }));
      const [held, cooling, targetCooling, used, memory, ineffective, forgetful] = answer;
      return {
        locks: Object.fromEntries(list(held).map((pair) => list(pair).map(text)) as [string, string][]),
        coolingUntil: timeOrNone(cooling),
        targetCoolingUntil: timeOrNone(targetCooling),
        budgets: list(used).map((use, at) => budgetUse(budgets[at], list(use))),
        memory: subjectMemory(list(memory), list(ineffective)),
        forgetfulUntil: timeOrNone(forgetful),
      };
    },
    now: () => storeTime(redis),
  };
}

function budgetUse(budget: BudgetCharge | undefined, [used, freesAt]: readonly unknown[]): BudgetUse {
  if (budget === undefined) throw new RangeError('the store answered more budgets than it was asked for');
  const { key, scope, max, perMs } = budget;
  return { key, scope, used: number(used), max, perMs, freesAt: timeOrNone(freesAt) };
}

function subjectMemory([rung, outcome, acted, endedAt]: readonly unknown[], ineffective: readonly unknown[]): SubjectMemory | null {
  if (rung === undefined || rung === null) return null;
  return {
    rung: number(rung),
    outcome: text(outcome),
    acted: acted === '1',
    endedAt: number(endedAt),
    ineffective: ineffective.map((run) => object<SubjectMemory['ineffective'][number]>(run)),
  };
}
