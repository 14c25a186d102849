import { randomUUID } from 'node:crypto';
import { actions } from '../actions/index.ts';
import { sha256, sleep, watchDrift } from '../adapters/system/clock.ts';
import { advanceRun } from '../app/advance-run.ts';
import type { AdvanceDeps } from '../app/work.ts';
import { checks } from '../checks/index.ts';
import { collectors } from '../collectors/index.ts';
import type { Registry } from '../core/capability.ts';
import { noFailPoints } from '../core/fail-point.ts';
import type { Sight } from '../app/sight.ts';
import type { SuppressionSource } from '../core/ports.ts';

/** Every action, check and collector that this version knows. */
export const registry: Registry = { actions, checks, collectors };

/** What the engine needs that is not the same everywhere. */
export type EngineParts = Pick<
  AdvanceDeps,
  | 'store'
  | 'hints'
  | 'clusters'
  | 'sources'
  | 'metrics'
  | 'web'
  | 'inForce'
  | 'ownership'
  | 'clock'
  | 'limits'
  | 'timing'
  | 'links'
  | 'telemetry'
  | 'log'
> & {
  readonly suppression: SuppressionSource | null;
  readonly sight: Pick<Sight, 'of'>;
  readonly failPoint?: AdvanceDeps['failPoint'];
  readonly stopping?: AdvanceDeps['stopping'];
  /** Absent = really. */
  readonly sleep?: AdvanceDeps['sleep'];
};

/** Advances one run as far as it goes. Each call is a claim of its own: two of one process exclude each other like two processes. */
export type Advance = (run: string, version: number | null, signal: AbortSignal) => Promise<void>;

export function createAdvance(parts: EngineParts): Advance {
  const deps = engineDeps(parts);
  const process = randomUUID().slice(0, 8);
  let claims = 0;
  return (run, version, signal) => advanceRun(deps, run, version, `${process}-${(claims += 1)}`, signal);
}

/** The engine's dependencies, as the daemon and `explain` use them. */
export function engineDeps(parts: EngineParts): AdvanceDeps {
  const { store, clusters, sources, suppression, sight, ownership, metrics, web, limits, clock, timing } = parts;
  return {
    ...parts,
    facts: {
      clusters,
      sources,
      suppression,
      episodes: store,
      sight,
      brakes: store,
      history: store,
      ownership,
      limits,
      registry,
      metrics,
      web,
      digest: sha256,
      timing,
    },
    registry,
    digest: sha256,
    drift: watchDrift(clock, timing),
    sleep: parts.sleep ?? sleep,
    failPoint: parts.failPoint ?? noFailPoints,
    stopping: parts.stopping ?? (() => false),
  };
}
