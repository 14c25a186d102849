import type { Edition, Step, WorkloadEntry } from './edition.ts';
import { parseExpression, parseTemplate } from './expression.ts';
import type { Json } from './json.ts';
import type { Run, StepOutput } from './run.ts';

/**
 * What an expression may see. `steps` and `params` are those of the step's scope: a `use`d remediation reads its own steps and the
 * parameters it was given, never its caller's.
 */
export function environmentOf(run: Run, edition: Edition, scope: string): Record<string, unknown> {
  return {
    labels: run.labels,
    annotations: run.annotations,
    alert: { fingerprint: run.trigger.id, generator_url: run.generatorURL },
    target: targetOf(run),
    workload: workloadOf(run, edition),
    params: scope === '' ? rungParams(run, edition) : (run.outputs[scope]?.fields ?? {}),
    steps: stepsOf(run, edition, scope),
    run: { id: run.id, rung: run.rung },
    rule: { name: edition.rule.name, team: edition.rule.team ?? '' },
    priority: run.priority,
  };
}

/** The `workloads:` entry of the alert's `app` label; null = none. */
export function workloadEntry(run: Pick<Run, 'labels'>, edition: Edition): WorkloadEntry | null {
  const app = run.labels['app'];
  return app !== undefined && Object.hasOwn(edition.workloads, app) ? (edition.workloads[app] ?? null) : null;
}

/** Evaluates every template inside a JSON value; throws the expression's error, naming what is missing. */
export function render(value: Json, environment: Record<string, unknown>): Json {
  if (typeof value === 'string') return parseTemplate(value).evaluate(environment) as Json;
  if (Array.isArray(value)) return value.map((member: Json) => render(member, environment));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, render(member as Json, environment)]));
}

/** Evaluates a condition; anything but true or false is an error. */
export function holds(condition: string, environment: Record<string, unknown>): boolean {
  const value: unknown = parseExpression(condition).evaluate(environment);
  if (typeof value !== 'boolean') throw new TypeError(`"${condition}" is ${JSON.stringify(value)}, a condition must be true or false`);
  return value;
}

/** Names of the steps that a condition reads. */
export function stepsRead(condition: string): ReadonlySet<string> {
  return parseExpression(condition).steps;
}

function targetOf(run: Run): Record<string, string> {
  const { cluster, kind, namespace } = run.target;
  return { cluster, kind, namespace, name: run.pinned?.name ?? run.target.find.value, uid: run.pinned?.uid ?? '' };
}

function workloadOf(run: Run, edition: Edition): Record<string, unknown> {
  const entry = workloadEntry(run, edition);
  if (entry === null) return {};
  const known = {
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
  return Object.fromEntries(Object.entries(known).filter(([, value]) => value !== null && value !== undefined));
}

function rungParams(run: Run, edition: Edition): Json {
  const rung = edition.ladder[run.rung];
  if (rung === undefined) return {};
  const outer = { ...environmentWithoutSteps(run, edition), steps: {}, params: {} };
  return render(rung.params as Json, outer);
}

function environmentWithoutSteps(run: Run, edition: Edition): Record<string, unknown> {
  return {
    labels: run.labels,
    annotations: run.annotations,
    target: targetOf(run),
    workload: workloadOf(run, edition),
    rule: { name: edition.rule.name },
    priority: run.priority,
  };
}

function stepsOf(run: Run, edition: Edition, scope: string): Record<string, unknown> {
  const steps: Record<string, unknown> = {};
  for (const step of edition.ladder[run.rung]?.steps ?? []) {
    const output = run.outputs[step.path];
    if (step.scope === scope && output !== undefined) steps[step.name] = asValue(step, output);
  }
  return steps;
}

function asValue(step: Step, output: StepOutput): Record<string, unknown> {
  const base = { result: output.result, message: output.message };
  return step.word === 'check' ? { ...base, ok: output.result === 'ok', ...output.fields } : { ...base, ...output.fields };
}
