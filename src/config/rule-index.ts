import type { Edition } from '../core/edition.ts';
import { createMatcher, type Matcher } from '../core/matcher.ts';
import type { ActiveRule } from './config.ts';

type Indexed = { readonly edition: Edition; readonly continue: boolean };

export type RuleIndex<R extends Indexed = ActiveRule> = (alert: { readonly labels: Readonly<Record<string, string>> }) => readonly R[];

interface Entry<R> {
  readonly position: number;
  readonly rule: R;
  readonly matchers: readonly Matcher[];
}

/**
 * The rules that take an alert: as in Alertmanager the first that matches, and further ones as long as they say `continue`. Rules that name
 * their alert are found by that name, so that their number does not matter.
 */
export function indexRules<R extends Indexed>(rules: readonly R[]): RuleIndex<R> {
  const byName = new Map<string, Entry<R>[]>();
  const anyName: Entry<R>[] = [];
  for (const [position, rule] of rules.entries()) {
    const matchers = rule.edition.rule.matchers.map(({ name, op, value }) => createMatcher(name, op, value));
    const entry = { position, rule, matchers };
    const names = namesOf(matchers);
    if (names === null) anyName.push(entry);
    for (const name of names ?? []) byName.set(name, [...(byName.get(name) ?? []), entry]);
  }
  return ({ labels }) => {
    const name = Object.hasOwn(labels, 'alertname') ? (labels['alertname'] ?? '') : '';
    const taken: R[] = [];
    for (const { rule, matchers } of inOrder(byName.get(name) ?? [], anyName)) {
      if (!matchers.every((matcher) => matcher.matches(labels))) continue;
      taken.push(rule);
      if (!rule.continue) break;
    }
    return taken;
  };
}

/** The alert names that the matchers let through, where they are written out; null = any may be. */
function namesOf(matchers: readonly Matcher[]): Set<string> | null {
  for (const { name, op, value } of matchers) {
    if (name !== 'alertname' || value === '') continue;
    if (op === '=') return new Set([value]);
    if (op === '=~' && /^[\w-]+(?:\|[\w-]+)*$/.test(value)) return new Set(value.split('|'));
  }
  return null;
}

function* inOrder<R>(a: readonly Entry<R>[], b: readonly Entry<R>[]): Generator<Entry<R>> {
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    const left = a[i];
    const right = b[j];
    if (left !== undefined && (right === undefined || left.position < right.position)) {
      yield left;
      i += 1;
    } else if (right !== undefined) {
      yield right;
      j += 1;
    }
  }
}
