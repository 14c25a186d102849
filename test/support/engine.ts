import { createHints, type QueueHints } from '../../src/adapters/queue/hints.ts';
import { startWorker, type HintWorker } from '../../src/adapters/queue/worker.ts';
import { openConnections } from '../../src/adapters/redis/connections.ts';
import type { Limits } from '../../src/adapters/store/scripts.ts';
import { createStore, type Store } from '../../src/adapters/store/index.ts';
import { sha256 } from '../../src/adapters/system/clock.ts';
import { silentTelemetry } from '../../src/cli/silent.ts';
import { Sight } from '../../src/app/sight.ts';
import { defaultBlindness } from '../../src/config/defaults.ts';
import { slotRequest } from '../../src/app/slot-request.ts';
import { startSweep } from '../../src/app/sweep.ts';
import type { Edition } from '../../src/core/edition.ts';
import { fingerprintOf } from '../../src/core/alert/fingerprint.ts';
import { canonicalJson } from '../../src/core/json.ts';
import type { Clusters, Cluster } from '../../src/core/ports.ts';
import { NO_SHARED_LIMITS } from '../../src/core/shared-limits.ts';
import { isEnded, type Run } from '../../src/core/run.ts';
import { defaultTiming, type Timing } from '../../src/core/timing.ts';
import { createAdvance, type EngineParts } from '../../src/wiring/engine.ts';
import { eventually } from './eventually.ts';
import { processClock, recordingLog, type RecordingLog } from './log.ts';

/** The engine on a real store and a given cluster, without HTTP: alerts are accepted as the webhook would. */
export interface Engine extends AsyncDisposable {
  readonly store: Store;
  readonly hints: QueueHints;
  readonly worker: HintWorker;
  readonly log: RecordingLog;
  /** Accepts a firing alert of `edition`; answers the id of the run it started or joined. */
  fire(edition: Edition, labels: Readonly<Record<string, string>>, dry?: Run['dry']): Promise<string>;
  /** The same of many at once, as one webhook would bring them. */
  fireAll(edition: Edition, labels: readonly Readonly<Record<string, string>>[]): Promise<string[]>;
  resolve(labels: Readonly<Record<string, string>>, startsAt: number): Promise<void>;
  run(id: string): Promise<Run>;
  /** The run, once it has ended. */
  ended(id: string, withinMs?: number): Promise<Run>;
}

export interface EngineOptions {
  readonly socket: string;
  readonly cluster: Cluster;
  readonly timing?: Partial<Timing>;
  readonly parts?: Partial<EngineParts>;
  readonly concurrency?: number;
  readonly limits?: Partial<Limits>;
  /** Default: kept in memory, see `Engine.log`. */
  readonly log?: RecordingLog;
}

export { silentTelemetry as quietTelemetry } from '../../src/cli/silent.ts';

export const clustersOf = (cluster: Cluster): Clusters => ({
  defaultName: cluster.name,
  get: (name) => (name === cluster.name ? cluster : null),
});

export async function startEngine(options: EngineOptions): Promise<Engine> {
  const log = options.log ?? recordingLog();
  const timing = { ...defaultTiming, ...options.timing };
  const clock = processClock;
  const connections = openConnections({ target: { socket: options.socket }, timing, log, clock });
  await connections.ready(5_000);
  const store = createStore({ redis: connections.scripts, installation: 'remediad', timing, limits: options.limits ?? {} });
  await store.open();
  const prefix = '{remediad}';
  const hints = createHints({ client: connections.intake, prefix, log, clock });
  const advance = createAdvance({
    store,
    hints,
    clusters: clustersOf(options.cluster),
    sources: [],
    suppression: null,
    sight: new Sight({ metrics: null, limits: defaultBlindness, clock, timing }),
    ownership: null,
    metrics: null,
    web: { get: () => Promise.reject(new Error('no endpoints here')) },
    inForce: { permission: () => ({ ruleExists: true, mode: 'act', guards: null, rungs: null }) },
    clock,
    limits: () => NO_SHARED_LIMITS,
    timing,
    links,
    telemetry: silentTelemetry,
    log,
    ...options.parts,
  });
  const worker = startWorker({
    client: connections.worker(),
    prefix,
    hints,
    timing,
    log,
    clock,
    ...(options.concurrency === undefined ? {} : { concurrency: options.concurrency }),
    onRun: advance,
  });
  const sweeper = startSweep({ store, hints, timing, clock, log });
  const runOf = async (id: string) => {
    const found = await store.run(id);
    if (found === null) throw new Error(`no run ${id}`);
    return found.run;
  };
  const fireAll = async (edition: Edition, all: readonly Readonly<Record<string, string>>[], dry: Run['dry']): Promise<string[]> => {
    const hash = sha256(canonicalJson(edition));
    await store.putBlob(hash, JSON.stringify(edition), null);
    const context = { defaultCluster: options.cluster.name, receivedAt: clock.now() };
    const alerts = all.map((labels) => {
      const alert = alertOf(labels, clock.now());
      const slot = slotRequest({ rule: edition.rule.name, hash, edition, dry }, alert, context);
      return { ...alert, status: 'firing' as const, endsAt: null, slots: [slot] };
    });
    const answer = await store.accept(alerts, [], options.parts?.limits?.().storm ?? null);
    await hints.wake(answer.hints);
    const runs = await store.runs({ limit: 1000 });
    return alerts.map(({ slots: [request] }) => {
      const found = runs.find((run) => run.slot === request?.slot);
      if (found === undefined) throw new Error(`no run in slot ${request?.slot ?? ''}`);
      return found.id;
    });
  };
  return {
    store,
    hints,
    worker,
    log,
    async fire(edition, labels, dry = null) {
      const [id] = await fireAll(edition, [labels], dry);
      return id ?? '';
    },
    fireAll: (edition, all) => fireAll(edition, all, null),
    async resolve(labels, startsAt) {
      const answer = await store.accept([{ ...alertOf(labels, startsAt), status: 'resolved', endsAt: Date.now(), slots: [] }], []);
      await hints.wake(answer.hints);
    },
    run: runOf,
    async ended(id, withinMs = 20_000) {
      await eventually(`run ${id} to end`, async () => isEnded((await runOf(id)).state), { withinMs }).catch(async (error: unknown) => {
        const said = log.lines.map(({ message, fields }) => `${message} ${JSON.stringify(fields, errorText)}`).slice(-15);
        throw new Error(`${(error as Error).message}; the log said:\n${said.join('\n')}`, { cause: error });
      });
      return runOf(id);
    },
    async [Symbol.asyncDispose]() {
      await sweeper.stop();
      await worker.stop(2_000);
      await hints.close();
      await store[Symbol.asyncDispose]();
      connections.close();
    },
  };
}

/** An Error is not JSON by itself. */
const errorText = (_key: string, value: unknown) => (value instanceof Error ? value.stack : value);

const links = { externalUrl: null, alertmanagerUrl: null };

function alertOf(labels: Readonly<Record<string, string>>, startsAt: number) {
  return { fingerprint: fingerprintOf(labels), labels, annotations: {}, startsAt, generatorURL: '' };
}
