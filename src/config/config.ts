import type { Edition, Mode } from '../core/edition.ts';
import type { Receiver } from '../core/receivers.ts';
import type { Starts } from '../core/schedule/starts.ts';
import type { Run } from '../core/run.ts';
import type { SharedLimits } from '../core/shared-limits.ts';
import type { ListenAddress } from './address.ts';
import type { LogFormat, LogLevel } from './overrides.ts';

/** Everything that remediad was told, resolved and frozen. Paths are absolute; secrets stay in their files. */
export interface Config {
  /** null = there is no file. */
  readonly file: string | null;
  /** SHA-256 over all that was read: equal hashes mean the same behaviour. */
  readonly hash: string;
  /** A change of the files puts them in force by itself. */
  readonly watch: boolean;
  readonly installation: string;
  readonly externalUrl: string | null;
  readonly dryRun: boolean;
  /** How long nothing is done on a store that is new or was failed over. */
  readonly freshStoreHoldMs: number;
  readonly log: { readonly level: LogLevel; readonly format: LogFormat };
  readonly web: { readonly listen: ListenAddress; readonly bearerTokenFile: string | null };
  readonly storage: { readonly path: string };
  /** null = the embedded store. */
  readonly redis: RedisConfig | null;
  readonly clusters: readonly ClusterConfig[];
  /** null = none, or several and none named as the default. */
  readonly defaultCluster: string | null;
  readonly prometheus: PrometheusConfig | null;
  readonly alertmanager: AlertmanagerConfig | null;
  readonly receivers: readonly Receiver[];
  /** What bounds all rules together. */
  readonly limits: SharedLimits;
  readonly teams: readonly Team[];
  readonly emergencyReceiver: string | null;
  readonly endpoints: Edition['endpoints'];
  /** In the order in which they are asked. */
  readonly rules: readonly ActiveRule[];
  /** How many remediations there are. */
  readonly remediations: number;
}

/** What needs no rule. */
export type ProcessConfig = Omit<Config, 'hash' | 'rules' | 'remediations'>;

/** What only a restart puts in force. */
export const RESTART_SECTIONS = [
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
] as const satisfies readonly (keyof Config)[];

/** Whose rules stay within what. */
export interface Team {
  readonly name: string;
  readonly namespaces: readonly string[];
  /** Its own; other teams' rules do not tell them. */
  readonly receivers: readonly string[];
  readonly escalation: string | null;
  readonly highestMode: Mode;
}

export type ClusterConfig =
  | { readonly kind: 'sandbox'; readonly name: string; readonly socket: string }
  | {
      readonly kind: 'kubernetes';
      readonly name: string;
      readonly credentials:
        | { readonly kind: 'in-cluster' }
        | { readonly kind: 'kubeconfig'; readonly file: string; readonly context: string };
      /** Calls a second, and how many of them at once; null = as usual. */
      readonly qps: number | null;
      readonly burst: number | null;
    };

export interface RedisConfig {
  readonly url: string;
  readonly username: string | null;
  readonly passwordFile: string | null;
  readonly sentinelPasswordFile: string | null;
  readonly caFile: string | null;
  readonly certFile: string | null;
  readonly keyFile: string | null;
  readonly serverName: string | null;
}

export interface SourceConfig {
  readonly url: string;
  readonly bearerTokenFile: string | null;
}

export interface PrometheusConfig extends SourceConfig {
  /** When so many of its scrape targets are gone at once that we suspect our own eyes. */
  readonly blindness: { readonly maxMissingPercent: number; readonly minTargets: number; readonly withinMs: number };
}

export interface AlertmanagerConfig extends SourceConfig {
  /**
   * How long an Alertmanager must be up before its listing nothing counts as *not firing*; null = the usual 5m. It forgets its alerts when it
   * restarts and hears of them again when Prometheus resends: with less than that time a fault looks fixed that is not.
   */
  readonly settleMs: number | null;
}

/** A rule in force. */
export interface ActiveRule {
  readonly rule: string;
  /** Content hash of the edition. */
  readonly hash: string;
  readonly edition: Edition;
  /** Why its runs have no effects; null = they may. */
  readonly dry: Run['dry'];
  /** What starts it besides alerts. */
  readonly starts: Starts;
  /** Later rules are asked too. */
  readonly continue: boolean;
}
