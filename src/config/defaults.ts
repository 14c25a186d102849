import { MODES, type Budget, type GuardPolicy, type Priority, type PriorityPolicy } from '../core/edition.ts';
import type { MaxInFlight } from '../core/in-flight.ts';
import type { StormPolicy } from '../core/storm.ts';
import type { GuardsDocument } from './schema/rule.ts';

/** What holds where nobody says otherwise. Strict: a rule without guards must not be able to do much harm. */

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

const budgets: readonly Budget[] = [
  { max: 3, perMs: hour, scope: 'target' },
  { max: 7, perMs: day, scope: 'target' },
  { max: 2, perMs: 10 * minute, scope: 'workload' },
];

export const defaultGuards: GuardPolicy = {
  cooldownMs: 10 * minute,
  targetCooldownMs: 5 * minute,
  budgets,
  maxInFlight: null,
  maxUnavailable: { count: 1 },
  minHealthy: null,
  quorum: 'majority',
  minAgeMs: 2 * minute,
  loop: { maxIneffective: 3, withinMs: 4 * hour },
  maxHoldMs: 30 * minute,
  unknownGraceMs: 2 * minute,
  protectedNamespaces: ['kube-system', 'kube-public', 'kube-node-lease'],
  windows: [],
};

export const defaultVerify = { withinMs: 10 * minute, stableForMs: 2 * minute };
/** Where neither Prometheus nor Alertmanager can be asked, only repeated webhooks tell that an alert still fires. */
export const shortestBlindWithinMs = 15 * minute;

/** Few enough that a human can follow, and that a mistake of a rule stays small; a run that acts takes some minutes, most of it to verify. */
export const defaultMaxInFlight: MaxInFlight = { installation: 5, cluster: 3 };

/** Most of the scrape targets gone at once. Of four, three that are down may well be down; a fleet's rollout is no half of all within an hour. */
export const defaultBlindness = { maxMissingPercent: 50, minTargets: 5, withinMs: hour };

/** A number, not a share: nobody knows how large a cluster is, and a share of three members would be one. */
export const defaultStorm: StormPolicy = { enter: 6, leave: 2, withinMs: 5 * minute, cooldownMs: 5 * minute };

/** More than a human follows, and less than what ruins a fleet before somebody looks. */
export const defaultBudget: Budget = { max: 20, perMs: 10 * minute, scope: 'installation' };

export const defaultFreshStoreHoldMs = 10 * minute;
export const defaultLadderMemoryMs = hour;
export const defaultDeadlineMs = hour;

export const defaultPriorities: Readonly<Record<Priority, PriorityPolicy>> = {
  P0: { respondWithinMs: 15 * minute, resolveWithinMs: 4 * hour, escalateAfterMs: 0, notify: [] },
  P1: { respondWithinMs: hour, resolveWithinMs: day, escalateAfterMs: 5 * minute, notify: [] },
  P2: { respondWithinMs: 4 * hour, resolveWithinMs: 3 * day, escalateAfterMs: 15 * minute, notify: [] },
  P3: { respondWithinMs: day, resolveWithinMs: 7 * day, escalateAfterMs: null, notify: [] },
};

/** `written` over `base`, key by key. Namespaces are only ever added: who writes a rule cannot open what the operator of remediad closed. */
export function withGuards(base: GuardPolicy, written: GuardsDocument): GuardPolicy {
  const { loop, budgets: own } = written;
  return {
    cooldownMs: written.cooldown ?? base.cooldownMs,
    targetCooldownMs: written.target_cooldown ?? base.targetCooldownMs,
    budgets: own === undefined ? base.budgets : own.map(({ max, per, scope }) => ({ max, perMs: per, scope })),
    maxInFlight: written.max_in_flight ?? base.maxInFlight ?? null,
    maxUnavailable: written.max_unavailable ?? base.maxUnavailable,
    minHealthy: written.min_healthy ?? base.minHealthy,
    quorum: written.quorum ?? base.quorum,
    minAgeMs: written.min_age ?? base.minAgeMs,
    loop: loop === undefined ? base.loop : { maxIneffective: loop.max_ineffective, withinMs: loop.within },
    maxHoldMs: written.max_hold ?? base.maxHoldMs,
    unknownGraceMs: written.unknown_grace ?? base.unknownGraceMs,
    protectedNamespaces: [...new Set([...base.protectedNamespaces, ...(written.protected_namespaces ?? [])])],
    windows: base.windows,
  };
}

/** The order of modes, strictest first. */
export const isLooser = (mode: (typeof MODES)[number], than: (typeof MODES)[number]): boolean => MODES.indexOf(mode) > MODES.indexOf(than);
