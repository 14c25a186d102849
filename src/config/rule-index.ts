import type { Edition } from '../core/edition.ts';
import { createMatcher, type Matcher } from '../core/matcher.ts';
import { literalsOf } from '../core/regexp.ts';
import type { ActiveRule } from './config.ts';

type Indexed = { readonly edition: Edition; readonly continue: boolean };

export type RuleIndex<R extends Indexed = ActiveRule> = (alert: { readonly labels: Readonly<Record<string, string>> }) => readonly R[];

interface Entry<R> {
  readonly position: number;
  readonly rule: R;
  readonly matchers: readonly Matcher[];
}

/** Label → value of it → the rules that ask for it. */
type Shelves<R> = ReadonlyMap<string, ReadonlyMap<string, readonly Entry<R>[]>>;

/**
 * The rules that take an alert: as in Alertmanager the first that matches, and further ones as long as they say `continue`. A rule that writes
 * out what one of its labels must be is found by that label, so that the number of rules does not matter; of several such labels by the one
 * which the fewest others ask for. Only rules without any are asked every time.
 */
export function indexRules<R extends Indexed>(rules: readonly R[]): RuleIndex<R> {
  const all = rules.map((rule, position): Entry<R> => {
    const matchers = rule.edition.rule.matchers.map(({ name, op, value }) => createMatcher(name, op, value));
    return { position, rule, matchers };
  });
  // One without matchers is started by no alert.
  const { shelves, always } = arrange(all.filter(({ matchers }) => matchers.length > 0));
  return ({ labels }) => {
    const taken: R[] = [];
    for (const { rule, matchers } of candidates(shelves, always, labels)) {
      if (!matchers.every((matcher) => matcher.matches(labels))) continue;
      taken.push(rule);
      if (!rule.continue) break;
    }
    return taken;
  };
}

/** What a label must be, where it is written out: one of these values. */
interface Wanted {
  readonly name: string;
  readonly values: ReadonlySet<string>;
}

function wantedOf({ matchers }: Entry<unknown>): Wanted[] {
  return matchers.flatMap(({ name, op, value }): Wanted[] => {
    // A label that is missing matches what the empty text matches, and stands on no shelf.
    const values = op === '=' && value !== '' ? new Set([value]) : op === '=~' ? literalsOf(value) : null;
    return values === null ? [] : [{ name, values }];
  });
}

const keyOf = (name: string, value: string): string => JSON.stringify([name, value]);

function arrange<R>(entries: readonly Entry<R>[]): { readonly shelves: Shelves<R>; readonly always: readonly Entry<R>[] } {
  const askers = new Map<string, number>();
  for (const { name, values } of entries.flatMap(wantedOf)) {
    for (const value of values) askers.set(keyOf(name, value), (askers.get(keyOf(name, value)) ?? 0) + 1);
  }
  const crowd = ({ name, values }: Wanted): number => Math.max(...[...values].map((value) => askers.get(keyOf(name, value)) ?? 0));
  const shelves = new Map<string, Map<string, Entry<R>[]>>();
  const always: Entry<R>[] = [];
  for (const one of entries) {
    const [least] = wantedOf(one).toSorted((a, b) => crowd(a) - crowd(b));
    if (least === undefined) always.push(one);
    else for (const value of least.values) place(shelves, least.name, value, one);
  }
  return { shelves, always };
}

function place<R>(shelves: Map<string, Map<string, Entry<R>[]>>, name: string, value: string, entry: Entry<R>): void {
  const shelf = shelves.get(name) ?? new Map<string, Entry<R>[]>();
  shelves.set(name, shelf);
  const row = shelf.get(value);
  if (row === undefined) shelf.set(value, [entry]);
  else row.push(entry);
}

/** In the order of the rules; each stands on one shelf, and there at most once for a value. */
function candidates<R>(shelves: Shelves<R>, always: readonly Entry<R>[], labels: Readonly<Record<string, string>>): readonly Entry<R>[] {
  const found = [...shelves].flatMap(([name, shelf]) => (Object.hasOwn(labels, name) ? (shelf.get(labels[name] as string) ?? []) : []));
  return found.length === 0 ? always : [...found, ...always].toSorted((a, b) => a.position - b.position);
}
