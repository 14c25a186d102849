import { actsFrom } from './compile/workloads.ts';
import type { ActiveRule } from './config.ts';
import type { Loaded, LoadedFile } from './load.ts';
import type { Problem } from './problem.ts';

/** One line: `rules/a.yaml:3:5: rules[0].mode: must be … (fix: did you mean "act"?)`. */
export function formatProblem({ file, line, column, path, message, fix }: Problem): string {
  const place = file === '' ? '' : line === 0 ? `${file}: ` : `${file}:${line}:${column}: `;
  return `${place}${path === '' ? '' : `${path}: `}${message}${fix === '' ? '' : ` (fix: ${fix})`}`;
}

/** What `check` prints, in the manner of promtool: each file with what was found in it or with everything that is wrong; then what the rules may do. */
export function formatCheck({ config, files, problems, warnings }: Omit<Loaded, 'written'>): string {
  const known = new Set(files.map(({ file }) => file));
  const elsewhere = (list: readonly Problem[]): Problem[] => list.filter(({ file }) => !known.has(file));
  const lines = files.flatMap((file) => [
    `Checking ${file.file}`,
    ...outcome(found(file), of(problems, file.file)),
    ...section('WARNING', of(warnings, file.file)),
    '',
  ]);
  const isConfigured = files.some(({ kind }) => kind === 'config');
  const reach = (config?.rules ?? []).flatMap(reachOf);
  return [
    ...section('FAILED', elsewhere(problems)),
    ...section('WARNING', elsewhere(warnings)),
    ...(isConfigured ? [] : [NOT_CONFIGURED, '']),
    ...lines,
    ...(config?.rules.length === 0 ? [NO_RULE, ''] : []),
    ...(reach.length === 0 ? [] : ['What the rules may do', ...reach, '']),
  ].join('\n');
}

const NOT_CONFIGURED = 'There is no remediad.yaml in this folder, and no --config.file: checked with the built-in defaults';
const NO_RULE = 'There is no rule: every alert would be refused as not-matched';

/** One line for each workload of known size that the rule may meet. */
function reachOf({ rule, edition }: ActiveRule): string[] {
  return Object.entries(edition.workloads).flatMap(([app, { kind, replicas }]) => {
    if (replicas === null) return [];
    const from = actsFrom(edition.rule.guards, { kind, replicas });
    const whole = from.healthy > replicas ? 'never a healthy one' : `a healthy one with ${from.healthy}`;
    return [`  ${rule}: of ${replicas} ${app} restarts an unhealthy member with ${from.unhealthy} healthy or more, ${whole}`];
  });
}

/** The same for programs. */
export function formatCheckJson({ problems, warnings }: Pick<Loaded, 'problems' | 'warnings'>): string {
  return JSON.stringify({ errors: problems, warnings });
}

const of = (list: readonly Problem[], file: string): Problem[] => list.filter((problem) => problem.file === file);

function outcome(success: string, problems: readonly Problem[]): string[] {
  return problems.length === 0 ? [`  SUCCESS: ${success}`] : section('FAILED', problems);
}

function section(word: string, problems: readonly Problem[]): string[] {
  return problems.length === 0 ? [] : [`  ${word}:`, ...problems.map(formatProblem)];
}

function found({ kind, count }: LoadedFile): string {
  if (kind === 'config') return 'configuration found';
  const noun = kind === 'rules' ? 'rule' : 'remediation';
  return `${count} ${noun}${count === 1 ? '' : 's'} found`;
}
