import type { Registry } from 'prom-client';
import type { Brake } from '../../core/brake.ts';
import { PRIORITIES } from '../../core/edition.ts';
import type { Incident } from '../../core/incident.ts';
import { reasons, type Reason } from '../../core/reasons.ts';
import { LIVE_STATES, type Run } from '../../core/run.ts';
import type { BrakeStore, RecordStore } from '../../core/store.ts';
import { gauge } from './counters.ts';

export interface StoreReads {
  readonly records: Pick<RecordStore, 'counts' | 'runs' | 'incidents'>;
  readonly brakes: Pick<BrakeStore, 'brakes'>;
}

/** More of one kind are not counted: a scrape stays small. */
const countedUpTo = 1_000;
const brakeScopes = ['all', 'rule', 'namespace', 'target'] as const;

interface Readings {
  readonly counts: Awaited<ReturnType<RecordStore['counts']>>;
  readonly holding: readonly Run[];
  readonly incidents: readonly Incident[];
  readonly brakes: readonly Brake[];
}

/** What the store holds now. A failed reading leaves no samples: the last one would be told as if it were true. */
export function createStoreGauges(registry: Registry, reads: StoreReads, clusters: readonly string[]) {
  const runs = gauge(registry, 'runs', 'Live runs, by state.', ['state']);
  const oldestDue = gauge(registry, 'oldest_due_seconds', 'How long the run that waits longest has been due.', []);
  const pageOverdue = gauge(registry, 'page_overdue', 'Pages to a human that are due and not sent.', []);
  const undelivered = gauge(
    registry,
    'pages_undelivered',
    'Pages that could not be delivered so far, for whatever number of tries; they are tried on.',
    [],
  );
  const forgetful = gauge(
    registry,
    'store_hold_seconds',
    'How long nothing is begun yet, because the store is new or was failed over.',
    [],
  );
  const holds = gauge(registry, 'holds', 'Held runs, by reason.', ['reason']);
  const storm = gauge(registry, 'storm', 'Whether nothing is done in the cluster because too many of its targets began to fire at once.', [
    'cluster',
  ]);
  const incidents = gauge(registry, 'incidents', 'Incidents not resolved, by state and priority.', ['state', 'priority']);
  const paused = gauge(registry, 'paused', 'Brakes that are set, by kind of scope.', ['scope']);

  function show({ counts, holding, incidents: open, brakes }: Readings): void {
    for (const state of LIVE_STATES) runs.set({ state }, counts.live[state] ?? 0);
    oldestDue.set(Math.max(0, counts.oldestDueMs) / 1000);
    pageOverdue.set(counts.pageOverdue);
    undelivered.set(counts.pagesUndelivered);
    forgetful.set(counts.forgetfulMs / 1000);
    for (const cluster of clusters) storm.set({ cluster }, Number(counts.storms.some((one) => one.cluster === cluster)));
    for (const reason of holdReasons()) holds.set({ reason }, 0);
    for (const run of holding) if (run.hold !== null) holds.inc({ reason: run.hold.reason });
    for (const state of ['open', 'acknowledged']) for (const priority of PRIORITIES) incidents.set({ state, priority }, 0);
    for (const { state, priority } of open) incidents.inc({ state, priority });
    for (const scope of brakeScopes) paused.set({ scope }, 0);
    for (const { scope } of brakes) paused.inc({ scope: scope.replace(/:.*/s, '') });
  }

  return {
    async refresh(): Promise<void> {
      const [counts, holding, open, acknowledged, brakes] = await Promise.all([
        reads.records.counts(),
        reads.records.runs({ states: ['holding'], limit: countedUpTo }),
        reads.records.incidents({ state: 'open', limit: countedUpTo }),
        reads.records.incidents({ state: 'acknowledged', limit: countedUpTo }),
        reads.brakes.brakes(),
      ]);
      show({ counts, holding, incidents: [...open, ...acknowledged], brakes });
    },
    clear(): void {
      for (const metric of [runs, holds, storm, incidents, paused]) metric.reset();
      for (const metric of [oldestDue, pageOverdue, undelivered, forgetful]) metric.remove();
    },
  };
}

function holdReasons(): Reason[] {
  return (Object.keys(reasons) as Reason[]).filter((reason) => reasons[reason].then === 'hold');
}
