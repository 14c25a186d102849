import { createMatcher, type Matcher } from '../../core/matcher.ts';
import type { Edition } from '../../core/edition.ts';
import { literalsOf } from './literals.ts';

/** What a rule demands of each label. */
export type Demands = ReadonlyMap<string, readonly Matcher[]>;

export function demandsOf({ edition }: { readonly edition: Edition }): Demands {
  return byLabel(edition.rule.matchers.map(({ name, op, value }) => createMatcher(name, op, value)));
}

export const byLabel = (matchers: readonly Matcher[]): Demands => Map.groupBy(matchers, ({ name }) => name);

export const accepts = (matchers: readonly Matcher[], value: string): boolean =>
  matchers.every((matcher) => matcher.matches({ [matcher.name]: value }));

/** All values that matchers on one label let through, where they can be written out; null = not so. '' = the label is missing. */
export function valuesOf(matchers: readonly Matcher[]): readonly string[] | null {
  for (const matcher of matchers) {
    const listed = matcher.op === '=' ? [matcher.value] : matcher.op === '=~' ? literalsOf(matcher.value) : null;
    if (listed !== null) return listed.filter((value) => accepts(matchers, value));
  }
  return null;
}

/** Whether every alert that fits the demands fits the matcher too. False where it cannot be told. */
export function implies(demands: Demands, matcher: Matcher): boolean {
  const own = demands.get(matcher.name) ?? [];
  const values = valuesOf(own);
  if (values !== null) return values.every((value) => accepts([matcher], value));
  if (own.some(({ op, value }) => op === matcher.op && value === matcher.value)) return true;
  const refused = matcher.op === '!=' ? [matcher.value] : matcher.op === '!~' ? literalsOf(matcher.value) : null;
  return refused !== null && refused.every((value) => !accepts(own, value));
}

/** The demands split into cases, each with one value for the labels whose values can be written out, as far as they stay few. */
export function casesOf(demands: Demands): readonly Demands[] {
  const listed = [...demands.values()].flatMap((matchers) => {
    const values = valuesOf(matchers);
    return values === null ? [] : [{ label: matchers[0]?.name ?? '', values }];
  });
  let cases: readonly Demands[] = [demands];
  for (const { label, values } of listed.toSorted((a, b) => a.values.length - b.values.length)) {
    if (cases.length * values.length > mostCases) break;
    cases = cases.flatMap((one) => values.map((value) => new Map([...one, [label, [createMatcher(label, '=', value)]]])));
  }
  return cases;
}

const mostCases = 64;
