import type { Redis } from 'ioredis';
import { createStore, type Store } from '../../adapters/store/index.ts';
import { inVirtualTime, nextDue } from '../../adapters/store/virtual-time.ts';
import { VirtualClock } from '../../adapters/system/virtual-clock.ts';
import { Auditor } from '../../app/auditor.ts';
import { CLUSTER_INCIDENTS_MS, endClusterIncidents } from '../../app/cluster-incidents.ts';
import { Courier } from '../../app/deliver.ts';
import { pageHumans, type PageDeps } from '../../app/page.ts';
import { createReceiver } from '../../app/receive-alerts.ts';
import { Schedules } from '../../app/schedules.ts';
import { startByHand } from '../../app/start-by-hand.ts';
import { noFailPoints } from '../../core/fail-point.ts';
import type { Hints, IntakeAnswer, Log, Telemetry } from '../../core/ports.ts';
import { defaultTiming } from '../../core/timing.ts';
import { createAdvance, type Advance } from '../engine.ts';
import { Current, linksOf } from '../in-force.ts';
import { happen, type Scene } from './happenings.ts';
import { PlayedOutside } from './outside.ts';
import type { RuleTest } from './read.ts';
import type { WebhookBody } from './alerts.ts';
import type { EventDocument } from './schema.ts';

export interface RehearsalOptions {
  readonly test: RuleTest;
  /** Of a store that is empty and nobody else's. */
  readonly redis: Redis;
  readonly log: Log;
  readonly telemetry: Telemetry;
}

/** What the daemon does again and again, at whole multiples of `everyMs`; `at` = when next, ms. */
interface Round {
  readonly everyMs: number;
  at: number;
  readonly go: (signal: AbortSignal) => Promise<void>;
}

/** Schedules tick at whole minutes. */
const MINUTE_MS = 60_000;

/** Monday */
const USUAL_START = Date.UTC(2026, 0, 5);

/** With so many looks at one moment something goes round. */
const MAX_LOOKS = 1000;

/** The store alone says what is due: here nobody needs to be woken. */
const noHints: Hints = {
  wake: () => Promise.resolve(),
  later: () => Promise.resolve(),
  sweep: () => Promise.resolve(),
  waiting: () => Promise.resolve(0),
};

/**
 * The daemon's own parts on a virtual clock: intake, engine, pages, delivery and auditor, one after the other at each moment at which something
 * is due. What is outside is played by the test.
 */
export class Rehearsal {
  readonly outside: PlayedOutside;
  readonly store: Store;
  readonly #clock: VirtualClock;
  readonly #start: number;
  readonly #options: RehearsalOptions;
  readonly #current: Current;
  readonly #receive: (body: unknown) => Promise<IntakeAnswer>;
  readonly #startByHand: Scene['start'];
  readonly #advance: Advance;
  readonly #courier: Courier;
  readonly #paging: PageDeps;
  readonly #rounds: Round[];
  readonly #over = new AbortController();
  /** In the order of their times; those that happened are taken away. */
  readonly #events: EventDocument[];
  /** Up to when (ms) the alerts were looked at. */
  #seen = Number.NEGATIVE_INFINITY;

  constructor(options: RehearsalOptions) {
    const { test, redis, log, telemetry } = options;
    const { config } = test;
    const timing = defaultTiming;
    this.#options = options;
    this.#start = test.document.start ?? USUAL_START;
    this.#clock = new VirtualClock(this.#start);
    this.#events = test.document.events.toSorted((a, b) => a.at - b.at);
    this.outside = new PlayedOutside(test, this.#clock, timing);
    this.store = createStore({ ...inVirtualTime(redis, () => this.#clock.now()), installation: config.installation, timing });
    this.#current = new Current(config, this.store, telemetry);
    const shared = { store: this.store, hints: noHints, clock: this.#clock, timing, telemetry, log, links: linksOf(config) };
    const match: Current['rules']['match'] = (alert) => this.#current.rules.match(alert);
    this.#paging = { ...shared, wakeDelivery: () => undefined };
    const starting = { ...shared, clusters: this.outside.parts.clusters, nearlyFull: () => Promise.resolve(false) };
    this.#receive = createReceiver({ ...starting, match, storm: () => config.limits.storm });
    this.#startByHand = (rule, asked) => startByHand({ ...starting, rule: (name) => this.#current.rules.rule(name) }, rule, asked);
    this.#advance = createAdvance({
      ...shared,
      ...this.outside.parts,
      ownership: null,
      inForce: this.#current,
      limits: () => config.limits,
      sleep: async (ms) => this.#clock.moveTo(this.#clock.now() + ms),
    });
    this.#courier = new Courier({
      ...shared,
      senders: () => this.outside.senders,
      emergency: () => config.emergencyReceiver,
      random: () => 0.5,
      failPoint: noFailPoints,
    });
    const schedules = new Schedules({ ...starting, rules: () => config.rules });
    const watching = { ...this.#paging, ...shared, ...this.outside.parts };
    const auditor = new Auditor({
      ...watching,
      match,
      rules: () => config.rules,
      page: (signal) => pageHumans(this.#paging, signal),
      orphanPolicy: () => this.#current.orphanPolicy(),
      heartbeat: null,
    });
    this.#rounds = [
      { everyMs: MINUTE_MS, at: this.#start, go: (signal) => schedules.look(signal) },
      { everyMs: CLUSTER_INCIDENTS_MS, at: this.#start + CLUSTER_INCIDENTS_MS, go: (signal) => endClusterIncidents(watching, signal) },
      { everyMs: timing.auditEveryMs, at: this.#start + timing.auditEveryMs, go: (signal) => auditor.round(signal) },
    ];
  }

  /** ms since the start of the test that have passed */
  get passed(): number {
    return this.since(this.#clock.now());
  }

  /** ms since the start of the test */
  since(at: number): number {
    return at - this.#start;
  }

  async open(): Promise<void> {
    await this.store.open();
    await this.#current.put(this.#options.test.config, null);
  }

  /** Lets everything happen that is due by then, in ms since the start. Throws one sentence when something cannot happen. */
  async passTo(since: number): Promise<void> {
    const until = this.#start + since;
    for (let next = await this.#next(); next <= until; next = await this.#next()) {
      this.#clock.moveTo(Math.ceil(next));
      await this.#live();
    }
    this.#clock.moveTo(until);
    this.outside.world.advance(this.#clock.now());
  }

  async close(): Promise<void> {
    this.#over.abort();
    await this.store[Symbol.asyncDispose]();
  }

  /** When something is due next. */
  async #next(): Promise<number> {
    const { test, redis } = this.#options;
    const [event] = this.#events;
    const times = [
      await nextDue(redis, test.config.installation),
      this.outside.alerts.nextAfter(this.#seen),
      event === undefined ? null : this.#start + event.at,
      ...this.#rounds.map((round) => round.at),
    ];
    return Math.min(...times.filter((at) => at !== null));
  }

  async #live(): Promise<void> {
    const now = this.#clock.now();
    this.outside.world.advance(now);
    for (let [event] = this.#events; event !== undefined && this.#start + event.at <= now; [event] = this.#events) {
      this.#events.shift();
      await happen({ outside: this.outside, store: this.store, clock: this.#clock, start: this.#startByHand }, event);
    }
    const body = this.outside.alerts.look(now);
    this.#seen = now;
    if (body !== null) await this.#tell(body);
    await this.#work();
    for (const round of this.#rounds.filter((one) => one.at <= now)) await this.#goRound(round);
  }

  async #tell(body: WebhookBody): Promise<void> {
    const answer = await this.#receive(body);
    if (answer.kind !== 'accepted') throw new Error(`an alert was not taken: ${answer.message}`);
  }

  /** All that is due at this moment, until nothing is. */
  async #work(): Promise<void> {
    const { redis, test } = this.#options;
    for (let looks = 0; looks < MAX_LOOKS; looks += 1) {
      const due = await nextDue(redis, test.config.installation);
      if (due === null || due > this.#clock.now()) return;
      const hints = await this.store.sweep(100);
      for (const { run, version } of hints.toSorted((a, b) => a.priority - b.priority))
        await this.#advance(run, version, this.#over.signal);
      await pageHumans(this.#paging, this.#over.signal);
      for (let message = await this.#claim(); message !== null; message = await this.#claim()) {
        await this.#courier.deliver(message, 'rehearsal', this.#over.signal);
      }
    }
    throw new Error('it does not come to rest: something is due again and again at the same moment');
  }

  #claim(): ReturnType<Store['claimDelivery']> {
    return this.store.claimDelivery('rehearsal');
  }

  /** As in the daemon, one that fails comes again. */
  async #goRound(round: Round): Promise<void> {
    round.at = (Math.floor(this.#clock.now() / round.everyMs) + 1) * round.everyMs;
    try {
      await round.go(this.#over.signal);
    } catch (error) {
      this.#options.log.warn({ err: error }, 'a round failed');
    }
    await this.#work();
  }
}
