import type { z } from 'zod';
import { PRIORITIES, type EscalationPolicy, type Priority, type PriorityPolicy, type WorkloadEntry } from '../core/edition.ts';
import type { TimeInterval } from '../core/time-interval/time-interval.ts';
import { suggestion } from './compile/reader.ts';
import type { Setting } from './compile/setting.ts';
import {
  defaultDeadlineMs,
  defaultGuards,
  defaultLadderMemoryMs,
  defaultPriorities,
  defaultStorm,
  defaultVerify,
  withGuards,
} from './defaults.ts';
import type { PathSegment, Problem } from './problem.ts';
import { rootSections, type RootDocument, type RootSection } from './schema/root.ts';
import type { TimeIntervalDocument } from './schema/time-interval.ts';
import { teamsOf } from './settings.ts';
import { unknownKey, validate } from './validate.ts';
import type { YamlSource } from './yaml-source.ts';

/** The root file, section by section: one that is wrong does not hide the faults of the others. */
export interface Root {
  readonly document: RootDocument;
  /** Sections that are wrong, which was told; their defaults stand in. */
  readonly broken: ReadonlySet<string>;
}

/** `source` null = there is no file. */
export function readRoot(source: YamlSource | null, problems: Problem[], warnings: Problem[]): Root {
  const broken = new Set<string>();
  const sections = Object.entries(rootSections) as [RootSection, z.ZodType][];
  const value = mapOf(source);
  if (source !== null && value === null) {
    problems.push(
      source.problem('wrong-type', [], 'the file must be a map', `begin with one of ${sections.map(([name]) => name).join(', ')}`),
    );
    return { document: defaultsOf(sections), broken: new Set(sections.map(([name]) => name)) };
  }
  const document: Record<string, unknown> = {};
  for (const [name, schema] of sections) {
    const isGiven = source !== null && Object.hasOwn(value ?? {}, name);
    const before = problems.length;
    const parsed = isGiven ? validate(schema, source, [name], problems) : schema.parse(undefined);
    if (problems.length > before) broken.add(name);
    document[name] = problems.length > before ? schema.parse(undefined) : parsed;
  }
  for (const key of Object.keys(value ?? {})) {
    if (source !== null && !Object.hasOwn(rootSections, key)) problems.push(unknownKey(source, [key], key, Object.keys(rootSections)));
  }
  const root = { document: document as RootDocument, broken };
  if (source !== null) checkReferences(root, source, problems);
  if (source !== null && !broken.has('priorities')) checkClocks(root.document, source, warnings);
  if (source !== null && !broken.has('storm')) checkStorm(root.document, source, { problems, warnings });
  if (source !== null && !broken.has('escalation_policies')) checkFallbacks(root.document, source, warnings);
  return root;
}

/** An empty file says nothing, which is no fault; null = it is no map. */
function mapOf(source: YamlSource | null): object | null {
  const value = source?.value ?? {};
  return typeof value !== 'object' || Array.isArray(value) ? null : value;
}

function defaultsOf(sections: readonly [RootSection, z.ZodType][]): RootDocument {
  return Object.fromEntries(sections.map(([name, schema]) => [name, schema.parse(undefined)])) as RootDocument;
}

function checkReferences({ document, broken }: Root, source: YamlSource, problems: Problem[]): void {
  checkUnique(document.clusters, ['clusters'], source, problems);
  checkUnique(document.receivers, ['receivers'], source, problems);
  checkUnique(document.escalation_policies, ['escalation_policies'], source, problems);
  checkUnique(document.teams, ['teams'], source, problems);
  checkUnique(document.time_intervals, ['time_intervals'], source, problems);
  const clusters = document.clusters.map(({ name }) => name);
  const { default_cluster: defaultCluster } = document;
  if (defaultCluster !== undefined && !broken.has('clusters') && !clusters.includes(defaultCluster)) {
    problems.push(
      source.problem(
        'unknown-cluster',
        ['default_cluster'],
        `there is no cluster "${defaultCluster}"`,
        suggestion(defaultCluster, clusters),
      ),
    );
  }
  const policies = document.escalation_policies.map(({ name }) => name);
  const named = [
    { escalation: document.defaults.escalation, path: ['defaults'] },
    ...document.teams.map(({ escalation }, index) => ({ escalation, path: ['teams', index] })),
  ];
  for (const { escalation, path } of broken.has('escalation_policies') ? [] : named) {
    if (escalation === undefined || policies.includes(escalation)) continue;
    const message = `there is no escalation policy "${escalation}"`;
    problems.push(source.problem('unknown-policy', [...path, 'escalation'], message, suggestion(escalation, policies)));
  }
  if (!broken.has('receivers')) checkReceivers(document, source, problems);
}

function checkUnique(
  items: readonly { readonly name: string }[],
  path: readonly PathSegment[],
  source: YamlSource,
  problems: Problem[],
): void {
  const seen = new Set<string>();
  for (const [index, { name }] of items.entries()) {
    if (seen.has(name))
      problems.push(source.problem('duplicate-name', [...path, index, 'name'], `"${name}" is named twice`, 'name each differently'));
    seen.add(name);
  }
}

function checkReceivers(document: RootDocument, source: YamlSource, problems: Problem[]): void {
  const known = document.receivers.map(({ name }) => name);
  for (const { name, path } of namedReceivers(document)) {
    if (known.includes(name)) continue;
    problems.push(source.problem('unknown-receiver', path, `there is no receiver "${name}"`, suggestion(name, known)));
  }
}

/** There is no clock yet that would tell of a late response or resolution. */
function checkClocks({ priorities }: RootDocument, source: YamlSource, warnings: Problem[]): void {
  for (const priority of PRIORITIES) {
    for (const key of ['respond_within', 'resolve_within'] as const) {
      if (priorities[priority]?.[key] === undefined) continue;
      const fix = 'remove it; escalate_after and the steps of the policy say when somebody is told';
      warnings.push(source.problem('no-effect', ['priorities', priority, key], `${key} has no effect yet`, fix));
    }
  }
}

function checkStorm({ storm }: RootDocument, source: YamlSource, told: { problems: Problem[]; warnings: Problem[] }): void {
  const { enter, leave } = storm;
  if (enter === 'never') {
    const message = 'whatever happens to a cluster, each of its targets is acted upon as if it were alone';
    told.warnings.push(source.problem('guard-off', ['storm', 'enter'], message, 'give a number of targets'));
  }
  const enters = enter === 'never' ? Number.POSITIVE_INFINITY : (enter ?? defaultStorm.enter);
  if (leave === undefined || leave < enters) return;
  const message = `a storm that begins with ${enters} targets could never be over with ${leave}`;
  told.problems.push(source.problem('bad-value', ['storm', 'leave'], message, `give a number below ${enters}`));
}

/** A page that does not arrive needs somebody else to go to. */
function checkFallbacks(document: RootDocument, source: YamlSource, warnings: Problem[]): void {
  if (document.emergency_receiver !== undefined) return;
  const message = 'a page that cannot be delivered would be told to nobody else';
  const all = '"emergency_receiver: NAME" for all pages';
  for (const [index, { name, fallback }] of document.escalation_policies.entries()) {
    if (fallback !== undefined) continue;
    const path = ['escalation_policies', index];
    warnings.push(source.problem('no-fallback', path, `policy ${name}: ${message}`, `add "fallback: NAME" to it, or ${all}`));
  }
  const direct = PRIORITIES.find((priority) => (document.priorities[priority]?.notify.length ?? 0) > 0);
  if (document.escalation_policies.length > 0 || direct === undefined) return;
  warnings.push(source.problem('no-fallback', ['priorities', direct, 'notify'], message, `add ${all}`));
}

function namedReceivers({ escalation_policies: policies, priorities, teams, emergency_receiver: emergency }: RootDocument) {
  const named: { name: string; path: PathSegment[] }[] = [];
  const add = (name: string | undefined, path: PathSegment[]) => {
    if (name !== undefined) named.push({ name, path });
  };
  for (const [index, policy] of policies.entries()) {
    for (const [at, step] of policy.steps.entries()) {
      for (const [which, name] of step.notify.entries()) add(name, ['escalation_policies', index, 'steps', at, 'notify', which]);
    }
    add(policy.fallback, ['escalation_policies', index, 'fallback']);
  }
  for (const priority of PRIORITIES) {
    for (const [which, name] of priorities[priority]?.notify.entries() ?? []) add(name, ['priorities', priority, 'notify', which]);
  }
  for (const [index, { receivers }] of teams.entries()) {
    for (const [which, name] of receivers.entries()) add(name, ['teams', index, 'receivers', which]);
  }
  add(emergency, ['emergency_receiver']);
  return named;
}

/** What concerns rules, with every default resolved. */
export function settingOf({ document, broken }: Root): Setting {
  const { defaults } = document;
  return {
    guards: withGuards(
      { ...defaultGuards, protectedNamespaces: defaults.guards.protected_namespaces ?? defaultGuards.protectedNamespaces },
      defaults.guards,
    ),
    verify: {
      withinMs: defaults.verify.within ?? defaultVerify.withinMs,
      stableForMs: defaults.verify.stable_for ?? defaultVerify.stableForMs,
      alertLabels: defaults.verify.alert_labels ?? null,
    },
    ladderMemoryMs: defaults.ladder_memory ?? defaultLadderMemoryMs,
    deadlineMs: defaults.deadline ?? defaultDeadlineMs,
    escalation: defaults.escalation ?? null,
    priorities: prioritiesOf(document),
    policies: new Map(document.escalation_policies.map((policy) => [policy.name, policyOf(policy)])),
    timeIntervals: new Map(document.time_intervals.map((interval) => [interval.name, timeIntervalOf(interval)])),
    workloads: Object.fromEntries(Object.entries(document.workloads).map(([app, workload]) => [app, workloadOf(workload)])),
    execAllow: document.exec_allow,
    endpoints: document.endpoints,
    teams: new Map(teamsOf(document).map((team) => [team.name, team])),
    clusters: new Set(document.clusters.map(({ name }) => name)),
    hasSource:
      document.prometheus !== undefined || document.alertmanager !== undefined || broken.has('prometheus') || broken.has('alertmanager'),
    broken,
  };
}

function prioritiesOf({ priorities, defaults }: RootDocument): Record<Priority, PriorityPolicy> {
  const one = (priority: Priority): PriorityPolicy => {
    const written = priorities[priority];
    const base = defaultPriorities[priority];
    const escalateAfter = written?.escalate_after ?? defaults.escalate_after;
    return {
      respondWithinMs: written?.respond_within ?? base.respondWithinMs,
      resolveWithinMs: written?.resolve_within ?? base.resolveWithinMs,
      escalateAfterMs: escalateAfter === undefined ? base.escalateAfterMs : escalateAfter === 'never' ? null : escalateAfter,
      notify: written?.notify ?? [],
    };
  };
  return { P0: one('P0'), P1: one('P1'), P2: one('P2'), P3: one('P3') };
}

function policyOf({ name, steps, repeat, fallback }: RootDocument['escalation_policies'][number]): EscalationPolicy {
  return {
    name,
    steps: steps.map(({ after, notify, unless, priorities }) => ({
      afterMs: after,
      notify,
      unless: unless ?? null,
      priorities: priorities ?? null,
    })),
    repeat: repeat === undefined ? null : { everyMs: repeat.every, times: repeat.times, unless: repeat.unless ?? null },
    fallback: fallback ?? null,
  };
}

function timeIntervalOf({ name, time_intervals: spans }: TimeIntervalDocument): TimeInterval {
  return {
    name,
    spans: spans.map(({ times = null, weekdays = null, days_of_month: daysOfMonth = null, months = null, years = null, location }) => ({
      times,
      weekdays,
      daysOfMonth,
      months,
      years,
      location,
    })),
  };
}

function workloadOf(workload: RootDocument['workloads'][string]): WorkloadEntry {
  const {
    kind,
    name,
    container,
    process,
    ports,
    health_path: healthPath,
    peers_command: peersCommand,
    claim_prefix: claimPrefix,
    replicas,
  } = workload;
  return {
    kind,
    name,
    container,
    process: process ?? null,
    ports,
    healthPath: healthPath ?? null,
    peersCommand: peersCommand ?? null,
    claimPrefix: claimPrefix ?? null,
    replicas: replicas ?? null,
  };
}
