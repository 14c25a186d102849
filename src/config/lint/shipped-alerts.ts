/**
 * The labels of the alerts in monitoring/prometheus, as Prometheus gives them: by the relabelling of the scrape and the expression of the
 * alert. A test of the repository compares it with those files.
 */

const ofTarget = ['namespace', 'pod', 'app', 'instance', 'region', 'job'];
const ofAlert = ['alertname', 'severity', 'team', 'priority'];
/** Where the expression keeps what the target has. */
const all = [...ofAlert, ...ofTarget, 'version'];
/** Where it aggregates. */
const aggregated = [...ofAlert, ...ofTarget];

export const SHIPPED_ALERTS: Readonly<Record<string, readonly string[]>> = {
  ArchiveChainNodeDown: all,
  ConsensusParticipationLow: all,
  HighStorageUsage: all,
  StorageCorruption: all,
  LowPeerCount: all,
  HighNetworkLatency: all,
  HighAPILatency: [...aggregated, 'endpoint'],
  HighErrorRate: aggregated,
  ArchiveProcessingStalled: all,
  HighArchiveFailureRate: aggregated,
  TokenSupplyAnomaly: all,
};

/** Added to what Alertmanager is sent, and so to every webhook, but to no series of Prometheus. */
export const EXTERNAL_LABELS: readonly string[] = ['cluster'];
