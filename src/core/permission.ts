import type { DecisionInput } from './decide.ts';
import type { Budget, GuardPolicy, Members, Mode, Rung } from './edition.ts';
import { maxUnavailable, minHealthy } from './members.ts';

/** What a run may do is the stricter of what it pinned and what is in force: who tightens a rule stops what already runs. */

const STRICTNESS = { observe: 0, approve: 1, act: 2 } as const satisfies Record<Mode, number>;

export function stricterMode(a: Mode, b: Mode): Mode {
  return STRICTNESS[b] < STRICTNESS[a] ? b : a;
}

type Asked = Pick<DecisionInput, 'run' | 'edition' | 'permission'>;

/** The strictest of rule and rung, as pinned and as in force, and which of them it is. */
export function effectiveMode({ run, edition, permission }: Asked): { readonly mode: Mode; readonly because: string } {
  const rung = edition.ladder[run.rung];
  const current = rungInForce({ run, edition, permission });
  const voices: { mode: Mode; because: string }[] = [
    { mode: edition.rule.mode, because: `rule ${run.rule}` },
    { mode: permission.mode, because: 'in force now' },
  ];
  if (rung?.mode) voices.push({ mode: rung.mode, because: `remediation ${rung.remediation}` });
  if (current?.mode) voices.push({ mode: current.mode, because: `remediation ${current.remediation}, in force now` });
  return voices.reduce((a, b) => (stricterMode(a.mode, b.mode) === a.mode ? a : b));
}

/**
 * The rung in force that is the run's own: the one of the same remediation, the n-th where the ladder has it several times. null = the
 * ladder in force no longer has it; undefined = there is nothing to compare.
 */
export function rungInForce({ run, edition, permission }: Asked): Pick<Rung, 'remediation' | 'mode'> | null | undefined {
  const rung = edition.ladder[run.rung];
  if (rung === undefined || permission.rungs === null) return undefined;
  const same = ({ remediation }: Pick<Rung, 'remediation'>) => remediation === rung.remediation;
  const before = edition.ladder.slice(0, run.rung).filter(same).length;
  return permission.rungs.filter(same)[before] ?? null;
}

/** The policy that the guards use: pinned and in force, whichever is stricter in each point. */
export function policyOf({ edition, permission, facts }: Pick<DecisionInput, 'edition' | 'permission' | 'facts'>): GuardPolicy {
  return guardsOf(edition, permission.guards, facts.workload.known ? (facts.workload.value?.health.desired ?? null) : null);
}

/** The same from the guards in force; null = there are none. `desired` as for `strictest`. */
export function guardsOf({ rule }: DecisionInput['edition'], inForce: GuardPolicy | null, desired: number | null = null): GuardPolicy {
  return inForce === null || inForce === rule.guards ? rule.guards : strictest(rule.guards, inForce, desired);
}

/** For how long a run may wait. */
export type Bounds = Pick<GuardPolicy, 'maxHoldMs' | 'unknownGraceMs'>;

/** The shorter of those pinned and those in force; null = there are none in force. */
export function boundsOf({ rule }: DecisionInput['edition'], inForce: Bounds | null): Bounds {
  return inForce === null ? rule.guards : shorter(rule.guards, inForce);
}

function shorter(a: Bounds, b: Bounds): Bounds {
  return { maxHoldMs: Math.min(a.maxHoldMs, b.maxHoldMs), unknownGraceMs: Math.min(a.unknownGraceMs, b.unknownGraceMs) };
}

/**
 * In each point the stricter of both. Whether a count or a percentage is stricter depends on the size of the workload: where that is not
 * told (null), such a pair becomes a limit that nothing satisfies.
 */
export function strictest(a: GuardPolicy, b: GuardPolicy, desired: number | null = null): GuardPolicy {
  return {
    cooldownMs: Math.max(a.cooldownMs, b.cooldownMs),
    targetCooldownMs: Math.max(a.targetCooldownMs, b.targetCooldownMs),
    budgets: allBudgets(a.budgets, b.budgets),
    maxInFlight: least(a.maxInFlight ?? null, b.maxInFlight ?? null),
    maxUnavailable: fewest(a.maxUnavailable, b.maxUnavailable, desired),
    minHealthy: most(a.minHealthy, b.minHealthy, desired),
    quorum: a.quorum === 'majority' ? a.quorum : b.quorum,
    minAgeMs: Math.max(a.minAgeMs, b.minAgeMs),
    loop: {
      maxIneffective: Math.min(a.loop.maxIneffective, b.loop.maxIneffective),
      withinMs: Math.max(a.loop.withinMs, b.loop.withinMs),
    },
    ...shorter(a, b),
    protectedNamespaces: [...new Set([...a.protectedNamespaces, ...b.protectedNamespaces])],
    ...within(a.namespaces, b.namespaces),
    windows: [...a.windows, ...b.windows.filter((one) => !a.windows.some((other) => sameJson(one, other)))],
  };
}

/** Namespaces that both allow. */
function within(a: readonly string[] | undefined, b: readonly string[] | undefined): Pick<GuardPolicy, 'namespaces'> {
  const both = a === undefined ? b : b === undefined ? a : a.filter((name) => b.includes(name));
  return both === undefined ? {} : { namespaces: both };
}

/** All of both; of two over the same window the smaller. */
function allBudgets(a: readonly Budget[], b: readonly Budget[]): readonly Budget[] {
  const merged = a.map((one) => ({ ...one, max: Math.min(one.max, ...b.filter(sameWindow(one)).map(({ max }) => max)) }));
  return [...merged, ...b.filter((one) => !a.some(sameWindow(one)))];
}

const sameJson = (a: object, b: object): boolean => JSON.stringify(a) === JSON.stringify(b);

function sameWindow(one: Budget) {
  return (other: Budget) => other.scope === one.scope && other.perMs === one.perMs;
}

const least = (a: number | null, b: number | null): number | null => (a === null || b === null ? (a ?? b) : Math.min(a, b));

function fewest(a: Members | null, b: Members | null, desired: number | null): Members | null {
  if (a === null || b === null) return a ?? b;
  if ('count' in a && 'count' in b) return { count: Math.min(a.count, b.count) };
  if ('percent' in a && 'percent' in b) return { percent: Math.min(a.percent, b.percent) };
  if (desired === null) return { count: 0 };
  return { count: Math.min(maxUnavailable(a, desired), maxUnavailable(b, desired)) };
}

function most(a: Members | null, b: Members | null, desired: number | null): Members | null {
  if (a === null || b === null) return a ?? b;
  if ('count' in a && 'count' in b) return { count: Math.max(a.count, b.count) };
  if ('percent' in a && 'percent' in b) return { percent: Math.max(a.percent, b.percent) };
  if (desired === null) return { count: Number.MAX_SAFE_INTEGER };
  return { count: Math.max(minHealthy(a, desired), minHealthy(b, desired)) };
}
