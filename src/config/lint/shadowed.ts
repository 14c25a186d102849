import type { CompiledRule } from '../compile/rule.ts';
import { defineLint, nameOf, type Finding } from './lint.ts';
import { casesOf, demandsOf, implies, valuesOf, type Demands } from '../compile/values.ts';

/** A rule that no alert ever reaches, because earlier ones that do not `continue` take all that it matches. */
export const shadowed = defineLint({
  name: 'shadowed',
  summary: 'no alert gets to the rule, because earlier ones take them all',
  check({ rules }) {
    const earlier = new Takers();
    return rules.flatMap((rule): Finding[] => {
      const demands = demandsOf(rule);
      if (demands.size === 0) return [];
      const takers = earlier.ofAll(casesOf(demands));
      if (!rule.continue) earlier.add(rule, demands);
      return takers === null ? [] : [finding(rule, takers)];
    });
  },
});

function finding(rule: CompiledRule, takers: readonly CompiledRule[]): Finding {
  const names = takers.map(nameOf).join(', ');
  const [who, them] = takers.length === 1 ? [`rule ${names} takes`, 'it'] : [`the rules ${names} take`, 'them'];
  return {
    rule,
    path: ['matchers'],
    message: `no alert gets to this rule: ${who} every one that it matches`,
    fix: `move it before ${them}, or say "continue: true" there, or remove it`,
  };
}

interface Taker {
  readonly position: number;
  readonly rule: CompiledRule;
  readonly demands: Demands;
}

/** The rules that let nothing pass, found by one of the values that they demand, so that their number hardly matters. */
class Takers {
  readonly #byValue = new Map<string, Taker[]>();
  readonly #others: Taker[] = [];
  #count = 0;

  add(rule: CompiledRule, demands: Demands): void {
    const taker = { position: this.#count++, rule, demands };
    const [buckets] = [...demands]
      .flatMap(([label, matchers]) => {
        const values = valuesOf(matchers);
        return values === null ? [] : [values.map((value) => this.#bucket(label, value))];
      })
      .toSorted((a, b) => fullest(a) - fullest(b));
    for (const bucket of buckets ?? [this.#others]) bucket.push(taker);
  }

  /** Those that take all cases between them; null = not all are taken. */
  ofAll(cases: readonly Demands[]): readonly CompiledRule[] | null {
    const found = new Set<CompiledRule>();
    for (const one of cases) {
      const taker = this.#of(one);
      if (taker === undefined) return null;
      found.add(taker.rule);
    }
    return [...found];
  }

  /** The first that takes all alerts of the case. Whoever demands a value can only do so if the case has no other. */
  #of(demands: Demands): Taker | undefined {
    const candidates = [...demands].flatMap(([label, matchers]) => {
      const [value] = valuesOf(matchers) ?? [];
      return value === undefined ? [] : (this.#byValue.get(keyOf(label, value)) ?? []);
    });
    const taking = [...candidates, ...this.#others].filter((taker) =>
      [...taker.demands.values()].flat().every((matcher) => implies(demands, matcher)),
    );
    return taking.toSorted((a, b) => a.position - b.position)[0];
  }

  #bucket(label: string, value: string): Taker[] {
    const key = keyOf(label, value);
    const bucket = this.#byValue.get(key) ?? [];
    this.#byValue.set(key, bucket);
    return bucket;
  }
}

const keyOf = (label: string, value: string): string => JSON.stringify([label, value]);
const fullest = (buckets: readonly (readonly Taker[])[]): number => Math.max(0, ...buckets.map(({ length }) => length));
