/** One thing that is wrong with a configuration file, where, and what to do about it. */
export interface Problem {
  /** As given by the operator; '' for flags and environment. */
  readonly file: string;
  /** From 1; 0 = the file as a whole. */
  readonly line: number;
  readonly column: number;
  /** Place in the document, e.g. `rules[0].matchers[1]`; '' = the document. */
  readonly path: string;
  readonly code: ProblemCode;
  readonly message: string;
  /** What to do; '' where the message says it. */
  readonly fix: string;
}

/** The closed list of what can be wrong. */
export const PROBLEM_CODES = [
  // the file and its YAML
  'unreadable-file',
  'no-files',
  'too-large',
  'too-many',
  'bad-yaml',
  'several-documents',
  'duplicate-key',
  'alias',
  'tag',
  'nested-too-deep',
  // its shape
  'unknown-key',
  'missing-key',
  'wrong-type',
  'bad-value',
  'duplicate-name',
  // rules
  'no-matcher',
  'bad-matcher',
  'matches-everything',
  'no-label',
  'no-target',
  'unknown-cluster',
  'looser-rung',
  'no-receiver',
  'unknown-interval',
  'unknown-team',
  'outside-team',
  'above-team',
  'others-receiver',
  'guard-never-passes',
  'matches-nothing',
  // remediations
  'unknown-remediation',
  'cyclic-use',
  'use-too-deep',
  'unknown-parameter',
  'missing-parameter',
  'bad-parameter',
  'unknown-action',
  'unknown-check',
  'unknown-collector',
  'call-too-long',
  'no-retry',
  // expressions
  'bad-expression',
  'unknown-step',
  'unknown-field',
  'unreadable-variable',
  // the root file, flags and environment
  'unknown-receiver',
  'unknown-policy',
  'no-fallback',
  'guard-off',
  'nobody-to-ask',
  'no-effect',
  'no-credentials',
  'bad-setting',
  // files of tests
  'unknown-rule',
  // lints: src/config/lint
  'broad-match',
  'loose-guard',
  'no-source',
  'outside-window',
  'no-window',
  'deadline-too-short',
  'shadowed',
  'same-target',
  'label-not-scraped',
] as const;

export type ProblemCode = (typeof PROBLEM_CODES)[number];

/** Nobody reads more than these at a time, and a file may hold a million. */
export const MOST_PROBLEMS = 1000;

/** By file, line, column; those beyond the first thousand are counted at the end. */
export function sortProblems(problems: readonly Problem[]): Problem[] {
  const sorted = problems.toSorted((a, b) => (a.file === b.file ? a.line - b.line || a.column - b.column : a.file < b.file ? -1 : 1));
  const rest = sorted.length - MOST_PROBLEMS;
  if (rest <= 0) return sorted;
  const message = `and at least ${rest} more problems`;
  const more: Problem = { file: '', line: 0, column: 0, path: '', code: 'too-many', message, fix: 'correct these first' };
  return [...sorted.slice(0, MOST_PROBLEMS), more];
}

export type PathSegment = string | number;

/** `rules[0].matchers[1]`; a key that is no plain word stands in brackets. */
export function formatPath(path: readonly PathSegment[]): string {
  return path
    .map((segment, index) => {
      if (typeof segment === 'number') return `[${segment}]`;
      if (!/^\w[\w-]*$/.test(segment)) return `[${JSON.stringify(segment)}]`;
      return index === 0 ? segment : `.${segment}`;
    })
    .join('');
}
