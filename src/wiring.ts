import { Registry as MetricsRegistry } from 'prom-client';
import type { FastifyBaseLogger } from 'fastify';
import { startHttp, type HttpServer } from './adapters/http/server.ts';
import { createHints, type QueueHints } from './adapters/queue/hints.ts';
import { startWorker, type HintWorker } from './adapters/queue/worker.ts';
import { systemClock } from './adapters/system/clock.ts';
import { createTelemetry, type Metrics } from './adapters/telemetry/telemetry.ts';
import { Arrivals } from './app/arrivals.ts';
import { startAuditor } from './app/auditor.ts';
import { startClusterIncidents } from './app/cluster-incidents.ts';
import { startDelivery, type Delivery } from './app/deliver.ts';
import { startEmergency } from './app/emergency.ts';
import { startEvery, type Ticking } from './app/every.ts';
import { Ownership } from './app/ownership.ts';
import { pageHumans } from './app/page.ts';
import { createReceiver } from './app/receive-alerts.ts';
import { startSweep, type Sweeper } from './app/sweep.ts';
import type { ConfigSource, Snapshot } from './config/config-source.ts';
import type { Config } from './config/config.ts';
import type { Loaded } from './config/load.ts';
import { formatProblem } from './config/report.ts';
import { noFailPoints, type FailPoints } from './core/fail-point.ts';
import type { Log } from './core/ports.ts';
import { defaultTiming, type Timing } from './core/timing.ts';
import { ClusterWatch } from './wiring/cluster-watch.ts';
import { startConfigTicking } from './wiring/config-ticking.ts';
import { createAdvance, registry } from './wiring/engine.ts';
import { firstSet, type FirstSet } from './wiring/first-set.ts';
import { keepOf } from './wiring/keep.ts';
import { statusOf } from './wiring/status.ts';
import { Current, linksOf } from './wiring/in-force.ts';
import { openOutside, type Outside } from './wiring/outside.ts';
import { Reloader } from './wiring/reload.ts';
import { remarksOn } from './wiring/remarks.ts';
import { ownStarts, type OwnStarts } from './wiring/starts.ts';
import { askStore, openStore, type OpenStore } from './wiring/store.ts';
import { answersWhy } from './wiring/why.ts';

/** The only place that knows every part: it starts them in the order of what needs what, and stops them in the reverse. */

export interface DaemonOptions {
  /** What the files say, and what they hold. */
  readonly loaded: Loaded;
  readonly snapshot: Snapshot;
  readonly source: ConfigSource;
  readonly version: string;
  /** For the daemon and for the web server. */
  readonly log: Log & FastifyBaseLogger;
  readonly timing?: Timing;
  readonly failPoint?: FailPoints;
}

export interface Daemon extends AsyncDisposable {
  readonly url: string;
  /** In force now. */
  readonly config: Config;
  /** Puts a new configuration in force, all of it or nothing; throws with the text for the operator. */
  reload(): Promise<void>;
  /** Takes nothing new, lets running calls end within `graceMs`, and hands the rest back. */
  stop(graceMs: number): Promise<void>;
}

/** Nothing ticked for so long: the process hangs and should be restarted. */
const HANG_MS = 60_000;

/** Throws one sentence, or several lines of them, when something cannot start. */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  const timing = options.timing ?? defaultTiming;
  const { loaded, version, log } = options;
  if (loaded.process === null) throw new Error(loaded.problems.map(formatProblem).join('\n'));
  const opened = await openStore(loaded.process, timing, log);
  let daemon: RunningDaemon | null = null;
  try {
    const first = await firstSet(options, opened.store);
    const outside = await openOutside(first.config, { timing, version, log });
    daemon = new RunningDaemon({ ...options, ...first }, timing, opened, outside);
    await daemon.start();
    return daemon;
  } catch (error) {
    // Whatever works already would go on for ever, and keep the process.
    await (daemon === null ? opened.stop() : daemon.stop(0));
    throw error;
  }
}

class RunningDaemon implements Daemon {
  readonly #options: DaemonOptions & FirstSet;
  readonly #timing: Timing;
  readonly #opened: OpenStore;
  readonly #outside: Outside;
  readonly #telemetry: Metrics;
  readonly #current: Current;
  readonly #reloader: Reloader;
  readonly #hints: QueueHints;
  readonly #ownership: Ownership;
  readonly #starts: OwnStarts;
  /** When the store was made, as it said last. */
  #created: string;
  readonly #startedAt = systemClock.now();
  readonly #arrivals = new Arrivals();
  readonly #clusters: ClusterWatch;
  #worker: HintWorker | null = null;
  #sweeper: Sweeper | null = null;
  #delivery: Delivery | null = null;
  #ticking: Ticking[] = [];
  #http: HttpServer | null = null;
  #stopping: Promise<void> | null = null;

  constructor(options: DaemonOptions & FirstSet, timing: Timing, opened: OpenStore, outside: Outside) {
    const { config, log, version } = options;
    this.#options = options;
    this.#timing = timing;
    this.#opened = opened;
    this.#outside = outside;
    const { store } = opened;
    this.#clusters = new ClusterWatch(config.clusters);
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
    const own = { current: this.#current, hints: this.#hints, telemetry: this.#telemetry };
    this.#starts = ownStarts({ ...opened, ...outside, ...own, timing, log });
    this.#created = opened.created;
    // Its name, and what tells its store from that of another installation with the same name.
    const holder = () => `${config.installation}-${this.#created}`;
    this.#ownership = new Ownership({ holder, timing, clock: systemClock, log });
  }

  get url(): string {
    return this.#http?.url ?? '';
  }

  async start(): Promise<void> {
    const { config, refused, snapshot, log } = this.#options;
    await this.#current.put(config, refused === null ? keepOf(snapshot.set, 'start', log) : null);
    if (refused !== null) this.#current.fallBack(refused);
    this.#startWorking();
    this.#startWatching();
    const { listen, bearerTokenFile } = config.web;
    this.#http = await startHttp({ ...listen, bearerTokenFile, logger: log }, this.#httpParts());
  }

  get config(): Config {
    return this.#current.config;
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
    this.#worker = startWorker({ ...shared, client: connections.worker(), prefix, onRun: advance });
    this.#sweeper = startSweep({ ...shared, store });
  }

  #startWatching(): void {
    const { log, config } = this.#options;
    const { store } = this.#opened;
    const wakeDelivery = () => this.#delivery?.wake();
    const shared = { store, links: linksOf(this.#options.config), timing: this.#timing, clock: systemClock, log, wakeDelivery };
    const page = (signal: AbortSignal) => pageHumans(shared, signal);
    this.#ticking = [
      this.#clusters.start({ ...this.#outside, readMs: this.#timing.readMs, telemetry: this.#telemetry, log }),
      ...startConfigTicking({ ...shared, current: this.#current, reloader: this.#reloader, installation: config.installation }),
      startClusterIncidents({ ...shared, ...this.#outside }),
      this.#ownership.start(),
      this.#starts.watchSchedules(),
      this.#starts.watchRules(),
      startEvery({ name: 'pages', everyMs: this.#timing.sweepEveryMs, clock: systemClock, log }, page),
      startAuditor({
        ...shared,
        ...this.#outside,
        page,
        match: (alert) => this.#current.rules.match(alert),
        rules: () => this.#current.config.rules,
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
    const { store, intake, nearlyFull, kind } = this.#opened;
    const shared = { hints: this.#hints, telemetry: this.#telemetry, clock: systemClock, log };
    return {
      ...shared,
      receive: createReceiver({
        ...shared,
        store: intake,
        nearlyFull,
        match: (alert) => this.#current.rules.match(alert),
        clusters: this.#outside.clusters,
        arrivals: this.#arrivals,
        timing: this.#timing,
        storm: () => this.#current.config.limits.storm,
        failPoint: this.#options.failPoint ?? noFailPoints,
      }),
      start: (rule, asked) => this.#starts.byHand(rule, asked),
      records: store,
      runs: store,
      incidents: store,
      brakes: store,
      metrics: () => this.#telemetry.scrape(),
      unhealthy: () => this.#hanging(),
      unready: () => this.#unready(),
      remarks: () => remarksOn(this.#opened.store),
      reload: () => this.reload(),
      ruleNames: () => this.#current.config.rules.map(({ rule }) => rule),
      budgets: () => [...this.#current.rules.budgets(), { rule: null, ...this.#current.config.limits.budget }],
      why: answersWhy({ store, arrivals: this.#arrivals, current: this.#current, startedAt: this.#startedAt }),
      sets: store,
      status: () =>
        statusOf({ version, startedAt: this.#startedAt, current: this.#current, kind, started: config, clusters: this.#clusters.seen }),
    };
  }

  #hanging(): string | null {
    const age = systemClock.monotonic() - (this.#sweeper?.lastTickAt ?? systemClock.monotonic());
    return age > HANG_MS ? `the sweeper last ticked ${Math.round(age / 1000)} s ago` : null;
  }

  async #unready(): Promise<string | null> {
    if (this.#stopping !== null) return 'shutting down';
    const notNewest = this.#current.whyNotNewest();
    if (notNewest !== null) return notNewest;
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
