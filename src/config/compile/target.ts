import type { Edition, TargetSpec } from '../../core/edition.ts';
import { parseTemplate } from '../../core/expression.ts';
import { renderTarget } from '../../core/target.ts';
import type { PathSegment, Problem } from '../problem.ts';
import { FINDERS, type RuleDocument } from '../schema/rule.ts';
import type { YamlSource } from '../yaml-source.ts';
import { hasTemplate } from './arguments.ts';
import { Reader, suggestion } from './reader.ts';
import { inTarget } from './variables.ts';

/** Why the target cannot be told from these labels alone; null = it can, or it is wrong in itself, which was told. */
export function whyNoTarget(edition: Edition, labels: Readonly<Record<string, string>>): string | null {
  const { cluster, namespace, find } = edition.rule.target;
  try {
    for (const text of [cluster ?? '', namespace, find.value]) parseTemplate(text);
  } catch {
    return null;
  }
  return renderTarget(edition, { fingerprint: '', labels, annotations: {} }, 'any').unresolved;
}

interface Context {
  /** null = they could not be read. */
  readonly clusters: ReadonlySet<string> | null;
  readonly problems: Problem[];
}

/** The target, and the labels that tell it from others and that survive its restart. */
export function compileTarget(
  document: RuleDocument['target'],
  source: YamlSource,
  path: readonly PathSegment[],
  { clusters, problems }: Context,
): { readonly target: TargetSpec; readonly labels: readonly string[] } {
  const { kind, cluster, namespace, find } = document;
  const by = FINDERS.find((finder) => find[finder] !== undefined) ?? 'name';
  const value = find[by] ?? '';
  const reader = new Reader({ roots: inTarget }, source, problems);
  const readable = [
    cluster === undefined || reader.template(cluster, [...path, 'cluster']) !== null,
    reader.template(namespace, [...path, 'namespace']) !== null,
    reader.template(value, [...path, 'find', by]) !== null,
  ].every(Boolean);
  if (cluster !== undefined && clusters !== null && !hasTemplate(cluster) && !clusters.has(cluster)) {
    problems.push(
      source.problem('unknown-cluster', [...path, 'cluster'], `there is no cluster "${cluster}"`, suggestion(cluster, [...clusters])),
    );
  }
  if (kind === 'Pod' && by === 'owner_of') {
    problems.push(
      source.problem(
        'bad-value',
        [...path, 'find', by],
        'owner_of finds a workload, and the kind of the target is Pod',
        'set kind to StatefulSet or Deployment, or find the pod by name',
      ),
    );
  }
  const target = { kind, cluster: cluster ?? null, namespace, find: { by, value } };
  return { target, labels: readable ? lastingLabels(target) : [] };
}

/** An address is another one after a restart: what an alert says of it is of no use afterwards. */
function lastingLabels(target: TargetSpec): string[] {
  return target.find.by === 'pod_ip' ? labelsOfTarget({ ...target, find: { by: 'pod_ip', value: '' } }) : labelsOfTarget(target);
}

/** The labels from which a target is rendered. */
export function labelsOfTarget({ cluster, namespace, find }: TargetSpec): string[] {
  return [...new Set([cluster ?? '', namespace, find.value].flatMap(labelsRead))];
}

/** Names of the labels that a text with `${…}` reads. */
function labelsRead(text: string): string[] {
  return parseTemplate(text).reads.flatMap(({ root, path }) => (root === 'labels' && path[0] !== undefined ? [path[0]] : []));
}
