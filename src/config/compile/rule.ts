import {
  EDITION_SCHEMA,
  PRIORITIES,
  type Edition,
  type EscalationPolicy,
  type Mode,
  type Rung,
  type VerifySpec,
} from '../../core/edition.ts';
import type { Team } from '../config.ts';
import { isLooser, shortestBlindWithinMs, withGuards } from '../defaults.ts';
import type { PathSegment, Problem, ProblemCode } from '../problem.ts';
import type { RuleDocument } from '../schema/rule.ts';
import type { YamlSource } from '../yaml-source.ts';
import type { Starts } from '../../core/schedule/starts.ts';
import { checkArguments, checkCapabilityArguments } from './arguments.ts';
import type { Known } from './check-recipe.ts';
import { flattenRung, type Flattened } from './ladder.ts';
import { compileMatchers } from './matchers.ts';
import { possiblePriorities } from './priority.ts';
import { Reader, suggestion } from './reader.ts';
import type { Setting } from './setting.ts';
import { checkScheduledTarget, compileStarts } from './starts.ts';
import { compileTarget } from './target.ts';
import { checkTeam } from './team.ts';
import { inLadder } from './variables.ts';
import { compileWindows } from './windows.ts';
import { provides, whyNeverPasses, workloadsOf } from './workloads.ts';

/** A rule as it is in force. */
export interface CompiledRule {
  readonly edition: Edition;
  readonly starts: Starts;
  readonly continue: boolean;
  /** What was written, and where. */
  readonly document: RuleDocument;
  readonly source: YamlSource;
  readonly path: readonly PathSegment[];
}

export interface RuleContext {
  readonly known: Known;
  /** Workload fields that each recipe reads, its uses included. */
  readonly workloadFields: ReadonlyMap<string, ReadonlySet<string>>;
  /** Recipes that cannot be flattened, which was told. */
  readonly unusable: ReadonlySet<string>;
  readonly flattened: Flattened;
  readonly setting: Setting;
  readonly problems: Problem[];
  readonly warnings: Problem[];
}

/** null = something is wrong with it, which was told. */
export function compileRule(
  document: RuleDocument,
  source: YamlSource,
  path: readonly PathSegment[],
  context: RuleContext,
): CompiledRule | null {
  const before = context.problems.length;
  const rule = new RuleCompiler(document, source, path, context).compile();
  return context.problems.length > before ? null : rule;
}

class RuleCompiler {
  readonly #document: RuleDocument;
  readonly #source: YamlSource;
  readonly #path: readonly PathSegment[];
  readonly #context: RuleContext;
  readonly #team: Team | null;

  constructor(document: RuleDocument, source: YamlSource, path: readonly PathSegment[], context: RuleContext) {
    this.#document = document;
    this.#source = source;
    this.#path = path;
    this.#context = context;
    this.#team = context.setting.teams.get(document.team ?? '') ?? null;
  }

  compile(): CompiledRule {
    const { name, description, team, mode, deadline, priority } = this.#document;
    const { setting, problems } = this.#context;
    const starts = compileStarts(this.#document, this.#source, this.#path, problems);
    const matchers = compileMatchers(this.#document.matchers ?? [], this.#source, [...this.#path, 'matchers'], problems);
    const workloads = workloadsOf(matchers, starts, setting.workloads);
    const guards = {
      ...withGuards(setting.guards, this.#document.guards),
      windows: compileWindows(this.#document, this.#source, this.#path, this.#context),
      ...(this.#team === null ? {} : { namespaces: this.#team.namespaces }),
    };
    const { target, labels } = compileTarget(this.#document.target, this.#source, [...this.#path, 'target'], context(setting, problems));
    this.#checkGuards(guards, workloads);
    this.#checkAsking(mode, ['mode']);
    const ladder = this.#ladder(workloads);
    const [escalation, handOver] = [this.#escalation(), this.#handOver(ladder)];
    checkTeam(this.#team, { document: this.#document, ladder, escalation, handOver }, setting, (...told) => this.#tell(...told));
    const edition: Edition = {
      schema: EDITION_SCHEMA,
      rule: {
        name,
        description,
        team: team ?? null,
        matchers: matchers.map((matcher) => ({ name: matcher.name, op: matcher.op, value: matcher.value })),
        mode,
        target,
        verify: this.#verify(labels),
        guards,
        ladderMemoryMs: this.#document.ladder_memory ?? setting.ladderMemoryMs,
        deadlineMs: deadline ?? setting.deadlineMs,
        escalateAfterMs: this.#document.escalate_after ?? null,
        priority: priority ?? null,
      },
      ladder,
      workloads,
      escalation,
      handOver,
      priorities: setting.priorities,
      execAllow: setting.execAllow,
      endpoints: setting.endpoints,
    };
    checkScheduledTarget(edition, starts, this.#source, this.#path, problems);
    return { edition, starts, continue: this.#document.continue, document: this.#document, source: this.#source, path: this.#path };
  }

  #ladder(workloads: Edition['workloads']): Rung[] {
    const { known, problems } = this.#context;
    return this.#document.remediations.flatMap((rung, index) => {
      const path = ['remediations', index];
      if (rung.mode !== undefined && isLooser(rung.mode, this.#document.mode)) {
        const message = `mode ${rung.mode} is looser than the rule's ${this.#document.mode}`;
        this.#tell('looser-rung', [...path, 'mode'], message, `set the rule to ${rung.mode}, or this to ${this.#document.mode}`);
      }
      if (this.#document.mode !== 'approve') this.#checkAsking(rung.mode, [...path, 'mode']);
      const reader = new Reader({ roots: inLadder }, this.#source, problems);
      if (!known.names.has(rung.use))
        this.#tell(
          'unknown-remediation',
          [...path, 'use'],
          `there is no remediation "${rung.use}"`,
          suggestion(rung.use, [...known.names]),
        );
      const recipe = known.recipes.get(rung.use);
      const given = { source: this.#source, path: [...this.#path, ...path, 'with'], values: rung.with, reader, problems };
      checkArguments(given, rung.use, recipe?.params ?? null);
      if (recipe === undefined) return [];
      this.#checkWorkloadFields([...(this.#context.workloadFields.get(rung.use) ?? []), ...reader.workloadFields], workloads, [
        ...path,
        'use',
      ]);
      return this.#context.unusable.has(rung.use)
        ? []
        : [flattenRung(recipe, known.recipes, { mode: rung.mode ?? null, when: rung.when, params: rung.with }, this.#context.flattened)];
    });
  }

  /** Nothing puts a plan before a human yet, and nothing takes the answer. */
  #checkAsking(mode: Mode | undefined, path: readonly PathSegment[]): void {
    if (mode !== 'approve') return;
    const message = 'nobody can be asked yet: a run would wait for its approval in vain, and escalate approval-expired';
    this.#warn('nobody-to-ask', path, message, 'set mode: observe, or mode: act');
  }

  /** Fields that the same workloads lack are told together. */
  #checkWorkloadFields(fields: readonly string[], workloads: Edition['workloads'], path: readonly PathSegment[]): void {
    if (this.#context.setting.broken.has('workloads')) return;
    const entries = Object.entries(workloads);
    const lackedBy = Map.groupBy(new Set(fields), (field) =>
      entries.flatMap(([app, entry]) => (provides(entry, field) ? [] : [app])).join(', '),
    );
    for (const [apps, lacked] of lackedBy) {
      const reads = `the remediation reads ${lacked.map((field) => `workload.${field}`).join(', ')}`;
      const fix = 'add it to the entry under "workloads"';
      if (entries.length === 0) {
        this.#warn(
          'unknown-field',
          path,
          `${reads}, and no workload is configured for this rule`,
          'add one under "workloads", by its label app',
        );
      } else if (apps.split(', ').length === entries.length && apps !== '') {
        this.#tell('unknown-field', path, `${reads}, which no workload of this rule has: ${apps}`, fix);
      } else if (apps !== '') this.#warn('unknown-field', path, `${reads}, which ${apps} does not have`, fix);
    }
  }

  #verify(targetLabels: readonly string[]): VerifySpec {
    const { within, stable_for: stableFor, alert_labels: own, check, with: values } = this.#document.verify;
    const { setting, known, problems } = this.#context;
    const path = [...this.#path, 'verify'];
    if (own !== undefined && !own.includes('alertname')) {
      this.#tell('bad-value', ['verify', 'alert_labels'], 'without alertname other alerts would be taken for this one', 'add alertname');
    }
    if (check !== undefined) {
      const capability = known.vocabulary.checks.get(check);
      const reader = new Reader({ roots: inLadder }, this.#source, problems);
      if (capability === undefined)
        this.#tell(
          'unknown-check',
          ['verify', 'check'],
          `there is no check "${check}"`,
          suggestion(check, [...known.vocabulary.checks.keys()]),
        );
      else
        checkCapabilityArguments(
          { source: this.#source, path: [...path, 'with'], values: values ?? {}, reader, problems },
          check,
          capability.params,
        );
    } else if (values !== undefined)
      this.#tell('missing-key', ['verify', 'with'], 'parameters without a check', 'add "check", or remove "with"');
    const withinMs = within ?? setting.verify.withinMs;
    return {
      withinMs: setting.hasSource || this.#document.matchers === undefined ? withinMs : Math.max(withinMs, shortestBlindWithinMs),
      stableForMs: stableFor ?? setting.verify.stableForMs,
      // What names the alert whatever becomes of its target: its name, and the labels from which the target is told.
      alertLabels: own ?? setting.verify.alertLabels ?? [...new Set(['alertname', ...targetLabels])],
      check: check === undefined ? null : { check, with: values ?? {} },
    };
  }

  #checkGuards(guards: Edition['rule']['guards'], workloads: Edition['workloads']): void {
    for (const [app, { replicas }] of Object.entries(workloads)) {
      const why = replicas === null || replicas === 0 ? null : whyNeverPasses(guards, replicas);
      if (why === null) continue;
      const fix = `loosen the guard, exclude the workload with the matcher app!="${app}", or correct its "replicas"`;
      this.#tell('guard-never-passes', ['guards'], `the rule could never act on workload ${app}: ${why}`, fix);
    }
  }

  #escalation(): EscalationPolicy | null {
    const { setting } = this.#context;
    const name = this.#document.escalation ?? this.#team?.escalation ?? setting.escalation;
    const policy = name === null ? undefined : setting.policies.get(name);
    if (setting.broken.has('escalation_policies')) return policy ?? null;
    if (this.#document.escalation !== undefined && policy === undefined) {
      this.#tell(
        'unknown-policy',
        ['escalation'],
        `there is no escalation policy "${this.#document.escalation}"`,
        suggestion(this.#document.escalation, [...setting.policies.keys()]),
      );
    } else this.#checkReceiver(policy ?? null);
    return policy ?? null;
  }

  /** The policies that the ladder's `escalate` steps name. One that is not configured falls back to the rule's own, so somebody hears of it. */
  #handOver(ladder: readonly Rung[]): NonNullable<Edition['handOver']> {
    const { setting } = this.#context;
    const named = ladder.flatMap(({ steps }, index) => steps.flatMap((step) => (step.word === 'escalate' ? [{ to: step.to, index }] : [])));
    const found = new Map<string, EscalationPolicy>();
    for (const { to, index } of named) {
      const policy = setting.policies.get(to);
      if (policy !== undefined) found.set(to, policy);
      else if (this.#document.mode !== 'observe' && !setting.broken.has('escalation_policies')) {
        const message = `it hands over to "${to}", and there is no such escalation policy: the rule's own would be used`;
        this.#warn('unknown-policy', ['remediations', index, 'use'], message, `add "${to}" under "escalation_policies"`);
      }
    }
    return Object.fromEntries(found);
  }

  /** Whoever may ask or act must be able to wake somebody, whatever priority the alert has. */
  #checkReceiver(policy: EscalationPolicy | null): void {
    const { setting } = this.#context;
    const priorities = possiblePriorities(this.#document.priority, this.#source, this.#path, this.#context.problems);
    if (this.#document.mode === 'observe' || setting.broken.has('priorities') || setting.broken.has('defaults')) return;
    const unheard = priorities.filter(
      (priority) =>
        setting.priorities[priority].notify.length === 0 &&
        policy?.steps.every(({ priorities }) => priorities?.includes(priority) === false) !== false,
    );
    if (unheard.length === 0) return;
    const whom = unheard.length === PRIORITIES.length ? 'nobody would be told' : `nobody would be told about ${unheard.join(', ')}`;
    this.#tell(
      'no-receiver',
      policy === null ? [] : ['escalation'],
      `the rule may ${this.#document.mode === 'act' ? 'act' : 'ask'}, but when it escalates ${whom}`,
      'name an escalation policy with a receiver under "escalation", or set mode: observe',
    );
  }

  #tell(code: ProblemCode, path: readonly PathSegment[], message: string, fix: string): void {
    this.#context.problems.push(this.#source.problem(code, [...this.#path, ...path], message, fix));
  }

  #warn(code: ProblemCode, path: readonly PathSegment[], message: string, fix: string): void {
    this.#context.warnings.push(this.#source.problem(code, [...this.#path, ...path], message, fix));
  }
}

const context = ({ clusters, broken }: Setting, problems: Problem[]) => ({ clusters: broken.has('clusters') ? null : clusters, problems });
