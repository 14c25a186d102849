import { isDns1123Label, isDns1123Subdomain } from './dns1123.ts';
import type { Edition, TargetSpec } from './edition.ts';
import { renderTemplates, type ExpressionError, type Variables } from './expression.ts';
import { textOf } from './json.ts';
import { lockKey } from './objects.ts';
import type { Target } from './run.ts';

/** What of an alert names its target. */
export interface Labelled {
  readonly fingerprint: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/**
 * Renders the target of a rule from an alert's labels, before the cluster is asked. A label that is missing, or a value that cannot be a
 * name, leaves it unresolved: the run that is made all the same escalates `target-unknown` with that sentence. `defaultCluster` null = none
 * is configured.
 */
export function renderTarget(edition: Edition, alert: Labelled, defaultCluster: string | null): Target {
  const spec = edition.rule.target;
  const variables: Variables = { labels: alert.labels, annotations: alert.annotations, rule: { name: edition.rule.name } };
  try {
    const cluster = spec.cluster === null ? defaultCluster : text('cluster', spec.cluster, variables);
    if (cluster === null) throw new UnresolvedError('no cluster is configured');
    const namespace = demand('namespace', text('namespace', spec.namespace, variables), isDns1123Label);
    const value = demand(spec.find.by, text(`find.${spec.find.by}`, spec.find.value, variables), shapes[spec.find.by]);
    return resolved(spec, cluster, namespace, value);
  } catch (error) {
    if (!(error instanceof UnresolvedError)) throw error;
    const find = { by: spec.find.by, value: '' };
    return { cluster: '', kind: spec.kind, namespace: '', find, key: `unresolved|${alert.fingerprint}`, unresolved: error.message };
  }
}

/** (rule, target): at most one live run each. */
export function slotOf(rule: string, target: Target): string {
  return `${rule}|${target.key}`;
}

class UnresolvedError extends Error {}

function resolved(spec: TargetSpec, cluster: string, namespace: string, value: string): Target {
  const name = spec.find.by === 'name' ? value : `${spec.find.by}=${value}`;
  const key = lockKey(spec.kind, cluster, namespace, name);
  return { cluster, kind: spec.kind, namespace, find: { by: spec.find.by, value }, key, unresolved: null };
}

function text(what: string, template: string, variables: Variables): string {
  try {
    return textOf(renderTemplates(template, variables));
  } catch (error) {
    throw new UnresolvedError(`target.${what}: ${(error as ExpressionError).message}`);
  }
}

function demand(what: string, value: string, accepts: (value: string) => boolean): string {
  if (!accepts(value))
    throw new UnresolvedError(
      `target.${what}: ${JSON.stringify(value.slice(0, 80))} is not a ${what === 'selector' ? 'selector a=b,c=d' : 'valid name'}`,
    );
  return value;
}

const address = /^[0-9a-fA-F:.]{2,45}$/;
const selector = /^[A-Za-z0-9._/-]+=[A-Za-z0-9._-]*(?:,[A-Za-z0-9._/-]+=[A-Za-z0-9._-]*)*$/;

const shapes: Readonly<Record<TargetSpec['find']['by'], (value: string) => boolean>> = {
  name: isDns1123Subdomain,
  pod_ip: (value) => address.test(value),
  node_name: isDns1123Subdomain,
  owner_of: isDns1123Subdomain,
  claim_of: isDns1123Subdomain,
  selector: (value) => selector.test(value),
};
