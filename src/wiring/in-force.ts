import type { Fallback } from '../app/config-trouble.ts';
import { createSenders } from '../adapters/notify/index.ts';
import { systemClock } from '../adapters/system/clock.ts';
import { RESTART_SECTIONS, type Config } from '../config/config.ts';
import { rulesInForce, type RulesInForce } from '../config/in-force.ts';
import { canonicalJson } from '../core/json.ts';
import type { EscalationPolicy } from '../core/edition.ts';
import type { LinkConfig } from '../core/links.ts';
import type { InForce, Telemetry } from '../core/ports.ts';
import type { Sender } from '../core/receivers.ts';
import type { SetStore } from '../core/set-store.ts';
import type { BlobStore } from '../core/store.ts';

/** Where humans reach this installation and its Alertmanager. */
export function linksOf({ externalUrl, alertmanager }: Pick<Config, 'externalUrl' | 'alertmanager'>): LinkConfig {
  return { externalUrl, alertmanagerUrl: alertmanager?.url ?? null };
}

/** What only a restart puts in force, of what differs. */
export function needRestart(started: Config, wanted: Config): string[] {
  return RESTART_SECTIONS.filter((section) => canonicalJson(started[section]) !== canonicalJson(wanted[section]));
}

/** Packed texts of a set, and why it comes into force. */
export interface Keep {
  readonly text: string;
  readonly why: 'start' | 'reload' | 'watch';
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
  /** The newest set was refused at start: the last good one is in force. */
  fallback: Fallback | null = null;
  readonly #store: BlobStore & Pick<SetStore, 'keepSet'>;
  #putting: Promise<void> = Promise.resolve();
  readonly #telemetry: Pick<Telemetry, 'configLoaded' | 'configRefused'>;

  constructor(config: Config, store: BlobStore & Pick<SetStore, 'keepSet'>, telemetry: Pick<Telemetry, 'configLoaded' | 'configRefused'>) {
    this.config = config;
    this.rules = rulesInForce(config);
    this.senders = createSenders(config.receivers, systemClock, linksOf(config));
    this.loadedAt = systemClock.now();
    this.#store = store;
    this.#telemetry = telemetry;
  }

  /**
   * One after the other, in the order of the calls: what was asked for last is in force at the end. `keep`: its texts, for a start with a bad
   * set, and why it comes into force; null = it is not kept.
   */
  put(config: Config, keep: Keep | null): Promise<void> {
    const put = this.#putting.then(() => this.#put(config, keep));
    this.#putting = put.catch(() => undefined);
    return put;
  }

  /** Every edition stands in the store before an alert can start a run that is pinned to it. */
  async #put(config: Config, keep: Keep | null): Promise<void> {
    const { hash, rules } = config;
    for (let from = 0; from < rules.length; from += EDITIONS_AT_ONCE) {
      const some = rules.slice(from, from + EDITIONS_AT_ONCE);
      await Promise.all(some.map((rule) => this.#store.putBlob(rule.hash, JSON.stringify(rule.edition), null)));
    }
    if (keep !== null) {
      const data = { hash, rules: rules.length, before: this.config.hash, why: keep.why };
      await this.#store.keepSet({ hash, rules: rules.length }, keep.text, [{ kind: 'config', data }]);
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
    this.fallback = null;
    this.#telemetry.configLoaded(this.config.hash, this.loadedAt);
  }

  /** The set in force stays. */
  refuse(problem: string): void {
    this.problem = problem;
    this.#telemetry.configRefused();
  }

  /** The set in force is the last good one, because the newest was refused at start. */
  fallBack(faults: string): void {
    this.refuse(faults);
    this.fallback = { faults, since: systemClock.now() };
  }

  /** Why what is in force is not what the files say, in a sentence and the faults; null = it is. */
  whyNotNewest(): string | null {
    if (this.problem === null) return null;
    const refused = `the newest configuration was refused: ${this.problem}`;
    return this.fallback === null ? refused : `running on the last good configuration since the start: ${refused}`;
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
