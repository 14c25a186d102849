import type { Redis } from 'ioredis';
import type { BudgetUse, HistoryFact, InFlightFact, SubjectMemory } from '../../core/facts.ts';
import type { Place } from '../../core/in-flight.ts';
import type { BudgetCharge, HistoryStore } from '../../core/store.ts';
import { list, number, object, text, timeOrNone } from './decode.ts';
import type { Keys } from './keys.ts';
import type { RunScript } from './scripts.ts';
import { readStorms } from './storms.ts';
import { storeTime } from './store-time.ts';

export function historyStore(redis: Redis, keys: Keys, script: RunScript): HistoryStore {
  return {
    async history({ budgets, places, cost = 1, ...request }): Promise<HistoryFact> {
      const asked = budgets.map(({ key, max, perMs }) => ({ key, max, perMs }));
      const answer = list(await script('history', { ...request, places, cost, budgets: asked }));
      const [held, cooling, targetCooling, used, memory, ineffective, forgetful, flight] = answer;
      return {
        locks: Object.fromEntries(list(held).map((pair) => list(pair).map(text)) as [string, string][]),
        coolingUntil: timeOrNone(cooling),
        targetCoolingUntil: timeOrNone(targetCooling),
        budgets: list(used).map((use, at) => budgetUse(budgets[at], list(use))),
        memory: subjectMemory(list(memory), list(ineffective)),
        inFlight: inFlight(places, list(flight)),
        forgetfulUntil: timeOrNone(forgetful),
      };
    },
    storms: () => readStorms(redis, keys),
    now: () => storeTime(redis),
  };
}

function inFlight(places: readonly Place[], [acts, ...uses]: readonly unknown[]): InFlightFact {
  const use = (place: Place, at: number) => {
    const [acting, ahead] = list(uses[at]);
    return { ...place, acting: number(acting), ahead: number(ahead) };
  };
  return { acts: acts === 1, places: places.map(use) };
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
