import type { EditionRule, Mode, Priority, Rung, TargetSpec } from '../../core/edition.ts';
import { PRIORITIES } from '../../core/edition.ts';
import type { Json } from '../../core/json.ts';
import { formatMatcher } from '../../core/matcher.ts';
import { stricterMode } from '../../core/permission.ts';
import type { CompiledRule } from '../compile/rule.ts';
import type { RuleSet } from '../lint/lint.ts';
import { guardSettings } from './guards.ts';
import { durationOf, settingFrom, type EffectiveSetting, type Layer } from './setting.ts';

/** A rule as it is in force, every default resolved. */
export interface EffectiveRule {
  readonly name: string;
  readonly description: string;
  readonly team: string | null;
  /** Where alone it acts: its team's; null = anywhere. */
  readonly namespaces: readonly string[] | null;
  readonly file: string;
  readonly line: number;
  readonly matchers: EditionRule['matchers'];
  /** null = no schedule starts it. */
  readonly schedule: { readonly text: string; readonly timezone: string } | null;
  /** A human may start it. */
  readonly manual: boolean;
  readonly continue: boolean;
  readonly mode: Mode;
  /** Nothing has effects, whatever the rules say. */
  readonly dryRun: boolean;
  readonly target: TargetSpec;
  readonly ladder: readonly EffectiveRung[];
  readonly windows: { readonly active: readonly string[]; readonly mute: readonly string[] };
  readonly settings: readonly EffectiveSetting[];
  readonly guards: readonly EffectiveSetting[];
  /** Values of the label app whose workload is known. */
  readonly workloads: readonly string[];
}

interface EffectiveRung {
  readonly remediation: string;
  /** The stricter of its own and the rule's. */
  readonly mode: Mode;
  readonly when: Rung['when'];
  readonly with: Rung['params'];
  readonly steps: readonly { readonly path: string; readonly does: string }[];
}

export function effectiveRules(set: RuleSet, dryRun: boolean): EffectiveRule[] {
  return set.rules.map((rule) => {
    const { document, edition, source, path, starts } = rule;
    const { name, description, team, matchers, mode, target } = edition.rule;
    return {
      name,
      description,
      team,
      namespaces: edition.rule.guards.namespaces ?? null,
      file: source.file,
      line: source.place(path).line,
      matchers,
      schedule: starts.schedule === null ? null : { text: starts.schedule.text, timezone: starts.schedule.timezone },
      manual: starts.manual,
      continue: rule.continue,
      mode,
      dryRun,
      target,
      ladder: edition.ladder.map((rung) => rungOf(rung, mode)),
      windows: { active: document.active_time_intervals ?? [], mute: document.mute_time_intervals ?? [] },
      settings: settingsOf(rule, set),
      guards: guardSettings(rule, set),
      workloads: Object.keys(edition.workloads),
    };
  });
}

function rungOf({ remediation, mode, when, params, steps }: Rung, ofRule: Mode): EffectiveRung {
  return {
    remediation,
    mode: mode === null ? ofRule : stricterMode(mode, ofRule),
    when,
    with: params,
    steps: steps.map((step) => ({ path: step.path, does: doesWhat(step) })),
  };
}

function doesWhat(step: Rung['steps'][number]): string {
  switch (step.word) {
    case 'enter':
      return `use ${step.remediation}`;
    case 'check':
      return `check ${step.check}`;
    case 'action':
      return `action ${step.action}`;
    case 'collect':
      return `collect ${step.collect}`;
    case 'wait':
      return `wait ${durationOf(step.waitMs).text}`;
    case 'escalate':
      return `escalate ${step.to}`;
  }
}

/** What is no guard: how it is verified, how long it may take, whom it wakes and when. */
function settingsOf(rule: CompiledRule, set: RuleSet): EffectiveSetting[] {
  const { document, edition } = rule;
  const { verify, ladderMemoryMs, deadlineMs, priority } = edition.rule;
  const { defaults } = set.root;
  // Without a source of alerts it is raised, whatever was written.
  const isRaised = verify.withinMs !== (document.verify.within ?? set.setting.verify.withinMs);
  const one = (name: string, value: Json, own: unknown, usual?: unknown): EffectiveSetting => {
    const path = name.split('.');
    const layers: Layer[] = [
      { from: 'rule', given: own !== undefined, path },
      { from: 'defaults', given: usual !== undefined, path: ['defaults', ...path] },
    ];
    return settingFrom(name, value, layers, rule, set);
  };
  return [
    isRaised
      ? settingFrom('verify.within', durationOf(verify.withinMs), [], rule, set)
      : one('verify.within', durationOf(verify.withinMs), document.verify.within, defaults.verify.within),
    one('verify.stable_for', durationOf(verify.stableForMs), document.verify.stable_for, defaults.verify.stable_for),
    one('verify.alert_labels', [...verify.alertLabels], document.verify.alert_labels, defaults.verify.alert_labels),
    one('verify.check', verify.check?.check ?? null, document.verify.check),
    one('ladder_memory', durationOf(ladderMemoryMs), document.ladder_memory, defaults.ladder_memory),
    one('deadline', durationOf(deadlineMs), document.deadline, defaults.deadline),
    one('priority', priority ?? 'the label priority, else P2', document.priority),
    ...escalateAfter(rule, set),
    one('escalation', edition.escalation?.name ?? null, document.escalation, defaults.escalation),
  ];
}

/** Where the rule says nothing it depends on the priority of the alert: one setting for each that the rule may have. */
function escalateAfter(rule: CompiledRule, set: RuleSet): EffectiveSetting[] {
  const { document, edition } = rule;
  const name = 'escalate_after';
  const own = edition.rule.escalateAfterMs;
  if (own !== null) return [settingFrom(name, durationOrNever(own), [{ from: 'rule', given: true, path: [name] }], rule, set)];
  const literal = PRIORITIES.filter((priority) => priority === document.priority);
  return (literal.length > 0 ? literal : PRIORITIES).map((priority: Priority) =>
    settingFrom(
      `${name} of ${priority}`,
      durationOrNever(edition.priorities[priority].escalateAfterMs),
      [
        { from: 'priorities', given: set.root.priorities[priority]?.escalate_after !== undefined, path: ['priorities', priority, name] },
        { from: 'defaults', given: set.root.defaults.escalate_after !== undefined, path: ['defaults', name] },
      ],
      rule,
      set,
    ),
  );
}

const durationOrNever = (ms: number | 'never' | null): Json => (typeof ms === 'number' ? durationOf(ms) : 'never');

/** `alertname="A", severity="page"` */
export const matchersText = ({ matchers }: Pick<EffectiveRule, 'matchers'>): string => matchers.map(formatMatcher).join(', ');
