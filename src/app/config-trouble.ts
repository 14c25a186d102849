import type { EscalationPolicy } from '../core/edition.ts';
import type { Log } from '../core/ports.ts';
import { reportOfInstallation } from '../core/report.ts';
import type { IncidentStore } from '../core/store.ts';

/** A set that was refused at start, and since when (ms) the last good one runs in its place. */
export interface Fallback {
  readonly faults: string;
  readonly since: number;
}

export interface ConfigTroubleDeps {
  readonly store: Pick<IncidentStore, 'openOwn' | 'tellOwn'>;
  /** null = what is in force is what the files say, or said when they were good. */
  readonly fallback: () => Fallback | null;
  /** Who is told. */
  readonly policy: () => EscalationPolicy;
  readonly installation: string;
  readonly wakeDelivery: () => void;
  readonly log: Log;
}

/** The incident's slot: no rule has an empty name. */
const SLOT = '|config';

/**
 * Answers the look that keeps the incident of a refused start as it is: opened once by a process that runs on the last good set, kept open as
 * long as one does, and over when none does any more. Throws `StoreError`: then it is looked again.
 */
export function configTrouble(deps: ConfigTroubleDeps): () => Promise<void> {
  const { store, installation, log } = deps;
  let told: 'nothing' | 'trouble' | 'over' = 'nothing';
  return async () => {
    const fallback = deps.fallback();
    if (fallback === null) {
      if (told !== 'over') await store.tellOwn(SLOT, true);
      told = 'over';
    } else if (told === 'trouble') {
      await store.tellOwn(SLOT, false);
    } else {
      const report = reportOfInstallation(installation, 'config-refused', fallback.faults, fallback.since, 'P2');
      const { title, reason } = report;
      const escalation = { key: `config|${installation}`, priority: 'P2' as const, title, reason, run: '', target: installation, report };
      const incident = await store.openOwn(SLOT, { ...escalation, policy: deps.policy() }, []);
      told = 'trouble';
      log.error({ incident, reason }, 'a human is woken');
      deps.wakeDelivery();
    }
  };
}
