import type { Edition, Mode } from './edition.ts';
import { createMatcher, formatMatcher } from './matcher.ts';
import type { Run } from './run.ts';

/** What a rule says to an alert: each matcher with the value that it met. */
export interface MatchExplanation {
  readonly rule: string;
  readonly mode: Mode;
  readonly matches: boolean;
  /** It is asked and takes the alert; one that matches and does not take it stands behind a rule that did. */
  readonly takes: boolean;
  readonly matchers: readonly { readonly label: string; readonly matcher: string; readonly have: string; readonly matches: boolean }[];
}

type Labels = Readonly<Record<string, string>>;

/** A rule in force, with why its runs have no effects (null = they may). */
export interface RuleInForce {
  readonly rule: string;
  readonly edition: Edition;
  readonly dry: Run['dry'];
}

export function explainMatch(labels: Labels, { edition }: Pick<RuleInForce, 'edition'>, takes: boolean): MatchExplanation {
  const matchers = edition.rule.matchers.map((matcher) => {
    const { name, op, value } = matcher;
    const have = Object.hasOwn(labels, name) ? (labels[name] as string) : '';
    return { label: name, matcher: formatMatcher(matcher), have, matches: createMatcher(name, op, value).matches(labels) };
  });
  return {
    rule: edition.rule.name,
    mode: edition.rule.mode,
    matches: matchers.length > 0 && matchers.every(({ matches }) => matches),
    takes,
    matchers,
  };
}

/** Rules that take an alert, those that came nearest to it, and how many others there are. */
export interface RulesExplained {
  readonly rules: readonly MatchExplanation[];
  readonly others: number;
}

/** Rules told besides those that take the alert. */
const NEAR = 3;
/** Patterns are compiled for so many rules at most: there may be ten thousand, and this runs beside the daemon's work. */
const COMPARED = 50;

/** `taken`: names of the rules that take it. */
export function explainRules(labels: Labels, rules: readonly RuleInForce[], taken: readonly string[]): RulesExplained {
  const taking = rules.filter(({ rule }) => taken.includes(rule));
  const likely = rules
    .filter(({ rule }) => !taken.includes(rule))
    .map((rule) => ({ rule, misses: plainMisses(labels, rule) }))
    .toSorted((a, b) => a.misses - b.misses)
    .slice(0, COMPARED);
  const told = [...taking.map((rule) => explainMatch(labels, rule, true)), ...likely.map(({ rule }) => explainMatch(labels, rule, false))];
  const { rules: nearest, others } = nearestOf(told);
  return { rules: nearest, others: others + rules.length - told.length };
}

/** Those that take it, and the nearest of the rest: those of the same alert first, then with fewest matchers in the way, and at least one label that is as they want it. */
export function nearestOf(rules: readonly MatchExplanation[]): RulesExplained {
  const near = rules
    .filter(({ takes, matchers }) => !takes && matchers.some(({ matches, have }) => matches && have !== ''))
    .toSorted((a, b) => missesOf(a) - missesOf(b))
    .slice(0, NEAR);
  const told = [...rules.filter(({ takes }) => takes), ...near];
  return { rules: told, others: rules.length - told.length };
}

/** How far a rule is from an alert: a rule of another alert is farther than one of the same alert that misses much else. */
const ANOTHER_ALERT = 10;
const distance = (missing: readonly string[]): number => missing.reduce((sum, name) => sum + (name === 'alertname' ? ANOTHER_ALERT : 1), 0);

function missesOf({ matchers }: MatchExplanation): number {
  return distance(matchers.filter(({ matches }) => !matches).map(({ label }) => label));
}

/** Of the matchers without a pattern. */
function plainMisses(labels: Labels, { edition }: RuleInForce): number {
  const plain = edition.rule.matchers.filter(({ op }) => op === '=' || op === '!=');
  return distance(plain.filter(({ name, op, value }) => !createMatcher(name, op, value).matches(labels)).map(({ name }) => name));
}
