import { ClusterError, type AlertSource, type Clock, type SuppressionSource, type Web } from '../../core/ports.ts';
import type { Timing } from '../../core/timing.ts';
import { AlertmanagerApi, type ListedAlert } from './api.ts';

export interface AlertmanagerOptions {
  /** All peers of one cluster, with their path prefix, if any. */
  readonly urls: readonly string[];
  /** Must let these URLs pass. */
  readonly web: Web;
  readonly clock: Pick<Clock, 'now'>;
  readonly timing: Pick<Timing, 'alertmanagerSettleMs'>;
}

type Suppression = NonNullable<Awaited<ReturnType<SuppressionSource['suppression']>>>;

/**
 * Alertmanager as a source. One peer that lists the alert is enough to say that it fires. That it does not fire takes every peer: each
 * must answer, list nothing, and be up long enough to have heard of everything that fires. It never says `pending`, of which it knows
 * nothing.
 */
export function createAlertmanager(options: AlertmanagerOptions): AlertSource & SuppressionSource {
  const peers = options.urls.map((url) => new AlertmanagerApi(url, options.web));
  return {
    kind: 'alertmanager',
    async state(labels, signal) {
      const { listed, absent } = await ask(peers, labels, options, signal);
      if (listed.length > 0) return 'firing';
      absent();
      return 'not-firing';
    },
    async suppression(fingerprint, labels, signal) {
      const { listed, absent } = await ask(peers, labels, options, signal);
      if (listed.length === 0) absent();
      return listed.length === 0 ? null : suppressionOf(listed, fingerprint);
    },
  };
}

interface Asked {
  /** Of all peers that answered. */
  readonly listed: readonly ListedAlert[];
  /** Throws `ClusterError` unless it is known that no peer has the alert. */
  readonly absent: () => void;
}

async function ask(
  peers: readonly AlertmanagerApi[],
  labels: Readonly<Record<string, string>>,
  options: AlertmanagerOptions,
  signal: AbortSignal,
): Promise<Asked> {
  const answers = await Promise.all(peers.map((peer) => askPeer(peer, labels, options, signal)));
  const doubts = answers.flatMap(({ doubt }) => (doubt === null ? [] : [doubt]));
  return {
    listed: answers.flatMap(({ listed }) => listed),
    absent: () => {
      if (peers.length === 0 || doubts.length > 0)
        throw new ClusterError('unreachable', doubts.join('; ') || 'no Alertmanager is configured');
    },
  };
}

/** `doubt`: why this peer's listing nothing means nothing; null = it does. */
async function askPeer(
  peer: AlertmanagerApi,
  labels: Readonly<Record<string, string>>,
  options: AlertmanagerOptions,
  signal: AbortSignal,
): Promise<{ readonly listed: readonly ListedAlert[]; readonly doubt: string | null }> {
  try {
    const listed = await peer.alerts(labels, signal);
    return { listed, doubt: listed.length > 0 ? null : await unsettled(peer, options, signal) };
  } catch (error) {
    if (error instanceof ClusterError) return { listed: [], doubt: error.message };
    throw error;
  }
}

/** Prometheus repeats what fires within minutes; before that a peer that just started does not know it. */
async function unsettled(peer: AlertmanagerApi, { clock, timing }: AlertmanagerOptions, signal: AbortSignal): Promise<string | null> {
  const { startedAt, cluster } = await peer.status(signal);
  if (cluster === 'settling') return `${peer.url} is still settling with its peers`;
  // A start that cannot be read, or lies in the future, is not long ago.
  const settled = clock.now() - startedAt >= timing.alertmanagerSettleMs;
  return settled ? null : `${peer.url} started too short a while ago to know of every alert`;
}

/** Of the alert itself where it is listed, else of all that bear its labels: one that nothing suppresses lets them all count as such. */
function suppressionOf(listed: readonly ListedAlert[], fingerprint: string): Suppression {
  const itself = listed.filter((alert) => alert.fingerprint === fingerprint);
  const asked = itself.length > 0 ? itself : listed;
  if (asked.some(({ status }) => status.state === 'unprocessed'))
    throw new ClusterError('unreachable', 'Alertmanager has not looked at the alert yet');
  const free = itself.length === 0 && asked.some(({ status }) => status.silencedBy.length + status.inhibitedBy.length === 0);
  if (free) return { silencedBy: [], inhibitedBy: [] };
  return {
    silencedBy: distinct(asked.flatMap(({ status }) => status.silencedBy)),
    inhibitedBy: distinct(asked.flatMap(({ status }) => status.inhibitedBy)),
  };
}

function distinct(ids: readonly string[]): string[] {
  return [...new Set(ids)];
}
