import type { Check, Subject, Tools } from '../../core/capability.ts';
import type { Edition, TargetSpec } from '../../core/edition.ts';
import { environmentOf, workloadEntry } from '../../core/environment.ts';
import { ExpressionError, renderTemplates } from '../../core/expression.ts';
import { healthOf, healthOfMembers } from '../../core/health.ts';
import type { Json } from '../../core/json.ts';
import type { Cluster } from '../../core/ports.ts';
import type { Run, RunEvent } from '../../core/run.ts';
import { Deadline, whyUnread } from './deadline.ts';
import { probeAlert } from './firing.ts';
import { locate } from './locate.ts';
import type { FactSources } from './sources.ts';

export type Reading = Omit<Extract<RunEvent, { kind: 'probed' }>, 'kind'>;
type HealthReading = Pick<Reading, 'health' | 'message'>;

/**
 * One reading for verification: whether the alert is there, and whether the target is healthy by its kind and by the rule's own check.
 * What cannot be read is `unreadable`, which is evidence for nothing. `outer` ends it early.
 */
export async function probe(sources: FactSources, run: Run, edition: Edition, outer?: AbortSignal): Promise<Reading> {
  using deadline = new Deadline(sources.timing.readMs, outer);
  const [alert, health] = await Promise.all([
    deadline.fact((signal) => probeAlert(sources.sources, run, edition, signal)),
    deadline.fact((signal) => probeHealth(sources, run, edition, signal)),
  ]);
  return {
    alert: alert.known ? alert.value.alert : 'unreadable',
    health: health.known ? health.value.health : 'unreadable',
    message: [alert, health].map((fact) => (fact.known ? fact.value.message : fact.why)).join('; '),
  };
}

async function probeHealth(sources: FactSources, run: Run, edition: Edition, signal: AbortSignal): Promise<HealthReading> {
  const cluster = sources.clusters.get(run.target.cluster);
  if (cluster === null) return { health: 'unreadable', message: `cluster ${run.target.cluster} is not configured` };
  const subject = await readSubject(cluster, run, edition, signal);
  if (typeof subject === 'string') return { health: 'unreadable', message: subject };
  const { check } = edition.rule.verify;
  const kind: HealthReading = { health: subject.healthy ? 'healthy' : 'unhealthy', message: subject.message };
  if (check === null) return kind;
  const tools: Tools = { ...sources, cluster, signal, now: await sources.history.now() };
  return worse(kind, await runCheck(sources.registry.checks.get(check.check), check, subject.subject, tools));
}

/** The object at the target's place, whoever put it there, and its health by kind; a text = it cannot be told which object that is. */
async function readSubject(cluster: Cluster, run: Run, edition: Edition, signal: AbortSignal) {
  const { fact, workload } = await locate({ cluster, run, edition, signal });
  if (fact.found === 'unknown') return fact.why;
  if (fact.found === 'several') return `the finder matches ${fact.count} objects`;
  const pod = fact.found === 'one' ? fact.pod : null;
  const members = workload === null ? [] : await cluster.membersOf(workload, signal);
  const health = workload === null ? null : healthOfMembers(workload.replicas, members);
  const subject: Subject = { run, edition, pod, workload, health, entry: workloadEntry(run, edition) };
  return { subject, ...healthOf(run.target.kind as TargetSpec['kind'], pod, workload, members) };
}

async function runCheck(
  check: Check | undefined,
  called: { readonly check: string; readonly with: Readonly<Record<string, Json>> },
  subject: Subject,
  tools: Tools,
): Promise<HealthReading> {
  if (check === undefined) return { health: 'unreadable', message: `there is no check ${called.check} in this version` };
  const params = paramsOf(check, called.with, subject);
  if (typeof params === 'string') return { health: 'unreadable', message: params };
  const { ok, message } = await check.run(subject, params.value, tools);
  return { health: ok === null ? 'unreadable' : ok ? 'healthy' : 'unhealthy', message: `${called.check}: ${message}` };
}

/** A text = why the parameters cannot be had from this alert. */
function paramsOf(check: Check, templated: Readonly<Record<string, Json>>, { run, edition }: Subject): { value: unknown } | string {
  try {
    const parsed = check.params.safeParse(renderTemplates(templated, environmentOf(run, edition, '')));
    return parsed.success ? { value: parsed.data } : `${check.name}: ${parsed.error.issues[0]?.message ?? 'invalid parameters'}`;
  } catch (error) {
    return error instanceof ExpressionError ? `${check.name}: ${error.message}` : whyUnread(error);
  }
}

/** Both must be healthy; one that is not outweighs one that cannot be read. */
function worse(a: HealthReading, b: HealthReading): HealthReading {
  const message = `${a.message}; ${b.message}`;
  for (const health of ['unhealthy', 'unreadable'] as const) if (a.health === health || b.health === health) return { health, message };
  return { health: 'healthy', message };
}
