export interface DiscoveredTarget {
  readonly address: string;
  /** As Kubernetes discovery would give them, `__meta_…`. */
  readonly meta: Readonly<Record<string, string>>;
}

/**
 * The shipped prometheus.yml with its relabelling as it is, fed with these targets instead of Kubernetes discovery, which Debian's
 * Prometheus is built without. It reports to nobody.
 */
export function withoutKubernetes(
  config: Readonly<Record<string, unknown>>,
  targets: readonly DiscoveredTarget[],
): Record<string, unknown> {
  const fixed = targets.map(({ address, meta }) => ({ targets: [address], labels: meta }));
  const scrapes = config['scrape_configs'] as readonly object[];
  return {
    ...config,
    alerting: undefined,
    scrape_configs: scrapes.map((scrape) => ({ ...scrape, kubernetes_sd_configs: undefined, static_configs: fixed })),
  };
}
