import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { DELIVERY_FAILURES, TICK_RESULTS, type Telemetry } from '../../core/ports.ts';
import { reasons, type IntakeReason, type Reason } from '../../core/reasons.ts';
import { END_STATES, type EffectRecord } from '../../core/run.ts';

/** Names that may stand in labels; they come from configuration and registries, never from an alert. */
export interface KnownNames {
  readonly actions: readonly string[];
  readonly receivers: readonly string[];
  readonly clusters: readonly string[];
}

const effectResults = ['done', 'rejected', 'abandoned', 'unknown', 'would'] as const satisfies readonly EffectRecord['result'][];
const webhookCodes = [200, 400, 401, 403, 413, 415, 500, 503];

/** Counts what happens in this process. Every value that a label is known to take stands at 0 from the start. */
export function createCounters(registry: Registry, names: KnownNames): Telemetry {
  return { ...intakeCounters(registry), ...runCounters(registry, names), ...stateGauges(registry, names) };
}

type Intake = Pick<Telemetry, 'alertsReceived' | 'alertsRejected' | 'alertsRematched' | 'webhookAnswered' | 'ticked'>;
function intakeCounters(registry: Registry): Intake {
  const received = counter(registry, 'alerts_received_total', 'Alerts in webhooks that could be read, by their status.', ['status']);
  const rejected = counter(registry, 'alerts_rejected_total', 'Alerts that came in and started nothing, by reason.', ['reason']);
  const rematched = counter(registry, 'alerts_rematched_total', 'Firing alerts that a rule took when the rules changed.', []);
  const webhooks = counter(registry, 'webhooks_total', 'Webhooks answered, by HTTP status.', ['code']);
  const duration = new Histogram({
    name: 'remediad_webhook_duration_seconds',
    help: 'Time from the headers of a webhook to its answer.',
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5],
    registers: [registry],
  });
  for (const status of ['firing', 'resolved']) received.inc({ status }, 0);
  for (const reason of intakeReasons()) rejected.inc({ reason }, 0);
  const ticks = counter(registry, 'ticks_total', 'Ticks of schedules, by what became of them.', ['result']);
  for (const result of TICK_RESULTS) ticks.inc({ result }, 0);
  for (const code of webhookCodes) webhooks.inc({ code }, 0);
  return {
    alertsReceived: (status, count) => received.inc({ status }, count),
    alertsRejected: (reason, count) => rejected.inc({ reason }, count),
    alertsRematched: (count) => rematched.inc(count),
    ticked: (result) => ticks.inc({ result }),
    webhookAnswered(status, ms) {
      webhooks.inc({ code: status });
      duration.observe(ms / 1000);
    },
  };
}

type Runs = Pick<Telemetry, 'decision' | 'effect' | 'runEnded' | 'notification'>;
function runCounters(registry: Registry, names: KnownNames): Runs {
  const decisions = counter(registry, 'decisions_total', 'Decisions, by consequence and the reason of the first refusing guard.', [
    'decision',
    'reason',
  ]);
  const effects = counter(registry, 'effects_total', 'Effects begun, by action and what came of them.', ['action', 'result']);
  const unknown = counter(registry, 'effects_unknown_total', 'Effects of which it was not known at once whether they happened.', []);
  const ended = counter(registry, 'runs_ended_total', 'Runs that ended, by outcome.', ['outcome']);
  const sent = counter(registry, 'notifications_total', 'Attempts to deliver a message, by receiver.', ['receiver']);
  const failed = counter(registry, 'notifications_failed_total', 'Attempts to deliver a message that failed.', ['receiver', 'reason']);
  const duration = new Histogram({
    name: 'remediad_run_duration_seconds',
    help: 'Time from accept to the end of a run.',
    labelNames: ['outcome'],
    buckets: [1, 5, 15, 60, 180, 600, 1800, 3600, 14_400],
    registers: [registry],
  });
  for (const label of knownDecisions()) decisions.inc(label, 0);
  for (const action of names.actions) for (const result of effectResults) effects.inc({ action, result }, 0);
  for (const outcome of END_STATES) {
    ended.inc({ outcome }, 0);
    duration.zero({ outcome });
  }
  for (const receiver of names.receivers) {
    sent.inc({ receiver }, 0);
    for (const reason of DELIVERY_FAILURES) failed.inc({ receiver, reason }, 0);
  }
  return {
    decision: ({ then, reason }) => decisions.inc({ decision: then, reason: reason ?? '' }),
    effect(action, result) {
      effects.inc({ action, result });
      if (result === 'unknown') unknown.inc();
    },
    runEnded({ state, acceptedAt, end }) {
      ended.inc({ outcome: state });
      if (end !== null) duration.observe({ outcome: state }, Math.max(0, end.at - acceptedAt) / 1000);
    },
    notification(receiver, result, reason) {
      sent.inc({ receiver });
      if (result === 'failed') failed.inc({ receiver, reason: reason ?? 'other' });
    },
  };
}

type States = Pick<Telemetry, 'configLoaded' | 'configRefused' | 'storeUp' | 'clusterUp'>;
function stateGauges(registry: Registry, names: KnownNames): States {
  const successful = gauge(registry, 'config_last_reload_successful', 'Whether the last load of the configuration succeeded.', []);
  const loadedAt = gauge(registry, 'config_last_reload_success_timestamp_seconds', 'When the configuration in force was loaded.', []);
  const hash = gauge(registry, 'config_hash', 'The first 48 bits of the content hash of the configuration in force.', []);
  const store = gauge(registry, 'store_up', 'Whether the store answered when it was last asked.', []);
  const cluster = gauge(registry, 'cluster_up', 'Whether the API of the cluster answered when it was last asked.', ['cluster']);
  // Not asked yet is neither up nor down.
  for (const name of names.clusters) cluster.set({ cluster: name }, Number.NaN);
  return {
    configLoaded(contentHash, at) {
      successful.set(1);
      loadedAt.set(at / 1000);
      hash.set(Number.parseInt(contentHash.slice(0, 12), 16));
    },
    configRefused: () => successful.set(0),
    storeUp: (up) => store.set(Number(up)),
    clusterUp: (name, up) => cluster.set({ cluster: name }, Number(up)),
  };
}

function intakeReasons(): IntakeReason[] {
  return (Object.keys(reasons) as Reason[]).filter((reason): reason is IntakeReason => reasons[reason].where === 'intake');
}

/** What the guards may say; `dry` goes on as an observation. */
function knownDecisions(): { decision: string; reason: string }[] {
  const guards = (Object.keys(reasons) as Reason[]).filter((reason) => reasons[reason].where === 'guard');
  const refusals = guards.map((reason) => ({ decision: reasons[reason].then === 'dry' ? 'observe' : reasons[reason].then, reason }));
  return [{ decision: 'run', reason: '' }, ...refusals];
}

function counter<L extends string>(registry: Registry, name: string, help: string, labelNames: L[]): Counter<L> {
  return new Counter({ name: `remediad_${name}`, help, labelNames, registers: [registry] });
}

export function gauge<L extends string>(registry: Registry, name: string, help: string, labelNames: L[]): Gauge<L> {
  return new Gauge({ name: `remediad_${name}`, help, labelNames, registers: [registry] });
}
