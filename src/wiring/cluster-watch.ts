import { systemClock } from '../adapters/system/clock.ts';
import { startEvery, type Ticking } from '../app/every.ts';
import { lookAtClusters, type LookDeps } from '../app/look-at-clusters.ts';
import type { ClusterConfig } from '../config/config.ts';
import type { Log } from '../core/ports.ts';
import { quietLog } from '../core/quiet.ts';

/** How often a cluster is asked whether it is there. */
const LOOK_MS = 15_000;
/** How often the log says why it is not. */
const TOLD_MS = 600_000;

/** A cluster as it was seen last; `lookedAt` null = not yet, `problem` null = it answered. */
export interface SeenCluster {
  readonly name: string;
  readonly kind: ClusterConfig['kind'];
  readonly lookedAt: number | null;
  readonly problem: string | null;
}

/** Asks each cluster again and again whether it is there, and remembers what came of it. */
export class ClusterWatch {
  readonly #configured: readonly Pick<ClusterConfig, 'name' | 'kind'>[];
  readonly #looks = new Map<string, { readonly lookedAt: number; readonly problem: string | null }>();

  constructor(configured: readonly Pick<ClusterConfig, 'name' | 'kind'>[]) {
    this.#configured = configured;
  }

  get seen(): readonly SeenCluster[] {
    const never = { lookedAt: null, problem: null };
    return this.#configured.map(({ name, kind }) => ({ name, kind, ...(this.#looks.get(name) ?? never) }));
  }

  start(parts: Pick<LookDeps, 'clusters' | 'readMs' | 'telemetry'> & { readonly log: Log }): Ticking {
    const { clusters, readMs, telemetry, log } = parts;
    const deps: LookDeps = {
      clusters,
      readMs,
      telemetry,
      names: this.#configured.map(({ name }) => name),
      log: quietLog(log, systemClock, TOLD_MS),
      seen: (name, problem) => void this.#looks.set(name, { lookedAt: systemClock.now(), problem }),
    };
    return startEvery({ name: 'look at the clusters', everyMs: LOOK_MS, atOnce: true, clock: systemClock, log }, (signal) =>
      lookAtClusters(deps, signal),
    );
  }
}
