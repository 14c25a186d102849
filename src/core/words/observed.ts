import { formatDuration } from '../duration.ts';
import type { BudgetPeak } from '../observed/budgets.ts';
import type { ObservedRow } from '../observed/row.ts';
import type { ObservedSummary, Would } from '../observed/summary.ts';
import type { Reached, Refused } from '../run.ts';
import { sentence, timeInWords } from './say.ts';

/** The report on what was only observed, in words. */

/** Where the path of an observed run ended, and what it never came to. */
export function sentenceOfReached({ rung, rungs, remediation, step, missed }: Reached): string {
  const place = `rung ${rung + 1} of ${rungs} (${remediation})${step === null ? '' : `, step ${step}`}`;
  const behind = missed.length === 0 ? '' : ` Never came to ${missed.join(', ')}: what it would do there depends on what it did not do.`;
  return `The path ended on ${place}.${behind}`;
}

/** What the API server said to its own dry run, or why it was not asked. */
export function serverOf({ would, server, effect, reason }: Pick<ObservedRow, 'would' | 'server' | 'effect' | 'reason'>): string {
  if (server !== null) return server;
  switch (would) {
    case 'effect':
      return 'not asked: its rule was set to observe while it was under way';
    case 'ask':
      return 'not asked: a human would have been asked first';
    case null:
      return 'not asked: the run never came to an effect';
    case 'escalate':
    case 'nothing':
      return effect === null ? 'not asked: no effect was planned' : `not asked: the effect was refused (${reason})`;
  }
}

/** `health refuses (too-few-healthy): 2 of 3 healthy, needs 3; 4 times.` */
export function sentenceOfRefused({ guard, reason, have, need, times }: Refused): string {
  return sentence(`${guard} refused (${reason}): ${have}, needs ${need}${times === 1 ? '' : `; ${times} times`}`);
}

/** The end of the report on a terminal. */
export function linesOfSummary(summary: ObservedSummary): string[] {
  const { since, until, incompleteBefore, total, rules, refusals, busiestHour, busiestTarget, budgets } = summary;
  return [
    `From ${timeInWords(since)} to ${timeInWords(until)}: ${wouldInWords(total)}`,
    ...(incompleteBefore === null
      ? []
      : [`Runs that ended before ${timeInWords(incompleteBefore)} are forgotten: what was accepted earlier may be missing here.`]),
    ...rules.map(({ rule, stoppedByBudget, ...would }) => `  ${rule}: ${wouldInWords(would)}${stopped(stoppedByBudget)}`),
    ...refusals.map(
      ({ guard, reason, runs, times }) => `Refused by ${guard} (${reason}): ${plural(runs, 'run')}, ${plural(times, 'time')}.`,
    ),
    ...(busiestHour === null
      ? []
      : [
          `Busiest hour: from ${timeInWords(busiestHour.from)}, ${plural(busiestHour.effects, 'effect')} in ${plural(busiestHour.runs, 'run')}.`,
        ]),
    ...(busiestTarget === null
      ? []
      : [`Busiest target: ${busiestTarget.target}, ${plural(busiestTarget.effects, 'effect')} in ${plural(busiestTarget.runs, 'run')}.`]),
    ...budgets.map(sentenceOfPeak),
  ];
}

function wouldInWords({ runs, effect, ask, escalate, nothing, open }: Would): string {
  const parts = [
    [effect, 'would act'],
    [ask, 'would ask a human'],
    [escalate, 'would wake a human'],
    [nothing, 'would do nothing'],
    [open, 'under way'],
  ] as const;
  const told = parts.flatMap(([count, what]) => (count === 0 ? [] : [`${count} ${what}`]));
  return `${plural(runs, 'run')}${told.length === 0 ? '' : `: ${told.join(', ')}`}.`;
}

const stopped = (runs: number): string => (runs === 0 ? '' : ` A budget would have stopped ${runs}.`);

function sentenceOfPeak({ rule, scope, max, perMs, peak, on, at }: BudgetPeak): string {
  const most = at === null ? 'no effect' : `at most ${peak}, on ${on} until ${timeInWords(at)}`;
  return `Budget of ${rule === null ? 'the installation' : `${rule} (${scope})`}: ${max} per ${formatDuration(perMs)}; ${most}.`;
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
