import { canonicalJson } from '../../core/json.ts';
import type { CompiledRule } from '../compile/rule.ts';
import { labelsOfTarget } from '../compile/target.ts';
import { indexRules, type RuleIndex } from '../rule-index.ts';
import { defineLint, mayAct, nameOf, type Finding } from './lint.ts';
import { accepts, demandsOf, valuesOf, type Demands } from '../compile/values.ts';

/** Two rules that may both act on one target: on one alert, or on two that differ only in labels of no matter to the target. */
export const sameTarget = defineLint({
  name: 'same-target',
  summary: 'two rules may act on the same target',
  check({ rules }) {
    const acting = rules
      .filter(mayAct)
      .map((rule) => ({ rule, demands: demandsOf(rule), target: canonicalJson(rule.edition.rule.target) }));
    if (acting.length < 2) return [];
    const takes = indexRules(rules);
    const earlier = new ByAlert();
    return acting.flatMap((later): Finding[] => {
      const others = earlier.near(later);
      earlier.add(later);
      for (const first of others) {
        const how = overlap(first, later, takes);
        if (how !== null) return [finding(first.rule, later.rule, how)];
      }
      return [];
    });
  },
});

interface Acting {
  readonly rule: CompiledRule;
  readonly demands: Demands;
  readonly target: string;
}

type How = 'one alert' | 'two alerts';

function finding(first: CompiledRule, later: CompiledRule, how: How): Finding {
  const message =
    how === 'one alert'
      ? `rule ${nameOf(first)} takes the same alerts, goes on to this one, and both may act on them`
      : `rule ${nameOf(first)} may act on the same target, for alerts that differ from these only in labels that do not concern the target`;
  return { rule: later, path: ['matchers'], message, fix: 'let one of them observe, or make one rule of them with a ladder' };
}

/** null = none is known: it is told only if alerts can be named that show it. */
function overlap(first: Acting, later: Acting, takes: RuleIndex<CompiledRule>): How | null {
  const alert = commonAlert(first.demands, later.demands);
  if (alert === null) return null;
  const taken = takes({ labels: alert });
  if (!taken.includes(first.rule)) return null;
  if (taken.includes(later.rule)) return 'one alert';
  return first.target === later.target && hasOwnAlert(first, later, alert, takes) ? 'two alerts' : null;
}

/** Labels that both accept; null = none was found. */
function commonAlert(first: Demands, later: Demands): Record<string, string> | null {
  const alert: Record<string, string> = {};
  for (const label of new Set([...first.keys(), ...later.keys()])) {
    const matchers = [...(first.get(label) ?? []), ...(later.get(label) ?? [])];
    const value = (valuesOf(matchers) ?? samples).find((one) => accepts(matchers, one));
    if (value === undefined) return null;
    if (value !== '') alert[label] = value;
  }
  return alert;
}

const samples = ['', 'a', '1', 'x-0'];

/** Whether an alert of the same target gets to the later rule. */
function hasOwnAlert({ demands }: Acting, later: Acting, alert: Record<string, string>, takes: RuleIndex<CompiledRule>): boolean {
  const fixed = new Set(labelsOfTarget(later.rule.edition.rule.target));
  return [...demands.keys()].some((label) => {
    if (fixed.has(label)) return false;
    const own = valuesOf(later.demands.get(label) ?? []) ?? samples;
    return own.some((value) => takes({ labels: { ...alert, [label]: value } }).includes(later.rule));
  });
}

/** Enough to find who is meant; more would cost more than it tells. */
const mostNear = 100;

/** Rules that may take the same alerts, found by the name of the alert. */
class ByAlert {
  readonly #named = new Map<string, Acting[]>();
  readonly #unnamed: Acting[] = [];

  add(acting: Acting): void {
    const names = namesOf(acting);
    if (names === null) this.#unnamed.push(acting);
    for (const name of names ?? []) this.#named.set(name, [...(this.#named.get(name) ?? []), acting]);
  }

  near(acting: Acting): readonly Acting[] {
    const named = (namesOf(acting) ?? []).flatMap((name) => this.#named.get(name)?.slice(0, mostNear) ?? []);
    return [...named, ...this.#unnamed.slice(0, mostNear)];
  }
}

const namesOf = ({ demands }: Acting): readonly string[] | null => valuesOf(demands.get('alertname') ?? []);
