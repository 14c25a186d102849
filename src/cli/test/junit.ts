import { formatProblem } from '../../config/report.ts';
import type { Outcome } from '../../wiring/rehearsal/rehearse.ts';
import { failureLines, type Tested } from './text.ts';

/** JUnit's XML, as CI systems read it: a suite for each file. Times are left out, for those of a test are virtual. */
export function asJunit(tested: readonly Tested[]): string {
  const suites = tested.map(suite);
  const total = suites.reduce((sum, { count, failed }) => ({ count: sum.count + count, failed: sum.failed + failed }), {
    count: 0,
    failed: 0,
  });
  const head = `<testsuites name="remediad test" tests="${total.count}" failures="${total.failed}">`;
  return ['<?xml version="1.0" encoding="UTF-8"?>', head, ...suites.map(({ xml }) => xml), '</testsuites>'].join('\n');
}

/** A file that cannot be read is one failed case: a suite without cases would pass. */
function suite({ file, problems, outcomes }: Tested): { readonly xml: string; readonly count: number; readonly failed: number } {
  const cases =
    problems.length > 0
      ? [testCase(file, 'loads', problems.map(formatProblem))]
      : outcomes.map((outcome) => testCase(file, outcome.name, linesOf(outcome)));
  const failed = problems.length > 0 ? 1 : outcomes.filter(({ failures }) => failures.length > 0).length;
  const head = `  <testsuite name="${escape(file)}" tests="${cases.length}" failures="${failed}">`;
  return { xml: [head, ...cases, '  </testsuite>'].join('\n'), count: cases.length, failed };
}

const linesOf = ({ failures }: Outcome): string[] => failures.flatMap((failure) => failureLines(failure, { diff: false }));

function testCase(file: string, name: string, failure: readonly string[]): string {
  const head = `    <testcase classname="${escape(file)}" name="${escape(name)}"`;
  if (failure.length === 0) return `${head}/>`;
  const [first = ''] = failure;
  return `${head}>\n      <failure message="${escape(first)}">${escape(failure.join('\n'))}</failure>\n    </testcase>`;
}

const ENTITIES: Readonly<Record<string, string>> = { '<': '&lt;', '>': '&gt;', '&': '&amp;', '"': '&quot;', "'": '&apos;' };

/** XML has no way to write most control characters at all. */
function escape(text: string): string {
  return text
    .replaceAll(/[<>&"']/g, (character) => ENTITIES[character] ?? '')
    .replaceAll(/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu, '\u{fffd}');
}
