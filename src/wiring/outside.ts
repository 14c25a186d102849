import { readFileSync } from 'node:fs';
import { createAlertmanager } from '../adapters/alertmanager/alertmanager.ts';
import { createPrometheus } from '../adapters/prometheus/prometheus.ts';
import { createKubernetesCluster } from '../adapters/kubernetes/cluster.ts';
import { createSandboxCluster } from '../adapters/sandbox/client.ts';
import { systemClock } from '../adapters/system/clock.ts';
import { createWeb } from '../adapters/web/web.ts';
import { defaultBlindness } from '../config/defaults.ts';
import type { ClusterConfig, Config, SourceConfig } from '../config/config.ts';
import { Sight } from '../app/sight.ts';
import type { AlertSource, Cluster, Clusters, Log, Metrics, SuppressionSource, Web } from '../core/ports.ts';
import type { Timing } from '../core/timing.ts';

/** Clusters, alert sources and endpoints: what the daemon reads and acts on. */
export interface Outside extends Disposable {
  readonly clusters: Clusters;
  readonly sources: readonly AlertSource[];
  readonly suppression: SuppressionSource | null;
  readonly metrics: Metrics | null;
  readonly web: Web;
  readonly sight: Sight;
}

export interface OutsideOptions {
  readonly timing: Timing;
  /** Of remediad, as it calls itself. */
  readonly version: string;
  readonly log: Log;
}

/** Throws one sentence for a cluster whose credentials cannot be used. Nothing is asked of anybody yet. */
export async function openOutside(config: Config, { timing, version, log }: OutsideOptions): Promise<Outside> {
  using opening = new DisposableStack();
  const clusters = new Map<string, Cluster>();
  for (const cluster of config.clusters) clusters.set(cluster.name, opening.use(await openCluster(cluster, version, log)));
  const { prometheus, alertmanager } = config;
  const metrics = prometheus === null ? null : createPrometheus(prometheus.url, opening.use(webOf('prometheus', prometheus)));
  const silences =
    alertmanager === null
      ? null
      : createAlertmanager({
          urls: [alertmanager.url],
          web: opening.use(webOf('alertmanager', alertmanager)),
          clock: systemClock,
          timing: { alertmanagerSettleMs: alertmanager.settleMs ?? timing.alertmanagerSettleMs },
        });
  const web = opening.use(createWeb(() => config.endpoints));
  const opened = opening.move();
  return {
    clusters: { defaultName: config.defaultCluster, get: (name) => clusters.get(name) ?? null },
    sources: [metrics, silences].filter((source) => source !== null),
    suppression: silences,
    metrics,
    web,
    sight: new Sight({ metrics, limits: prometheus?.blindness ?? defaultBlindness, clock: systemClock, timing }),
    [Symbol.dispose]: () => opened.dispose(),
  };
}

function openCluster(cluster: ClusterConfig, version: string, log: Log): Promise<Cluster & Disposable> | (Cluster & Disposable) {
  if (cluster.kind === 'sandbox') return createSandboxCluster(cluster);
  const { name, credentials, qps, burst } = cluster;
  const limits = { ...(qps === null ? {} : { qps }), ...(burst === null ? {} : { burst }) };
  return createKubernetesCluster({ name, credentials, ...limits, version, log, clock: systemClock });
}

/** Of its own for each source: recipes cannot reach it, and its token goes nowhere else. The file is read at every call. */
function webOf(name: string, { url, bearerTokenFile }: SourceConfig): ReturnType<typeof createWeb> {
  const token = bearerTokenFile === null ? undefined : () => readFileSync(bearerTokenFile, 'utf8').trim();
  return createWeb(() => ({ [name]: url }), undefined, token);
}
