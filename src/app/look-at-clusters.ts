import type { QuietLog } from '../core/quiet.ts';
import { ClusterError, type Clusters, type Telemetry } from '../core/ports.ts';

export interface LookDeps {
  readonly clusters: Clusters;
  readonly names: readonly string[];
  readonly readMs: number;
  readonly telemetry: Pick<Telemetry, 'clusterUp'>;
  readonly log: QuietLog;
  /** Told after each look; `problem` null = it answered. */
  readonly seen?: (name: string, problem: string | null) => void;
}

/** Tells whether each cluster answers who we are; that it does not let us see what we ask for is an answer too. Aborted, it tells nothing. */
export async function lookAtClusters({ clusters, names, readMs, telemetry, log, seen }: LookDeps, signal: AbortSignal): Promise<void> {
  for (const name of names) {
    const error = await problemOf(clusters, name, AbortSignal.any([signal, AbortSignal.timeout(readMs)]));
    if (signal.aborted) return;
    telemetry.clusterUp(name, error === null);
    seen?.(name, error);
    if (error !== null) log.warn(name, { cluster: name, error }, 'a cluster does not answer');
  }
}

/** null = it answers. */
async function problemOf(clusters: Clusters, name: string, signal: AbortSignal): Promise<string | null> {
  try {
    await clusters.get(name)?.getNamespace('default', signal);
    return null;
  } catch (error) {
    return error instanceof ClusterError && error.kind === 'forbidden' ? null : (error as Error).message;
  }
}
