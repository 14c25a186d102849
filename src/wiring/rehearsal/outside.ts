import type { ClusterConfig } from '../../config/config.ts';
import { addFleet } from '../../adapters/sandbox/world/controller.ts';
import { sandboxInProcess, type SandboxInProcess } from '../../adapters/sandbox/in-process.ts';
import { World } from '../../adapters/sandbox/world/world.ts';
import type { VirtualClock } from '../../adapters/system/virtual-clock.ts';
import { ClusterError, type Metrics, type Web } from '../../core/ports.ts';
import type { Message } from '../../core/incident.ts';
import type { Sender } from '../../core/receivers.ts';
import type { Timing } from '../../core/timing.ts';
import { queryOfTargets, Sight } from '../../app/sight.ts';
import { defaultBlindness } from '../../config/defaults.ts';
import type { Outside } from '../outside.ts';
import { Alerts } from './alerts.ts';
import type { RuleTest } from './read.ts';
import type { EventDocument } from './schema.ts';

/** Where a configuration names no cluster. */
const ONLY_CLUSTER: Pick<ClusterConfig, 'name'> = { name: 'sandbox' };

export interface Told {
  readonly at: number;
  readonly message: Message;
}

type Samples = NonNullable<EventDocument['query']>['samples'];

/** All that a test plays in place of the world: the clusters, the sources, the endpoints and the receivers of its configuration. */
export class PlayedOutside {
  readonly alerts: Alerts;
  readonly world: World;
  readonly sandbox: SandboxInProcess;
  /** Messages that reached their receiver, oldest first. */
  readonly told: Told[] = [];
  readonly queries = new Map<string, Samples>();
  readonly endpoints = new Map<string, { readonly status: number; readonly body: string }>();
  /** How many scrape targets Prometheus says that there are, and how many there were. */
  targets = { up: 10, most: 10 };
  /** Receivers that nothing reaches. */
  readonly deaf = new Set<string>();
  readonly parts: Omit<Outside, typeof Symbol.dispose>;
  readonly senders: ReadonlyMap<string, Sender>;

  constructor({ config, document, fleet, evaluationMs, repeatMs }: RuleTest, clock: VirtualClock, timing: Timing) {
    const start = clock.now();
    const newUid = uids();
    const clusters = (config.clusters.length === 0 ? [ONLY_CLUSTER] : config.clusters).map(({ name }) => {
      const world = new World(start, newUid);
      return { name, world, sandbox: sandboxInProcess({ name, world, clock, callMs: timing.readMs }) };
    });
    // The fleet lives where targets are that name no cluster; the others are empty.
    const defaultName = config.clusters.length === 0 ? ONLY_CLUSTER.name : config.defaultCluster;
    const home = clusters.find(({ name }) => name === (defaultName ?? clusters[0]?.name));
    if (home === undefined) throw new Error(`there is no cluster ${defaultName ?? ''}`);
    this.world = home.world;
    this.sandbox = home.sandbox;
    addFleet(this.world, fleet);
    this.alerts = new Alerts({ alerts: document.alerts, world: this.world, start, evaluationMs, repeatMs });
    const limits = config.prometheus?.blindness ?? defaultBlindness;
    const metrics = config.prometheus === null ? null : this.#metrics(queryOfTargets(limits));
    const sources = (['prometheus', 'alertmanager'] as const).filter((kind) => config[kind] !== null);
    this.parts = {
      clusters: { defaultName, get: (name) => clusters.find((one) => one.name === name)?.sandbox.cluster ?? null },
      sources: sources.map((kind) => this.alerts.source(kind)),
      suppression: config.alertmanager === null ? null : this.alerts.suppression(() => clock.now()),
      metrics,
      web: this.#web(),
      sight: new Sight({ metrics, limits, clock, timing }),
    };
    this.senders = new Map(config.receivers.map(({ name }) => [name, this.#receiver(name, clock)]));
  }

  #metrics(targets: string): Metrics {
    return {
      query: async (expr) => {
        this.alerts.demandAnswer('prometheus');
        const { up, most } = this.targets;
        if (expr === targets) return Object.entries({ up, now: up, most }).map(([count, value]) => ({ labels: { count }, value }));
        const samples = this.queries.get(expr);
        if (samples === undefined) throw new ClusterError('unreachable', `the test does not say what Prometheus answers to ${expr}`);
        return samples;
      },
    };
  }

  #web(): Web {
    return {
      get: async (url, limitBytes) => {
        const answer = this.endpoints.get(url);
        if (answer === undefined) throw new ClusterError('unreachable', `the test does not say what ${url} answers`);
        return { status: answer.status, body: answer.body.slice(0, limitBytes), ms: 1 };
      },
    };
  }

  #receiver(name: string, clock: VirtualClock): Sender {
    return {
      send: async (message) => {
        if (this.deaf.has(name))
          return { kind: 'retry', reason: 'unreachable', message: 'the test lets nothing reach it', retryAfterMs: null };
        this.told.push({ at: clock.now(), message });
        return { kind: 'delivered' };
      },
    };
  }
}

/** The same in every run of the test. */
function uids(): () => string {
  let made = 0;
  return () => `00000000-0000-4000-8000-${String((made += 1)).padStart(12, '0')}`;
}
