import type { GuardPolicy, Members } from '../../core/edition.ts';
import type { Json } from '../../core/json.ts';
import type { CompiledRule } from '../compile/rule.ts';
import { defaultGuards } from '../defaults.ts';
import type { RuleSet } from '../lint/lint.ts';
import type { GuardsDocument } from '../schema/rule.ts';
import { durationOf, settingFrom, type EffectiveSetting } from './setting.ts';

/** What is in force of each key of `guards`. */
const values: { readonly [K in Exclude<keyof GuardsDocument, 'protected_namespaces'>]: (policy: GuardPolicy) => Json } = {
  cooldown: ({ cooldownMs }) => durationOf(cooldownMs),
  target_cooldown: ({ targetCooldownMs }) => durationOf(targetCooldownMs),
  budgets: ({ budgets }) => budgets.map(({ max, perMs, scope }) => ({ max, per: durationOf(perMs), scope })),
  max_in_flight: ({ maxInFlight }) => maxInFlight ?? null,
  max_unavailable: ({ maxUnavailable }) => membersOf(maxUnavailable),
  min_healthy: ({ minHealthy }) => membersOf(minHealthy),
  quorum: ({ quorum }) => quorum,
  min_age: ({ minAgeMs }) => durationOf(minAgeMs),
  loop: ({ loop }) => ({ max_ineffective: loop.maxIneffective, within: durationOf(loop.withinMs) }),
  max_hold: ({ maxHoldMs }) => durationOf(maxHoldMs),
  unknown_grace: ({ unknownGraceMs }) => durationOf(unknownGraceMs),
};

/** Every guard's setting, with who set it. */
export function guardSettings(rule: CompiledRule, set: RuleSet): EffectiveSetting[] {
  const { document, edition } = rule;
  const own = (name: keyof typeof values) =>
    settingFrom(
      name,
      values[name](edition.rule.guards),
      [
        { from: 'rule', given: document.guards[name] !== undefined, path: ['guards', name] },
        { from: 'defaults', given: set.root.defaults.guards[name] !== undefined, path: ['defaults', 'guards', name] },
      ],
      rule,
      set,
    );
  return [...(Object.keys(values) as (keyof typeof values)[]).map(own), ...namespaces(rule, set)];
}

/** A rule adds to the list, and never replaces it: each part is told with its own origin. */
function namespaces(rule: CompiledRule, set: RuleSet): EffectiveSetting[] {
  const name = 'protected_namespaces';
  const base = set.root.defaults.guards[name];
  const added = rule.document.guards[name];
  const list = base ?? defaultGuards.protectedNamespaces;
  const layers = [{ from: 'defaults' as const, given: base !== undefined, path: ['defaults', 'guards', name] }];
  return [
    settingFrom(name, [...list], layers, rule, set),
    ...(added === undefined ? [] : [settingFrom(name, added, [{ from: 'rule', given: true, path: ['guards', name] }], rule, set)]),
  ];
}

function membersOf(members: Members | null): Json {
  if (members === null) return null;
  return 'count' in members ? members.count : `${members.percent}%`;
}
