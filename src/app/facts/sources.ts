import type { Registry } from '../../core/capability.ts';
import type { Clusters, Digest, Metrics, Web } from '../../core/ports.ts';
import type { SharedLimits } from '../../core/shared-limits.ts';
import type { BrakeStore, HistoryStore } from '../../core/store.ts';
import type { Timing } from '../../core/timing.ts';
import type { Ownership } from '../ownership.ts';
import type { Sight } from '../sight.ts';
import type { AlertSources } from './firing.ts';

/** Where facts come from. */
export interface FactSources extends AlertSources {
  readonly clusters: Clusters;
  readonly sight: Pick<Sight, 'of'>;
  readonly brakes: Pick<BrakeStore, 'brakes'>;
  readonly history: HistoryStore;
  /** null = nobody is asked: what is read is not acted upon. */
  readonly ownership: Pick<Ownership, 'of'> | null;
  /** What bounds all rules together, as in force now. */
  readonly limits: () => SharedLimits;
  /** Of `verify.check`, and what checks use. */
  readonly registry: Pick<Registry, 'checks'>;
  readonly metrics: Metrics | null;
  readonly web: Web;
  readonly digest: Digest;
  readonly timing: Pick<Timing, 'readMs'>;
}
