import { Registry as MetricsRegistry } from 'prom-client';
import type { FastifyBaseLogger } from 'fastify';
import { startHttp, type HttpServer } from './adapters/http/server.ts';
import { createHints, type QueueHints } from './adapters/queue/hints.ts';
import { startWorker, type HintWorker } from './adapters/queue/worker.ts';
import { memoryPressure } from './adapters/redis/memory.ts';
import { systemClock } from './adapters/system/clock.ts';
import { createTelemetry, type Metrics } from './adapters/telemetry/telemetry.ts';
import { startAuditor } from './app/auditor.ts';
import { startClusterIncidents } from './app/cluster-incidents.ts';
import { startDelivery, type Delivery } from './app/deliver.ts';
import { startEmergency } from './app/emergency.ts';
import { startEvery, type Ticking } from './app/every.ts';
import { Ownership } from './app/ownership.ts';
import { lookAtClusters } from './app/look-at-clusters.ts';
import { pageHumans } from './app/page.ts';
import { createReceiver } from './app/receive-alerts.ts';
import { startSweep, type Sweeper } from './app/sweep.ts';
import type { ConfigSource, Snapshot } from './config/config-source.ts';
import type { Config } from './config/config.ts';
import { INSTALLATION_BUDGET } from './core/charges.ts';
import { noFailPoints, type FailPoints } from './core/fail-point.ts';
import type { Log } from './core/ports.ts';
import { quietLog } from './core/quiet.ts';
import { defaultTiming, type Timing } from './core/timing.ts';
import { createAdvance, registry } from './wiring/engine.ts';
import { Current, linksOf } from './wiring/in-force.ts';
import { openOutside, type Outside } from './wiring/outside.ts';
import { Reloader } from './wiring/reload.ts';
import { remarksOn } from './wiring/remarks.ts';
import { askStore, openStore, type OpenStore } from './wiring/store.ts';

/** The only place that knows every part: it starts them in the order of what needs what, and stops them in the reverse. */

export interface DaemonOptions {
  readonly config: Config;
  readonly version: string;
  /** For the daemon and for the web server. */
  readonly log: Log & FastifyBaseLogger;
  /** Where the configuration came from, and what stood there. */
  readonly source: ConfigSource;
  readonly snapshot: Snapshot;
  readonly timing?: Timing;
  readonly failPoint?: FailPoints;
}

export interface Daemon extends AsyncDisposable {
  readonly url: string;
  /** Puts a new configuration in force, all of it or nothing; throws with the text for the operator. */
  reload(): Promise<void>;
  /** Takes nothing new, lets running calls end within `graceMs`, and hands the rest back. */
  stop(graceMs: number): Promise<void>;
}

/** How often a cluster is asked whether it is there. */
const CLUSTER_LOOK_MS = 15_000;
/** How often the log says why it is not. */
const CLUSTER_TOLD_MS = 600_000;

/** Nothing ticked for so long: the process hangs and should be restarted. */
const HANG_MS = 60_000;

/** Throws one sentence, or several lines of them, when something cannot start. */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  const timing = options.timing ?? defaultTiming;
  const opened = await openStore(options.config, timing, options.log);
  let daemon: RunningDaemon | null = null;
  try {
    const outside = await openOutside(options.config, { timing, version: options.version, log: options.log });
    daemon = new RunningDaemon(options, timing, opened, outside);
    await daemon.start();
    return daemon;
  } catch (error) {
    // Whatever works already would go on for ever, and keep the process.
    await (daemon === null ? opened.stop() : daemon.stop(0));
    throw error;
  }
}

class RunningDaemon implements Daemon {
  readonly #options: DaemonOptions;
  readonly #timing: Timing;
  readonly #opened: OpenStore;
  readonly #outside: Outside;
  readonly #telemetry: Metrics;
  readonly #current: Current;
  readonly #reloader: Reloader;
  readonly #hints: QueueHints;
  readonly #ownership: Ownership;
  /** When the store was made, as it said last. */
  #created: string;
  readonly #startedAt = systemClock.now();
  #worker: HintWorker | null = null;
  #sweeper: Sweeper | null = null;
  #delivery: Delivery | null = null;
  #ticking: Ticking[] = [];
  #http: HttpServer | null = null;
  #stopping: Promise<void> | null = null;

  constructor(options: DaemonOptions, timing: Timing, opened: OpenStore, outside: Outside) {
    const { config, log, version } = options;
    this.#options = options;
    this.#timing = timing;
    this.#opened = opened;
    this.#outside = outside;
    const { store } = opened;
    this.#telemetry = createTelemetry({
      registry: new MetricsRegistry(),
      version,
      reads: { records: store, brakes: store },
      scrapeMs: timing.intakeMs,
      actions: [...registry.actions.keys()],
      receivers: config.receivers.map(({ name }) => name),
      clusters: config.clusters.map(({ name }) => name),
    });
    this.#current = new Current(config, store, this.#telemetry);
    this.#reloader = new Reloader({ source: options.source, started: options, current: this.#current, log });
    this.#hints = createHints({ client: opened.connections.intake, prefix: opened.prefix, log, clock: systemClock });
    this.#created = opened.created;
    // Its name, and what tells its store from that of another installation with the same name.
    const holder = () => `${config.installation}-${this.#created}`;
    this.#ownership = new Ownership({ holder, timing, clock: systemClock, log });
  }

  get url(): string {
    return this.#http?.url ?? '';
  }

  async start(): Promise<void> {
    await this.#current.put(this.#options.config);
    this.#startWorking();
    this.#startWatching();
    const { listen, bearerTokenFile } = this.#options.config.web;
    this.#http = await startHttp({ ...listen, bearerTokenFile, logger: this.#options.log }, this.#httpParts());
  }

  reload(): Promise<void> {
    return this.#reloader.reload();
  }

  stop(graceMs: number): Promise<void> {
    this.#stopping ??= this.#stop(graceMs);
    return this.#stopping;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop(10_000);
  }

  #startWorking(): void {
    const { log } = this.#options;
    const { store, connections, prefix } = this.#opened;
    const advance = createAdvance({
      ...this.#outside,
      ownership: this.#ownership,
      store,
      hints: this.#hints,
      inForce: this.#current,
      installationBudget: INSTALLATION_BUDGET,
      clock: systemClock,
      limits: () => this.#current.config.limits,
      timing: this.#timing,
      links: linksOf(this.#options.config),
      telemetry: this.#telemetry,
      log,
      failPoint: this.#options.failPoint ?? noFailPoints,
      stopping: () => this.#stopping !== null,
    });
    const shared = { hints: this.#hints, timing: this.#timing, clock: systemClock, log };
    this.#delivery = startDelivery({
      ...shared,
      store,
      senders: () => this.#current.senders,
      emergency: () => this.#current.config.emergencyReceiver,
      telemetry: this.#telemetry,
      random: Math.random,
      failPoint: this.#options.failPoint ?? noFailPoints,
    });
    this.#worker = startWorker({
      ...shared,
      client: connections.worker(),
      prefix,
      onRun: advance,
    });
    this.#sweeper = startSweep({ ...shared, store });
  }

  #startWatching(): void {
    const { log, config } = this.#options;
    const { store } = this.#opened;
    const wakeDelivery = () => this.#delivery?.wake();
    const shared = { store, links: linksOf(this.#options.config), timing: this.#timing, clock: systemClock, log, wakeDelivery };
    const page = (signal: AbortSignal) => pageHumans(shared, signal);
    const looking = {
      ...this.#outside,
      names: config.clusters.map(({ name }) => name),
      readMs: this.#timing.readMs,
      telemetry: this.#telemetry,
      log: quietLog(log, systemClock, CLUSTER_TOLD_MS),
    };
    this.#ticking = [
      startEvery({ name: 'look at the clusters', everyMs: CLUSTER_LOOK_MS, clock: systemClock, log }, (signal) =>
        lookAtClusters(looking, signal),
      ),
      startEvery({ name: 'look at the configuration', everyMs: this.#timing.configLookMs, clock: systemClock, log }, () =>
        this.#reloader.look(),
      ),
      startClusterIncidents({ ...shared, ...this.#outside }),
      this.#ownership.start(),
      startEvery({ name: 'pages', everyMs: this.#timing.sweepEveryMs, clock: systemClock, log }, page),
      startAuditor({
        ...shared,
        ...this.#outside,
        page,
        match: (alert) => this.#current.rules.match(alert),
        hints: this.#hints,
        orphanPolicy: () => this.#current.orphanPolicy(),
        heartbeat: null,
      }),
      startEmergency({
        askStore: () => askStore(store, log),
        receiver: () => this.#current.emergencyReceiver(),
        installation: config.installation,
        timing: this.#timing,
        telemetry: this.#telemetry,
        clock: systemClock,
        log,
      }),
    ];
  }

  #httpParts(): Parameters<typeof startHttp>[1] {
    const { log, version, config } = this.#options;
    const { store, intake, connections, kind } = this.#opened;
    return {
      receive: createReceiver({
        store: intake,
        nearlyFull: memoryPressure(connections.scripts, systemClock),
        match: (alert) => this.#current.rules.match(alert),
        clusters: this.#outside.clusters,
        hints: this.#hints,
        telemetry: this.#telemetry,
        clock: systemClock,
        timing: this.#timing,
        log,
        failPoint: this.#options.failPoint ?? noFailPoints,
      }),
      records: store,
      runs: store,
      incidents: store,
      brakes: store,
      hints: this.#hints,
      metrics: () => this.#telemetry.scrape(),
      unhealthy: () => this.#hanging(),
      unready: () => this.#unready(),
      remarks: () => remarksOn(this.#opened.store),
      reload: () => this.reload(),
      budgets: () => [...this.#current.rules.budgets(), { rule: null, ...INSTALLATION_BUDGET }],
      status: () => ({
        version,
        startedAt: this.#startedAt,
        dryRun: this.#current.config.dryRun,
        config: { hash: this.#current.config.hash, loadedAt: this.#current.loadedAt, problem: this.#current.problem },
        store: { kind, installation: config.installation },
        clusters: config.clusters.map(({ name, kind }) => ({ name, kind })),
      }),
      telemetry: this.#telemetry,
      clock: systemClock,
      log,
    };
  }

  #hanging(): string | null {
    const age = systemClock.monotonic() - (this.#sweeper?.lastTickAt ?? systemClock.monotonic());
    return age > HANG_MS ? `the sweeper last ticked ${Math.round(age / 1000)} s ago` : null;
  }

  async #unready(): Promise<string | null> {
    if (this.#stopping !== null) return 'shutting down';
    if (this.#current.problem !== null) return `the newest configuration was refused: ${this.#current.problem}`;
    try {
      await askStore(this.#opened.store, this.#options.log);
      return (this.#worker?.refused ?? false) ? 'the store refuses writes' : null;
    } catch (error) {
      return `the store: ${(error as Error).message}`;
    }
  }

  /** Whoever takes work stops first; the store that all of it needs last. */
  async #stop(graceMs: number): Promise<void> {
    await this.#http?.close();
    await this.#sweeper?.stop();
    await Promise.all(this.#ticking.map((one) => one.stop()));
    await Promise.all([this.#worker?.stop(graceMs), this.#delivery?.stop(graceMs)]);
    await this.#hints.close();
    this.#outside[Symbol.dispose]();
    await this.#opened.store[Symbol.asyncDispose]();
    await this.#opened.stop();
  }
}
