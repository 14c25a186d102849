import { readFileSync } from 'node:fs';
import { createAlertmanager } from '../adapters/alertmanager/alertmanager.ts';
import { createPrometheus } from '../adapters/prometheus/prometheus.ts';
import { createSandboxCluster } from '../adapters/sandbox/client.ts';
import { systemClock } from '../adapters/system/clock.ts';
import { createWeb } from '../adapters/web/web.ts';
import type { Config, SourceConfig } from '../config/config.ts';
import type { AlertSource, Cluster, Clusters, Metrics, SuppressionSource, Web } from '../core/ports.ts';
import type { Timing } from '../core/timing.ts';

/** Clusters, alert sources and endpoints: what the daemon reads and acts on. */
export interface Outside extends Disposable {
  readonly clusters: Clusters;
  readonly sources: readonly AlertSource[];
  readonly suppression: SuppressionSource | null;
  readonly metrics: Metrics | null;
  readonly web: Web;
}

export function openOutside(config: Config, timing: Timing): Outside {
  const opened: Disposable[] = [];
  const keep = <T extends Disposable>(one: T): T => {
    opened.push(one);
    return one;
  };
  const clusters = new Map<string, Cluster>(
    config.clusters.map(({ name, sandbox }) => [name, keep(createSandboxCluster({ name, socket: sandbox }))]),
  );
  const { prometheus, alertmanager } = config;
  const metrics = prometheus === null ? null : createPrometheus(prometheus.url, keep(webOf('prometheus', prometheus)));
  const silences =
    alertmanager === null
      ? null
      : createAlertmanager({
          urls: [alertmanager.url],
          web: keep(webOf('alertmanager', alertmanager)),
          clock: systemClock,
          timing: { alertmanagerSettleMs: alertmanager.settleMs ?? timing.alertmanagerSettleMs },
        });
  return {
    clusters: { defaultName: config.defaultCluster, get: (name) => clusters.get(name) ?? null },
    sources: [metrics, silences].filter((source) => source !== null),
    suppression: silences,
    metrics,
    web: keep(createWeb(() => config.endpoints)),
    [Symbol.dispose]() {
      for (const one of opened) one[Symbol.dispose]();
    },
  };
}

/** Of its own for each source: recipes cannot reach it, and its token goes nowhere else. The file is read at every call. */
function webOf(name: string, { url, bearerTokenFile }: SourceConfig): ReturnType<typeof createWeb> {
  const token = bearerTokenFile === null ? undefined : () => readFileSync(bearerTokenFile, 'utf8').trim();
  return createWeb(() => ({ [name]: url }), undefined, token);
}
