import { formatMatcher, MatcherError, parseMatchers, type Matcher } from '../../core/matcher.ts';
import type { PathSegment, Problem } from '../problem.ts';
import type { YamlSource } from '../yaml-source.ts';
import { byLabel, valuesOf } from './values.ts';

/** The matchers of a rule; each line may hold several. Refuses what would take every alert, which nobody means. */
export function compileMatchers(
  lines: readonly string[],
  source: YamlSource,
  path: readonly PathSegment[],
  problems: Problem[],
): Matcher[] {
  const before = problems.length;
  const matchers = lines.flatMap((line, index) => compileLine(line, source, [...path, index], problems));
  if (lines.length > 0 && problems.length === before && matchers.every((matcher) => matcher.matches({}))) {
    const message = 'the matchers match an alert that has none of their labels, and so nearly every alert';
    problems.push(
      source.problem('matches-everything', path, message, 'name at least one label that must be there, e.g. alertname="NodeDown"'),
    );
  }
  if (problems.length === before) checkContradiction(matchers, source, path, problems);
  return matchers;
}

/** Matchers on one label that leave it no value. */
function checkContradiction(matchers: readonly Matcher[], source: YamlSource, path: readonly PathSegment[], problems: Problem[]): void {
  for (const [label, own] of byLabel(matchers)) {
    if (valuesOf(own)?.length !== 0) continue;
    const message = `no value of "${label}" fits all of ${own.map(formatMatcher).join(', ')}: the rule could never take an alert`;
    problems.push(source.problem('matches-nothing', path, message, 'remove one of them; a rule for either value is written label=~"a|b"'));
  }
}

function compileLine(line: string, source: YamlSource, path: readonly PathSegment[], problems: Problem[]): Matcher[] {
  try {
    const matchers = parseMatchers(line);
    if (matchers.length === 0)
      problems.push(source.problem('no-matcher', path, 'there is no matcher here', 'write one, e.g. alertname="NodeDown"'));
    for (const { name } of matchers.filter(matchesEverything)) {
      problems.push(
        source.problem(
          'matches-everything',
          path,
          `the matcher on "${name}" matches everything`,
          'remove it, or say what the label must be',
        ),
      );
    }
    return matchers;
  } catch (error) {
    const { message } = error as MatcherError;
    // Alertmanager's messages begin with the columns.
    const offset = Number(/^(\d+):/.exec(message)?.[1] ?? 0);
    problems.push(
      source.problem('bad-matcher', path, message, 'write it in Alertmanager\'s grammar, e.g. severity=~"critical|page"', { offset }),
    );
    return [];
  }
}

/** A pattern is tried on texts that have nothing in common. */
const probes = ['', 'a', 'Z-9', '10.0.0.1:9100', '\u{1f642} имя', 'x'.repeat(300)];

function matchesEverything({ name, op, matches }: Matcher): boolean {
  return op === '=~' && probes.every((probe) => matches({ [name]: probe }));
}
