import { clusterEscalationOf, clusterOfIncident } from '../core/escalation-policy.ts';
import type { Edition } from '../core/edition.ts';
import type { LinkConfig } from '../core/links.ts';
import { logOf } from '../core/log.ts';
import type { Bounds } from '../core/permission.ts';
import type { Clock, Cluster, Clusters, Log } from '../core/ports.ts';
import { isClusterWide, isQuiet, type Reason } from '../core/reasons.ts';
import { isEnded, type Run } from '../core/run.ts';
import type { HistoryStore, IncidentStore, RecordStore } from '../core/store.ts';
import type { Sight } from './sight.ts';
import { startEvery, type Ticking } from './every.ts';

export interface TellDeps {
  readonly store: Pick<IncidentStore, 'openForCluster'>;
  readonly links: LinkConfig;
  readonly log: Log;
}

/**
 * What holds a whole cluster is one incident of it, not one of each run that it holds: the first run that it held for longer than
 * `unknown_grace` opens it (a storm at once: it took its time to begin), the others are attached. Asked at each look of a held run, so that no crash leaves it untold.
 */
export async function tellOfCluster(
  { store, links, log }: TellDeps,
  run: Run,
  edition: Edition,
  bounds: Bounds,
  now: number,
): Promise<void> {
  const { hold } = run;
  if (hold === null || !isClusterWide(hold.reason) || run.dry !== null || isHushed(run)) return;
  if (hold.reason !== 'storm' && now - hold.since < bounds.unknownGraceMs) return;
  const incident = await store.openForCluster(run.id, clusterEscalationOf(run, edition, hold, links));
  if (incident !== null) logOf(log, run).warn({ incident, reason: hold.reason }, 'a whole cluster is held, a human is told');
}

/** Humans said beforehand that they need not know of this alert. P0 is always told. */
function isHushed({ priority, verdicts }: Run): boolean {
  return priority !== 'P0' && verdicts.some((verdict) => verdict.result === 'refuse' && isQuiet(verdict.reason));
}

export interface EndDeps {
  readonly store: Pick<RecordStore, 'incidents' | 'run'> & Pick<IncidentStore, 'resolve'> & Pick<HistoryStore, 'storms'>;
  readonly clusters: Clusters;
  readonly sight: Pick<Sight, 'sees'>;
  readonly wakeDelivery: () => void;
}

/** Whether a cluster is rid of what held it; a reason without an entry ends otherwise. */
const isOver: Partial<Record<Reason, (deps: EndDeps, cluster: Cluster) => Promise<boolean>>> = {
  blind: ({ sight }, cluster) => sight.sees(cluster),
  storm: async ({ store }, { name }) => (await store.storms()).every(({ cluster }) => cluster !== name),
};

const LIMIT = 1000;
export const CLUSTER_INCIDENTS_MS = 15_000;

export function startClusterIncidents(deps: EndDeps & { readonly clock: Clock; readonly log: Log }): Ticking {
  return startEvery({ name: 'incidents of clusters', everyMs: CLUSTER_INCIDENTS_MS, ...deps }, (signal) =>
    endClusterIncidents(deps, signal),
  );
}

/** Resolves the incidents of clusters that are over: the cause is gone, and no run is held by it any more, in whichever replica. */
export async function endClusterIncidents(deps: EndDeps, signal: AbortSignal): Promise<void> {
  const { store, clusters, wakeDelivery } = deps;
  for (const state of ['open', 'acknowledged'] as const) {
    for (const { id, key, reason, runs } of await store.incidents({ state, limit: LIMIT })) {
      const name = clusterOfIncident({ key, reason });
      const over = isOver[reason];
      if (name === null || over === undefined || signal.aborted) continue;
      const cluster = clusters.get(name);
      if (cluster !== null && !(await over(deps, cluster))) continue;
      if (await holdsAny(store, runs, reason)) continue;
      await store.resolve(id, 'remediad', 0);
      wakeDelivery();
    }
  }
}

async function holdsAny(store: EndDeps['store'], runs: readonly string[], reason: Reason): Promise<boolean> {
  for (const id of runs) {
    const found = await store.run(id);
    if (found !== null && !isEnded(found.run.state) && found.run.hold?.reason === reason) return true;
  }
  return false;
}
