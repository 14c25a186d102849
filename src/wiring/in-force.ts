import { createSenders } from '../adapters/notify/index.ts';
import { systemClock } from '../adapters/system/clock.ts';
import type { Config } from '../config/config.ts';
import { rulesInForce, type RulesInForce } from '../config/in-force.ts';
import { canonicalJson } from '../core/json.ts';
import type { EscalationPolicy } from '../core/edition.ts';
import type { LinkConfig } from '../core/links.ts';
import type { InForce, Telemetry } from '../core/ports.ts';
import type { Sender } from '../core/receivers.ts';
import type { BlobStore } from '../core/store.ts';

/** Where humans reach this installation and its Alertmanager. */
export function linksOf({ externalUrl, alertmanager }: Pick<Config, 'externalUrl' | 'alertmanager'>): LinkConfig {
  return { externalUrl, alertmanagerUrl: alertmanager?.url ?? null };
}

/** What only a restart puts in force, of what differs. */
export function needRestart(started: Config, wanted: Config): string[] {
  const sections = [
    'installation',
    'web',
    'redis',
    'freshStoreHoldMs',
    'storage',
    'clusters',
    'defaultCluster',
    'prometheus',
    'alertmanager',
    'endpoints',
    'externalUrl',
  ] as const;
  return sections.filter((section) => canonicalJson(started[section]) !== canonicalJson(wanted[section]));
}

/** Stored together: ten thousand rules need not go to the store one by one. */
const EDITIONS_AT_ONCE = 200;

/** What a reload may change while the daemon runs: rules, remediations and receivers. */
export class Current implements InForce {
  config: Config;
  rules: RulesInForce;
  senders: ReadonlyMap<string, Sender>;
  loadedAt: number;
  /** Why the newest set was refused; null = it is in force. */
  problem: string | null = null;
  readonly #store: BlobStore;
  #putting: Promise<void> = Promise.resolve();
  readonly #telemetry: Pick<Telemetry, 'configLoaded' | 'configRefused'>;

  constructor(config: Config, store: BlobStore, telemetry: Pick<Telemetry, 'configLoaded' | 'configRefused'>) {
    this.config = config;
    this.rules = rulesInForce(config);
    this.senders = createSenders(config.receivers, systemClock, linksOf(config));
    this.loadedAt = systemClock.now();
    this.#store = store;
    this.#telemetry = telemetry;
  }

  /** One after the other, in the order of the calls: what was asked for last is in force at the end. */
  put(config: Config): Promise<void> {
    const put = this.#putting.then(() => this.#put(config));
    this.#putting = put.catch(() => undefined);
    return put;
  }

  /** Every edition stands in the store before an alert can start a run that is pinned to it. */
  async #put(config: Config): Promise<void> {
    for (let from = 0; from < config.rules.length; from += EDITIONS_AT_ONCE) {
      const some = config.rules.slice(from, from + EDITIONS_AT_ONCE);
      await Promise.all(some.map(({ hash, edition }) => this.#store.putBlob(hash, JSON.stringify(edition), null)));
    }
    this.config = config;
    this.rules = rulesInForce(config);
    this.senders = createSenders(config.receivers, systemClock, linksOf(config));
    this.loadedAt = systemClock.now();
    this.confirm();
  }

  /** What is in force is what the files say. */
  confirm(): void {
    this.problem = null;
    this.#telemetry.configLoaded(this.config.hash, this.loadedAt);
  }

  /** The set in force stays. */
  refuse(problem: string): void {
    this.problem = problem;
    this.#telemetry.configRefused();
  }

  /** Told when the store is away; null = none is configured. */
  emergencyReceiver(): { readonly name: string; readonly sender: Sender } | null {
    const name = this.config.emergencyReceiver;
    const sender = name === null ? undefined : this.senders.get(name);
    return name === null || sender === undefined ? null : { name, sender };
  }

  /** For an alert that no rule knows any more: the emergency receiver, or else everybody. */
  orphanPolicy(): EscalationPolicy {
    const { emergencyReceiver, receivers } = this.config;
    const notify = emergencyReceiver === null ? receivers.map(({ name }) => name) : [emergencyReceiver];
    return { name: 'orphans', steps: [{ afterMs: 0, notify, unless: null, priorities: null }], repeat: null, fallback: null };
  }

  permission(rule: string): ReturnType<InForce['permission']> {
    return this.rules.permission(rule);
  }
}
