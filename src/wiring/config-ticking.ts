import { systemClock } from '../adapters/system/clock.ts';
import { configTrouble } from '../app/config-trouble.ts';
import { startEvery, type Ticking } from '../app/every.ts';
import type { Log } from '../core/ports.ts';
import type { IncidentStore } from '../core/store.ts';
import type { Timing } from '../core/timing.ts';
import type { Current } from './in-force.ts';
import type { Reloader } from './reload.ts';

interface Parts {
  readonly current: Current;
  readonly reloader: Reloader;
  readonly store: Pick<IncidentStore, 'openOwn' | 'tellOwn'>;
  readonly installation: string;
  readonly wakeDelivery: () => void;
  readonly timing: Pick<Timing, 'configLookMs' | 'auditEveryMs'>;
  readonly log: Log;
}

/** Looks at the configuration's files, and keeps the incident of a refused start as it is: the first time at once. */
export function startConfigTicking({ current, reloader, timing, ...parts }: Parts): Ticking[] {
  const { log } = parts;
  const trouble = configTrouble({ ...parts, fallback: () => current.fallback, policy: () => current.orphanPolicy() });
  void trouble().catch((error: unknown) => log.warn({ err: error }, 'the incident of the configuration is told later'));
  const every = { clock: systemClock, log };
  return [
    startEvery({ ...every, name: 'look at the configuration', everyMs: timing.configLookMs }, () => reloader.look()),
    startEvery({ ...every, name: 'incident of the configuration', everyMs: timing.auditEveryMs }, trouble),
  ];
}
