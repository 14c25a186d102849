import { formatProblem } from '../../config/report.ts';
import type { Problem } from '../../config/problem.ts';
import { formatDuration } from '../../core/duration.ts';
import type { Failure, Shown } from '../../wiring/rehearsal/compare.ts';
import type { Outcome } from '../../wiring/rehearsal/rehearse.ts';

/** What came of one file. */
export interface Tested {
  readonly file: string;
  readonly problems: readonly Problem[];
  readonly outcomes: readonly Outcome[];
}

export interface TextOptions {
  /** Marks what differs instead of showing both. */
  readonly diff: boolean;
  /** Tells the story of every test. */
  readonly debug: boolean;
}

/** In the manner of promtool: the file, then what failed in it with what was expected and got, and why. */
export function asText({ file, problems, outcomes }: Tested, options: TextOptions): string {
  const failed = outcomes.filter(({ failures }) => failures.length > 0);
  const stories = options.debug ? outcomes.flatMap(({ name, story }) => [`  ${name}`, ...story.map((line) => `    ${line}`)]) : [];
  const success = `  SUCCESS: ${outcomes.length} ${outcomes.length === 1 ? 'test' : 'tests'}`;
  const lines =
    problems.length > 0
      ? ['  FAILED:', ...problems.map((problem) => `    ${formatProblem(problem)}`)]
      : failed.length > 0
        ? ['  FAILED:', ...failed.flatMap((outcome) => outcomeLines(outcome, options))]
        : [success];
  return [`Testing ${file}`, ...stories, ...lines, ''].join('\n');
}

function outcomeLines({ name, failures }: Outcome, options: TextOptions): string[] {
  // What one moment has failed in several ways has one reason.
  const isTold = (index: number): boolean => index > 0 && failures[index - 1]?.at === failures[index]?.at;
  const told = failures.map((failure, index) => (isTold(index) ? { ...failure, why: [] } : failure));
  return [`    name: ${name}`, ...told.flatMap((failure) => failureLines(failure, options).map((line) => `      ${line}`)), ''];
}

/** One failure, not indented. */
export function failureLines({ at, what, expected, got, why }: Failure, { diff }: Pick<TextOptions, 'diff'>): string[] {
  const head = `at ${formatDuration(at)}, ${what}:`;
  if (what === 'error') return [head, ...why.map((line) => `  ${line}`)];
  const shown = diff ? marked(expected, got) : [...block('exp', expected), ...block('got', got)];
  return [head, ...shown, ...(why.length === 0 ? [] : ['  why:', ...why.map((line) => `    ${line}`)])];
}

function block(word: string, items: readonly Shown[]): string[] {
  return items.length === 0 ? [`  ${word}: []`] : [`  ${word}: [`, ...items.map((item) => `    ${flow(item)}`), '  ]'];
}

/** Lines of one side alone bear its sign; the order of both is kept. */
function marked(expected: readonly Shown[], got: readonly Shown[]): string[] {
  const [wanted, found] = [expected.map(flow), got.map(flow)];
  const lines: string[] = [];
  for (let place = 0; place < Math.max(wanted.length, found.length); place += 1) {
    const [exp, is] = [wanted[place], found[place]];
    if (exp !== undefined && exp === is) lines.push(`    ${exp}`);
    else lines.push(...(exp === undefined ? [] : [`  - ${exp}`]), ...(is === undefined ? [] : [`  + ${is}`]));
  }
  return lines;
}

/** YAML in one line, as it stands in the file. */
export function flow(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(flow).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).filter(([, member]) => member !== undefined && member !== null);
    return entries.length === 0 ? '{}' : `{ ${entries.map(([name, member]) => `${flow(name)}: ${flow(member)}`).join(', ')} }`;
  }
  const text = String(value);
  return typeof value === 'string' && !/^[A-Za-z][\w./:-]*$|^\d+(?:ms|[smhdwy])(?:\d+(?:ms|[smhd]))*$/.test(text)
    ? JSON.stringify(text)
    : text;
}
