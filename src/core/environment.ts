import type { Edition, Step, WorkloadEntry } from './edition.ts';
import { parseCondition, renderTemplates, type Variables } from './expression.ts';
import type { Json, JsonObject } from './json.ts';
import { rungOf } from './rung.ts';
import type { Run, StepOutput } from './run.ts';

/**
 * What an expression may see. `steps` and `params` are those of the step's scope: a `use`d remediation reads its own steps and the
 * parameters it was given, never its caller's.
 */
export function environmentOf(run: Run, edition: Edition, scope: string): Variables {
  const outside = outsideOf(run, edition);
  const params = scope === '' ? paramsOf(run, edition, outside) : (run.outputs[scope]?.fields ?? {});
  return { ...outside, params, steps: stepsOf(run, edition, scope) };
}

/** All but what belongs to a scope; the parameters that the rule gives to a rung see no more. */
function outsideOf(run: Run, edition: Edition): Variables {
  return {
    labels: run.labels,
    annotations: run.annotations,
    alert: { fingerprint: run.trigger.kind === 'alert' ? run.trigger.id : '', generator_url: run.generatorURL },
    target: targetOf(run),
    workload: workloadOf(run, edition),
    run: { id: run.id, rung: run.rung },
    rule: { name: edition.rule.name, team: edition.rule.team ?? '' },
    priority: run.priority,
  };
}

/** The `workloads:` entry of the alert's `app` label; null = none. */
export function workloadEntry(run: Pick<Run, 'labels'>, edition: Edition): WorkloadEntry | null {
  const app = run.labels['app'] ?? '';
  return (Object.hasOwn(edition.workloads, app) && edition.workloads[app]) || null;
}

/** Evaluates a condition. Throws the expression's error, naming what is missing. */
export function holds(condition: string, environment: Variables): boolean {
  return parseCondition(condition).evaluate(environment);
}

/** Names of the steps that a condition reads. */
export function stepsRead(condition: string): ReadonlySet<string> {
  return parseCondition(condition).steps;
}

function targetOf(run: Run): JsonObject {
  const { cluster, kind, namespace } = run.target;
  return { cluster, kind, namespace, name: run.pinned?.name ?? run.target.find.value, uid: run.pinned?.uid ?? '' };
}

function workloadOf(run: Run, edition: Edition): JsonObject {
  const entry = workloadEntry(run, edition);
  if (entry === null) return {};
  const known: Record<string, Json | undefined> = {
    kind: entry.kind,
    name: entry.name,
    container: entry.container,
    process: entry.process,
    ports: entry.ports,
    metrics_port: entry.ports['metrics'],
    health_path: entry.healthPath,
    peers_command: entry.peersCommand,
    claim_prefix: entry.claimPrefix,
  };
  return Object.fromEntries(Object.entries(known).filter((entry): entry is [string, Json] => entry[1] !== null && entry[1] !== undefined));
}

function paramsOf(run: Run, edition: Edition, outside: Variables): JsonObject {
  return renderTemplates(rungOf(run, edition).params, { ...outside, steps: {}, params: {} }) as JsonObject;
}

function stepsOf(run: Run, edition: Edition, scope: string): Record<string, JsonObject> {
  const steps: Record<string, JsonObject> = {};
  for (const step of rungOf(run, edition).steps) {
    const output = run.outputs[step.path];
    if (step.scope === scope && output !== undefined) steps[step.name] = asValue(step, output);
  }
  return steps;
}

function asValue(step: Step, output: StepOutput): JsonObject {
  const base = { result: output.result, message: output.message };
  return step.word === 'check' ? { ...base, ok: output.result === 'ok', ...output.fields } : { ...base, ...output.fields };
}
