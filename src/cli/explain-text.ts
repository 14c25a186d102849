import type { RunExplanation } from '../app/explain.ts';
import type { Alert } from '../core/alert.ts';
import { nearestOf, type MatchExplanation } from '../core/explain-match.ts';
import { linesOfRules, sentenceOfEnding, sentenceOfState, sentenceOfVerdict } from '../core/words.ts';

/** What one alert of a webhook would lead to. */
export interface Explanation {
  readonly fingerprint: string;
  readonly status: Alert['status'];
  readonly labels: Alert['labels'];
  /** Every rule, in their order. */
  readonly rules: readonly MatchExplanation[];
  /** None for a resolve: it starts nothing. */
  readonly runs: readonly RunExplanation[];
}

export function textOfExplanation({ fingerprint, status, labels, rules, runs }: Explanation): string {
  const said = Object.entries(labels).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  const resolve = status === 'resolved' ? ['It is resolved: runs that live for it are told, and none starts.'] : [];
  return [
    `Alert ${fingerprint}, ${status}: {${said.join(', ')}}`,
    ...indented([...resolve, ...linesOfRules(nearestOf(rules))]),
    ...runs.flatMap(linesOfRun),
  ].join('\n');
}

function linesOfRun({ rule, run, plan }: RunExplanation): string[] {
  const steps = Object.entries(run.outputs).map(
    ([path, { result, message }]) => `${path}: ${result}${message === '' ? '' : ` (${message})`}`,
  );
  const end = run.end === null ? sentenceOfState(run) : sentenceOfEnding(run);
  const outcome =
    plan === null ? end : `${run.dry === null ? 'It would now' : 'It only observes, and would otherwise now'} ${plan.describe}.`;
  return [
    `Rule ${rule} on ${run.target.unresolved ?? run.target.key}:`,
    ...indented([
      outcome ?? '',
      ...section('Steps', steps),
      ...section('Verdicts', run.verdicts.map(sentenceOfVerdict)),
      `Locks, cooldowns, budgets, memory and brakes are the daemon's and were not asked: remediad why ${run.target.find.value || run.rule}`,
    ]),
  ];
}

const indented = (lines: readonly string[]): string[] => lines.map((line) => `  ${line}`);

const section = (title: string, lines: readonly string[]): string[] => (lines.length === 0 ? [] : [`${title}:`, ...indented(lines)]);
