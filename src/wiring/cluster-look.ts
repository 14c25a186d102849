import { systemClock } from '../adapters/system/clock.ts';
import { startEvery, type Ticking } from '../app/every.ts';
import { lookAtClusters } from '../app/look-at-clusters.ts';
import type { Config } from '../config/config.ts';
import type { Log, Telemetry } from '../core/ports.ts';
import { quietLog } from '../core/quiet.ts';
import type { Timing } from '../core/timing.ts';
import type { Outside } from './outside.ts';

/** How often a cluster is asked whether it is there. */
const CLUSTER_LOOK_MS = 15_000;
/** How often the log says why it is not. */
const CLUSTER_TOLD_MS = 600_000;

interface Parts {
  readonly config: Pick<Config, 'clusters'>;
  readonly outside: Outside;
  readonly timing: Pick<Timing, 'readMs'>;
  readonly telemetry: Pick<Telemetry, 'clusterUp'>;
  readonly log: Log;
}

export function startClusterLook({ config, outside, timing, telemetry, log }: Parts): Ticking {
  const looking = {
    ...outside,
    names: config.clusters.map(({ name }) => name),
    readMs: timing.readMs,
    telemetry,
    log: quietLog(log, systemClock, CLUSTER_TOLD_MS),
  };
  return startEvery({ name: 'look at the clusters', everyMs: CLUSTER_LOOK_MS, clock: systemClock, log }, (signal) =>
    lookAtClusters(looking, signal),
  );
}
