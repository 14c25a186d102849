import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Receiver } from '../core/receivers.ts';
import type { SharedLimits } from '../core/shared-limits.ts';
import type { StormPolicy } from '../core/storm.ts';
import { isLoopback, parseListenAddress, type ListenAddress } from './address.ts';
import type { AlertmanagerConfig, ClusterConfig, Config, PrometheusConfig, RedisConfig, SourceConfig, Team } from './config.ts';
import { defaultBlindness, defaultBudget, defaultFreshStoreHoldMs, defaultMaxInFlight, defaultStorm } from './defaults.ts';
import { badSetting, type Overrides } from './overrides.ts';
import type { PathSegment, Problem, ProblemCode } from './problem.ts';
import type { RootDocument } from './schema/root.ts';
import type { YamlSource } from './yaml-source.ts';

/** Where the root file stands: paths in it are relative to its directory, paths in flags to the working directory. */
export interface Place {
  /** null = there is no file, or it could not be read. */
  readonly source: YamlSource | null;
  readonly directory: string;
  readonly cwd: string;
}

export type Settings = Omit<Config, 'file' | 'hash' | 'dryRun' | 'rules' | 'remediations'>;

const usualAddress = '127.0.0.1:8484';

/** What concerns the process: addresses, files, the store, the outside. */
export function resolveSettings(document: RootDocument, overrides: Overrides, place: Place, problems: Problem[]): Settings {
  const { global, web, prometheus, alertmanager, clusters, receivers } = document;
  const file = (path: string): string => resolve(place.directory, path);
  const bearerTokenFile = web.bearer_token_file === undefined ? null : file(web.bearer_token_file);
  if (bearerTokenFile !== null) checkTokens(bearerTokenFile, place, problems);
  return {
    watch: overrides.configWatch?.value ?? global.config_watch,
    installation: global.installation,
    freshStoreHoldMs: global.fresh_store_hold ?? defaultFreshStoreHoldMs,
    externalUrl: readExternalUrl(document, overrides, problems),
    log: { level: overrides.logLevel, format: overrides.logFormat },
    web: { listen: readListen(document, overrides, place, problems), bearerTokenFile },
    storage: { path: storagePath(document, overrides, place) },
    redis: readRedis(document, overrides, file),
    clusters: clusters.map((cluster) => clusterOf(cluster, file)),
    defaultCluster: document.default_cluster ?? (clusters.length === 1 ? (clusters[0]?.name ?? null) : null),
    prometheus: prometheusOf(prometheus, file),
    alertmanager: alertmanagerOf(alertmanager, file),
    receivers: receivers.map((receiver) => withPaths(receiver, file)),
    limits: sharedLimits(document),
    teams: teamsOf(document),
    emergencyReceiver: document.emergency_receiver ?? null,
    endpoints: document.endpoints,
  };
}

export function teamsOf({ teams }: RootDocument): Team[] {
  return teams.map(({ name, namespaces, receivers, escalation, highest_mode: highestMode }) => ({
    name,
    namespaces,
    receivers,
    escalation: escalation ?? null,
    highestMode,
  }));
}

function sharedLimits({ budget: { max, per }, max_in_flight: { installation, cluster }, storm }: RootDocument): SharedLimits {
  const usual = defaultMaxInFlight;
  return {
    budget: { ...defaultBudget, max: max ?? defaultBudget.max, perMs: per ?? defaultBudget.perMs },
    maxInFlight: { installation: installation ?? usual.installation, cluster: cluster ?? usual.cluster },
    storm: stormPolicy(storm),
  };
}

function stormPolicy({ enter = defaultStorm.enter, leave, within, cooldown }: RootDocument['storm']): StormPolicy | null {
  if (enter === 'never') return null;
  return {
    enter,
    leave: leave ?? Math.min(defaultStorm.leave, enter - 1),
    withinMs: within ?? defaultStorm.withinMs,
    cooldownMs: cooldown ?? defaultStorm.cooldownMs,
  };
}

function readListen({ web }: RootDocument, { listenAddress }: Overrides, place: Place, problems: Problem[]): ListenAddress {
  const text = listenAddress?.value ?? web.listen_address ?? usualAddress;
  const tell = (code: ProblemCode, message: string, fix: string): void => {
    problems.push(
      listenAddress === null
        ? inFile(place, code, ['web', 'listen_address'], message, fix)
        : { ...badSetting(listenAddress.from, message, fix), code },
    );
  };
  const listen = parseListenAddress(text);
  if (listen === null) {
    tell('bad-setting', `${JSON.stringify(text)} is no address to listen on`, 'write host:port, e.g. 127.0.0.1:8484 or :8484');
    return { host: '127.0.0.1', port: 0 };
  }
  if (!isLoopback(listen.host) && web.bearer_token_file === undefined) {
    tell(
      'no-credentials',
      `refusing to listen on ${text} without credentials: whoever gets there could pause or run everything`,
      'set web.bearer_token_file, or listen on 127.0.0.1',
    );
  }
  return listen;
}

/** A token that no header can carry would let nobody in. A file that cannot be read yet is the daemon's matter: it reads it anew. */
function checkTokens(file: string, place: Place, problems: Problem[]): void {
  let lines: readonly string[] = [];
  try {
    lines = readFileSync(file, 'utf8').split('\n');
  } catch {
    return;
  }
  for (const [index, line] of lines.entries()) {
    if (!/\s/.test(line.trim())) continue;
    const message = `line ${index + 1} of the file holds a space, so no request can show that token`;
    problems.push(inFile(place, 'bad-setting', ['web', 'bearer_token_file'], message, 'write one token a line, without spaces'));
  }
}

function inFile({ source }: Place, code: ProblemCode, path: readonly PathSegment[], message: string, fix: string): Problem {
  return source === null ? { ...badSetting(path.join('.'), message, fix), code } : source.problem(code, path, message, fix);
}

function readExternalUrl({ global }: RootDocument, { externalUrl }: Overrides, problems: Problem[]): string | null {
  if (externalUrl === null) return global.external_url ?? null;
  const protocol = URL.parse(externalUrl.value)?.protocol;
  if (protocol === 'http:' || protocol === 'https:') return externalUrl.value;
  problems.push(badSetting(externalUrl.from, `must be an http or https address, found ${JSON.stringify(externalUrl.value)}`));
  return null;
}

function storagePath({ storage }: RootDocument, { storagePath: override }: Overrides, { directory, cwd }: Place): string {
  if (override !== null) return resolve(cwd, override.value);
  return storage.path === undefined ? resolve(cwd, 'data') : resolve(directory, storage.path);
}

function readRedis({ redis }: RootDocument, { redisUrl }: Overrides, file: (path: string) => string): RedisConfig | null {
  const url = redisUrl?.value ?? redis.url;
  if (url === undefined) return null;
  const optional = (path: string | undefined): string | null => (path === undefined ? null : file(path));
  return {
    url,
    username: redis.username ?? null,
    passwordFile: optional(redis.password_file),
    sentinelPasswordFile: optional(redis.sentinel_password_file),
    caFile: optional(redis.ca_file),
    certFile: optional(redis.cert_file),
    keyFile: optional(redis.key_file),
    serverName: redis.server_name ?? null,
  };
}

/** The schema sees to it that exactly one way is given, and a context with each kubeconfig. */
function clusterOf(cluster: RootDocument['clusters'][number], file: (path: string) => string): ClusterConfig {
  const { name, kubeconfig, context = '', sandbox, qps = null, burst = null } = cluster;
  if (sandbox !== undefined) return { kind: 'sandbox', name, socket: file(sandbox) };
  const inCluster = { kind: 'in-cluster' } as const;
  const credentials = kubeconfig === undefined ? inCluster : ({ kind: 'kubeconfig', file: file(kubeconfig), context } as const);
  return { kind: 'kubernetes', name, credentials, qps, burst };
}

function sourceOf(source: RootDocument['prometheus'], file: (path: string) => string): SourceConfig | null {
  if (source === undefined) return null;
  return { url: source.url, bearerTokenFile: source.bearer_token_file === undefined ? null : file(source.bearer_token_file) };
}

function prometheusOf(source: RootDocument['prometheus'], file: (path: string) => string): PrometheusConfig | null {
  const usual = sourceOf(source, file);
  const { max_missing: missing, min_targets: targets, within } = source?.blindness ?? {};
  const blindness = {
    maxMissingPercent: missing ?? defaultBlindness.maxMissingPercent,
    minTargets: targets ?? defaultBlindness.minTargets,
    withinMs: within ?? defaultBlindness.withinMs,
  };
  return usual === null ? null : { ...usual, blindness };
}

function alertmanagerOf(source: RootDocument['alertmanager'], file: (path: string) => string): AlertmanagerConfig | null {
  const usual = sourceOf(source, file);
  return usual === null ? null : { ...usual, settleMs: source?.settle ?? null };
}

function withPaths(receiver: Receiver, file: (path: string) => string): Receiver {
  switch (receiver.type) {
    case 'webhook':
      return { ...receiver, secret_file: file(receiver.secret_file) };
    case 'pagerduty':
      return { ...receiver, routing_key_file: file(receiver.routing_key_file) };
  }
}
