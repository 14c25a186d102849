import type { BudgetInForce } from '../core/observed/budgets.ts';
import { observedRow, type ObservedRow } from '../core/observed/row.ts';
import { summaryOf, type ObservedSummary } from '../core/observed/summary.ts';
import { csv } from '../core/csv.ts';
import type { Run } from '../core/run.ts';
import { printable } from '../core/safe-text.ts';
import { formatTimestamp } from '../core/timestamp.ts';
import { defaultTiming } from '../core/timing.ts';
import { linesOfSummary, serverOf } from '../core/words/observed.ts';
import type { Client } from './client.ts';
import { table } from './table.ts';

/** The report for auditors: all runs of a period that only observed, oldest first, and what they come to together. */
export interface ObservedReport {
  readonly runs: readonly ObservedRow[];
  readonly summary: ObservedSummary;
}

export interface ReportRequest {
  /** ms; `until` null = until now. */
  readonly since: number;
  readonly until: number | null;
  readonly rule?: string;
  readonly now: number;
}

/** As many as are asked for at once. */
const PAGE = 200;

export async function askObserved(client: Client, { since, until, rule, now }: ReportRequest): Promise<ObservedReport> {
  const query = { observed: 'true', since: String(since), ...(rule === undefined ? {} : { rule }) };
  const [found, budgets] = await Promise.all([allRuns(client, query, until), client.get<BudgetInForce[]>('/api/v1/budgets')]);
  const forgotten = now - defaultTiming.retainMs;
  const runs = found.map(observedRow).toReversed();
  const own = budgets.filter((budget) => rule === undefined || budget.rule === null || budget.rule === rule);
  return { runs, summary: summaryOf(runs, { since, until: until ?? now, incompleteBefore: since < forgotten ? forgotten : null }, own) };
}

/** Page by page until nothing is left, so that nothing is cut off. */
async function allRuns(client: Client, filter: Readonly<Record<string, string>>, until: number | null): Promise<Run[]> {
  const all: Run[] = [];
  for (let before = until === null ? null : String(until); ;) {
    const query = new URLSearchParams({ ...filter, limit: String(PAGE), ...(before === null ? {} : { before }) });
    const page = await client.get<Run[]>(`/api/v1/runs?${query.toString()}`);
    all.push(...page);
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return all;
    before = `${last.acceptedAt}:${last.id}`;
  }
}

export function observedTable({ runs, summary }: ObservedReport): string {
  const rows = runs.map((row) => [
    formatTimestamp(row.acceptedAt).slice(0, 19),
    row.run,
    row.rule,
    row.target,
    row.would ?? row.state,
    row.reason ?? '',
    refusedBy(row),
    row.effect === null ? '' : `${row.effect}: ${serverOf(row)}`,
  ]);
  const heads = ['accepted (UTC)', 'run', 'rule', 'target', 'would', 'reason', 'refused by', 'effect: what the API server says'];
  const listed = runs.length === 0 ? 'No run only observed in this time.' : table(heads, rows);
  return [listed, '', ...linesOfSummary(summary)].join('\n');
}

const refusedBy = ({ refusals }: ObservedRow): string => refusals.map(({ guard, reason }) => `${guard} (${reason})`).join(', ');

type Column = readonly [head: string, of: (row: ObservedRow) => string | number | null];
const time = (at: number | null): string | null => (at === null ? null : formatTimestamp(at));

/** Stable: columns are only ever added, at the end. */
const COLUMNS: readonly Column[] = [
  ['run', ({ run }) => run],
  ['accepted_at', ({ acceptedAt }) => time(acceptedAt)],
  ['ended_at', ({ endedAt }) => time(endedAt)],
  ['rule', ({ rule }) => rule],
  ['priority', ({ priority }) => priority],
  ['cluster', ({ cluster }) => cluster],
  ['namespace', ({ namespace }) => namespace],
  ['target', ({ target }) => target],
  ['alertname', ({ alertname }) => alertname],
  ['fingerprint', ({ fingerprint }) => fingerprint],
  ['dry', ({ dry }) => dry],
  ['state', ({ state }) => state],
  ['would', ({ would }) => would],
  ['reason', ({ reason }) => reason],
  ['detail', ({ detail }) => detail],
  ['refused_by', refusedBy],
  ['effect', ({ effect }) => effect],
  ['effect_at', ({ effectAt }) => time(effectAt)],
  ['server', serverOf],
  ['rung', ({ reached }) => (reached === null ? null : reached.rung + 1)],
  ['rungs', ({ reached }) => reached?.rungs ?? null],
  ['remediation', ({ reached }) => reached?.remediation ?? null],
  ['step', ({ reached }) => reached?.step ?? null],
  ['not_reached', ({ reached }) => reached?.missed.join('; ') ?? null],
];

const shown = (value: string | number | null) => (typeof value === 'string' ? printable(value) : value);

/** One line a run: control characters, line ends among them, are written out. */
export function observedCsv({ runs }: ObservedReport): string {
  return csv(
    COLUMNS.map(([head]) => head),
    runs.map((row) => COLUMNS.map(([, of]) => shown(of(row)))),
  );
}
