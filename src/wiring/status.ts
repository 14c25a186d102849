import type { HttpParts } from '../adapters/http/parts.ts';
import type { Config } from '../config/config.ts';
import type { ClusterWatch } from './cluster-watch.ts';
import type { Current } from './in-force.ts';

interface StatusParts {
  readonly version: string;
  readonly startedAt: number;
  readonly current: Current;
  readonly kind: 'embedded' | 'external';
  /** What the daemon started with: addresses, store and clusters are of then. */
  readonly started: Config;
  readonly clusters: ClusterWatch['seen'];
}

/** What the daemon knows of itself without its store. */
export function statusOf({ version, startedAt, current, kind, started, clusters }: StatusParts): ReturnType<HttpParts['status']> {
  const { config, loadedAt, problem, fallback } = current;
  return {
    version,
    startedAt,
    dryRun: config.dryRun,
    config: { hash: config.hash, loadedAt, rules: config.rules.length, problem, lastGood: fallback !== null },
    teams: config.teams.map(({ name, namespaces, highestMode }) => ({
      name,
      namespaces,
      highestMode,
      rules: config.rules.filter(({ edition }) => edition.rule.team === name).length,
    })),
    store: { kind, installation: started.installation },
    rules: current.rules.modes(),
    clusters,
  };
}
