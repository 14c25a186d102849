import { readFile } from 'node:fs/promises';
import { relative } from 'node:path';

export interface Tally {
  readonly passed: number;
  readonly skipped: number;
  /** One readable text for each failed test, check, or file that could not run. */
  readonly failures: readonly string[];
}

export const NONE: Tally = { passed: 0, skipped: 0, failures: [] };

export function sum(a: Tally, b: Tally): Tally {
  return { passed: a.passed + b.passed, skipped: a.skipped + b.skipped, failures: [...a.failures, ...b.failures] };
}

interface FileReport {
  readonly name: string;
  readonly status: string;
  readonly message: string;
  readonly assertionResults: readonly {
    readonly fullName: string;
    readonly status: string;
    readonly failureMessages: readonly string[] | null;
  }[];
}

/** Reads what vitest's JSON reporter wrote. A missing or broken report is a failure, never an empty success. */
export async function readReport(project: string, path: string): Promise<Tally> {
  try {
    const { testResults } = JSON.parse(await readFile(path, 'utf8')) as { testResults: readonly FileReport[] };
    return testResults.map((file) => tallyFile(project, file)).reduce(sum, NONE);
  } catch (error) {
    return { ...NONE, failures: [`${project} tests: no report: ${error instanceof Error ? error.message : String(error)}`] };
  }
}

function tallyFile(project: string, { name, status, message, assertionResults }: FileReport): Tally {
  const where = `${project} ${relative(process.cwd(), name)}`;
  const failed = assertionResults.filter((result) => result.status === 'failed');
  const failures = failed.map(({ fullName, failureMessages }) => `${where} > ${fullName}\n${shorten(failureMessages?.join('\n') ?? '')}`);
  // A file that failed without a failed test: it does not compile, a hook threw, or it left a process behind.
  if (status === 'failed' && failed.length === 0) failures.push(`${where}\n${shorten(message)}`);
  return {
    passed: assertionResults.filter((result) => result.status === 'passed').length,
    skipped: assertionResults.length - failed.length - assertionResults.filter((result) => result.status === 'passed').length,
    failures,
  };
}

/** The message and the first frames outside node_modules, indented. */
function shorten(message: string): string {
  const lines = message.split('\n').filter((line) => !/node_modules|node:internal/.test(line));
  const shown = lines.slice(0, 30).map((line) => `    ${line}`);
  return [...shown, ...(lines.length > 30 ? [`    … ${lines.length - 30} more lines above`] : [])].join('\n');
}
