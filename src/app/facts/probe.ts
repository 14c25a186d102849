import type { Subject, Tools } from '../../core/capability.ts';
import type { Edition, TargetSpec } from '../../core/edition.ts';
import { healthOf } from '../../core/health.ts';
import type { Run, RunEvent } from '../../core/run.ts';
import { readSubject, runCheck, Unresolved, type CheckCall } from '../run-check.ts';
import { Deadline } from './deadline.ts';
import { probeAlert } from './firing.ts';
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
    deadline.fact((signal) => probeAlert(sources, run, edition, signal)),
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
  const { fact, subject, members } = await readSubject({ run, edition }, { cluster, signal });
  if (fact.found === 'unknown') return { health: 'unreadable', message: fact.why };
  if (fact.found === 'several') return { health: 'unreadable', message: `the finder matches ${fact.count} objects` };
  const { healthy, message } = healthOf(run.target.kind as TargetSpec['kind'], subject.pod, subject.workload, members);
  const kind: HealthReading = { health: healthy ? 'healthy' : 'unhealthy', message };
  const { check } = edition.rule.verify;
  if (check === null) return kind;
  const tools: Tools = { ...sources, cluster, signal, now: await sources.history.now() };
  return worse(kind, await ownCheck(sources, { ...check, scope: '' }, subject, tools));
}

/** The rule's own check; parameters that have no value on this alert are as unreadable as an object that cannot be read. */
async function ownCheck(sources: FactSources, call: CheckCall, subject: Subject, tools: Tools): Promise<HealthReading> {
  try {
    const { ok, message } = await runCheck(sources.registry.checks, call, subject, tools, () => Promise.resolve(subject));
    return { health: ok === null ? 'unreadable' : ok ? 'healthy' : 'unhealthy', message: `${call.check}: ${message}` };
  } catch (error) {
    if (error instanceof Unresolved) return { health: 'unreadable', message: error.message };
    throw error;
  }
}

/** Both must be healthy; one that is not outweighs one that cannot be read. */
function worse(a: HealthReading, b: HealthReading): HealthReading {
  const message = `${a.message}; ${b.message}`;
  for (const health of ['unhealthy', 'unreadable'] as const) if (a.health === health || b.health === health) return { health, message };
  return { health: 'healthy', message };
}
