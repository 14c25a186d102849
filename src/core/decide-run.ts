import type { Decision, DecisionInput, Refusal, Verdict } from './decide.ts';
import { GUARDS, type GuardName } from './guards/index.ts';
import type { FoundRefusal, Guard, GuardInput, GuardReason, Known, Need } from './guards/guard.ts';
import { policyOf } from './permission.ts';
import { reasons } from './reasons.ts';
import { defaultTiming } from './timing.ts';

/**
 * Runs every guard of the phase, in the order of the list. The first refusal decides; all verdicts are kept, so that "why not?" has a
 * whole answer. A fact that a guard needs and that could not be read is a refusal of that guard: unknown means no.
 */
export function decide(input: DecisionInput): Decision {
  const guarded: GuardInput = { ...input, policy: policyOf(input), timing: input.timing ?? defaultTiming };
  const verdicts = GUARDS.filter(({ phases }) => phases.includes(input.phase)).map((guard) => verdictOf(guard, guarded));
  const first = verdicts.find((verdict) => verdict.result === 'refuse');
  if (first === undefined) return { then: 'run', reason: null, verdicts, nextEligibleAt: null };
  return { then: CONSEQUENCE[reasons[first.reason].then], reason: first.reason, verdicts, nextEligibleAt: first.nextEligibleAt };
}

const CONSEQUENCE = { hold: 'hold', skip: 'skip', escalate: 'escalate', dry: 'observe', ask: 'ask' } as const satisfies Record<
  (typeof reasons)[GuardReason]['then'],
  Decision['then']
>;

type GuardVerdict = Exclude<Verdict, Refusal> | (FoundRefusal & { readonly guard: GuardName });

function verdictOf(guard: Guard<GuardName>, input: GuardInput): GuardVerdict {
  const facts: Partial<Record<Need, unknown>> = {};
  const unread = read(guard.needs, input, facts) ?? read(guard.also(input, facts as Known<Need>), input, facts);
  return { guard: guard.name, ...(unread ?? guard.check(input, facts as Known<Need>)) };
}

/** Puts the values of the needs into `facts`; the refusal for the first one that is not known, null = all are. */
function read(needs: readonly Need[], input: GuardInput, facts: Partial<Record<Need, unknown>>): FoundRefusal | null {
  for (const need of needs) {
    const fact = need === 'plan' ? planFact(input) : input.facts[need];
    if (!fact.known) return unreadable(need, fact.why);
    facts[need] = fact.value;
  }
  return null;
}

function planFact({ plan }: GuardInput) {
  return plan === null ? ({ known: false, why: 'there is no plan' } as const) : ({ known: true, value: plan } as const);
}

function unreadable(need: Need, why: string): FoundRefusal {
  return {
    result: 'refuse',
    reason: `unknown-${need}`,
    have: why,
    need: WORDS[need],
    clears: `Known again: ${WORDS[need]}.`,
    nextEligibleAt: null,
  };
}

const WORDS = {
  sight: 'whether cluster and Prometheus answer',
  brake: 'the brakes that are set',
  storm: 'whether there is a storm in the cluster',
  owner: 'which installation acts in the namespace',
  firing: 'whether the alert fires',
  suppression: 'whether the alert is silenced or inhibited',
  target: 'the target',
  workload: 'the health of the workload',
  namespace: 'the namespace',
  history: 'locks, cooldowns, budgets and memory',
  rights: 'whether the API permits the plan',
  plan: 'the plan',
} as const satisfies Record<Need, string>;
