import { decide } from '../src/core/decide-run.ts';
import type { DecisionInput } from '../src/core/decide.ts';
import { factsOf, inputOf } from '../test/unit/core/guards/fixture.ts';
import { unknown } from '../src/core/facts.ts';
import { quantile } from './http-client.ts';
import { printTable } from './table.ts';

/** One decision of all guards, the facts given. What is stored of it, and how long the facts took, is not its own time. */
const rounds = Number(process.env['ROUNDS'] ?? 200);
const each = 1_000;

export function benchDecision(): void {
  const stricter = inputOf();
  const cases: readonly (readonly [string, DecisionInput])[] = [
    ['permit, every guard passes', inputOf()],
    ['admit', inputOf({ phase: 'admit', plan: null })],
    [
      'permit, another policy in force',
      { ...stricter, permission: { ...stricter.permission, guards: { ...stricter.edition.rule.guards, minAgeMs: 1 } } },
    ],
    ['permit, no fact can be read', { ...inputOf({ plan: null }), facts: blind() }],
  ];
  for (const [, input] of cases) measure(input);
  console.log('\nOne decision, all guards, facts given (µs)');
  printTable(
    ['what', 'p50', 'p99', 'must reach'],
    cases.map(([name, input]) => {
      const times = measure(input);
      return [name, quantile(times, 0.5).toFixed(1), quantile(times, 0.99).toFixed(1), '20'];
    }),
  );
}

function blind(): DecisionInput['facts'] {
  const { at, ...facts } = factsOf();
  const names = Object.keys(facts) as (keyof typeof facts)[];
  return { at, ...facts, ...Object.fromEntries(names.map((name) => [name, unknown('timeout')])) };
}

/** µs of the processor for one decision, averaged over a thousand of them, sorted: what else the machine does is not its time. */
function measure(input: DecisionInput): number[] {
  return Array.from({ length: rounds }, () => {
    const start = process.cpuUsage();
    for (let turn = 0; turn < each; turn += 1) decide(input);
    const { user, system } = process.cpuUsage(start);
    return (user + system) / each;
  }).toSorted((a, b) => a - b);
}

if (import.meta.main) benchDecision();
