import type { Giver } from '../decide.ts';
import type { Reason } from '../reasons.ts';
import { budgetUses, type BudgetInForce, type BudgetPeak } from './budgets.ts';
import { groups } from './groups.ts';
import type { ObservedRow } from './row.ts';

/** What a period of observing came to, over all of its runs. */
export interface ObservedSummary {
  /** ms; the period of acceptance asked for. */
  readonly since: number;
  readonly until: number;
  /** Runs that ended before this time are forgotten: what was accepted earlier may be missing. null = nothing is. */
  readonly incompleteBefore: number | null;
  readonly total: Would;
  /** By name. */
  readonly rules: readonly (Would & { readonly rule: string; readonly stoppedByBudget: number })[];
  /** Those that refused most runs first. `runs`: how many they refused, `times`: how often, with every new look. */
  readonly refusals: readonly { readonly guard: Giver; readonly reason: Reason; readonly runs: number; readonly times: number }[];
  /** Hours (UTC) with runs, in order; `from` in ms. */
  readonly hours: readonly { readonly from: number; readonly runs: number; readonly effects: number }[];
  /** Most effects, then most runs, then the earliest. */
  readonly busiestHour: ObservedSummary['hours'][number] | null;
  readonly busiestTarget: { readonly target: string; readonly runs: number; readonly effects: number } | null;
  readonly budgets: readonly BudgetPeak[];
}

/** How many runs came to what. */
export interface Would {
  readonly runs: number;
  readonly effect: number;
  readonly ask: number;
  readonly escalate: number;
  readonly nothing: number;
  /** Not ended yet. */
  readonly open: number;
}

export type Period = Pick<ObservedSummary, 'since' | 'until' | 'incompleteBefore'>;

const HOUR_MS = 3_600_000;

export function summaryOf(rows: readonly ObservedRow[], period: Period, budgets: readonly BudgetInForce[]): ObservedSummary {
  const hours = counted(groups(rows, ({ acceptedAt }) => acceptedAt - (acceptedAt % HOUR_MS))).toSorted((a, b) => a.key - b.key);
  const targets = counted(groups(rows, ({ target }) => target));
  const byHour = hours.map(({ key, runs, effects }) => ({ from: key, runs, effects }));
  const [busiestHour = null] = byHour.toSorted(busier);
  const [busiest] = targets.toSorted(busier);
  return {
    ...period,
    total: wouldOf(rows),
    rules: [...groups(rows, ({ rule }) => rule)]
      .map(([rule, own]) => ({ rule, ...wouldOf(own), stoppedByBudget: own.filter(stoppedByBudget).length }))
      .toSorted(byName),
    refusals: refusalsOf(rows),
    hours: byHour,
    busiestHour,
    busiestTarget: busiest === undefined ? null : { target: busiest.key, runs: busiest.runs, effects: busiest.effects },
    budgets: budgetUses(rows, budgets),
  };
}

export function stoppedByBudget({ refusals }: Pick<ObservedRow, 'refusals'>): boolean {
  return refusals.some(({ reason }) => reason === 'budget-spent');
}

function wouldOf(rows: readonly ObservedRow[]): Would {
  const count = (would: ObservedRow['would']) => rows.filter((row) => row.would === would).length;
  const [effect, ask, escalate, nothing, open] = [count('effect'), count('ask'), count('escalate'), count('nothing'), count(null)];
  return { runs: rows.length, effect, ask, escalate, nothing, open };
}

/** Of as many, those met first stand first. */
function refusalsOf(rows: readonly ObservedRow[]): ObservedSummary['refusals'] {
  const found = new Map<string, ObservedSummary['refusals'][number]>();
  for (const { guard, reason, times } of rows.flatMap(({ refusals }) => refusals)) {
    const key = `${guard} ${reason}`;
    const before = found.get(key) ?? { runs: 0, times: 0 };
    found.set(key, { guard, reason, runs: before.runs + 1, times: before.times + times });
  }
  return [...found.values()].toSorted((a, b) => b.runs - a.runs || b.times - a.times);
}

function counted<K>(grouped: ReadonlyMap<K, readonly ObservedRow[]>) {
  return [...grouped].map(([key, rows]) => ({ key, runs: rows.length, effects: rows.filter(({ would }) => would === 'effect').length }));
}

const byName = (a: { readonly rule: string }, b: { readonly rule: string }): number => (a.rule < b.rule ? -1 : 1);

type Counted = { readonly runs: number; readonly effects: number };
const busier = (a: Counted, b: Counted): number => b.effects - a.effects || b.runs - a.runs;
