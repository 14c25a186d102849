import { escalationOf } from '../core/escalation-policy.ts';
import type { LinkConfig } from '../core/links.ts';
import { logOf } from '../core/log.ts';
import type { Log } from '../core/ports.ts';
import type { Edition } from '../core/edition.ts';
import { isClusterWide, isQuiet } from '../core/reasons.ts';
import { pageAfter } from '../core/run-start.ts';
import { isEnded, type Run } from '../core/run.ts';
import type { BlobStore, HistoryStore, IncidentStore, RecordStore } from '../core/store.ts';
import type { Timing } from '../core/timing.ts';
import { durationInWords } from '../core/words.ts';
import { editionOf } from './editions.ts';

export interface PageDeps {
  readonly store: Pick<IncidentStore, 'pageDue' | 'openFor' | 'postponePage' | 'advanceIncident'> &
    Pick<RecordStore, 'run'> &
    Pick<HistoryStore, 'now'> &
    BlobStore;
  readonly links: LinkConfig;
  readonly timing: Pick<Timing, 'holdPollMs'>;
  readonly log: Log;
  /** Messages may be due now. */
  readonly wakeDelivery: () => void;
}

const BATCH = 100;

/**
 * Wakes the humans who are due: of runs that take too long, which go on all the same, and of incidents whose policy has something to say.
 * One that fails does not keep the others from theirs; it comes again by itself.
 */
export async function pageHumans(deps: PageDeps, signal: AbortSignal): Promise<void> {
  let found = BATCH;
  while (found === BATCH && !signal.aborted) {
    const due = await deps.store.pageDue(BATCH);
    found = due.length;
    for (const { kind, id } of due) await page(deps, kind, id);
    if (found > 0) deps.wakeDelivery();
  }
}

async function page(deps: PageDeps, kind: 'run' | 'incident', id: string): Promise<void> {
  try {
    if (kind === 'incident') await deps.store.advanceIncident(id);
    else await pageRun(deps, id);
  } catch (error) {
    deps.log.error({ [kind]: id, error: (error as Error).message }, 'could not page; it is tried again in a minute');
  }
}

async function pageRun(deps: PageDeps, id: string): Promise<void> {
  const { store, links, timing } = deps;
  const found = await store.run(id);
  if (found === null || isEnded(found.run.state)) return;
  const { run } = found;
  const edition = await editionOf({ store }, run.edition);
  const now = await store.now();
  const quietMs = quietFor(run, edition, now, timing.holdPollMs);
  if (quietMs !== null) return store.postponePage(id, quietMs);
  const detail = `accepted ${durationInWords(Math.max(0, now - run.acceptedAt))} ago`;
  const incident = await store.openFor(id, escalationOf(run, edition, 'overdue', detail, links), []);
  if (incident !== null) logOf(deps.log, run).warn({ incident, reason: 'overdue' }, 'a human is woken, the run goes on');
}

/**
 * For how long nobody is woken because humans said so, or are told of the whole cluster; null = not at all. P0 always pages. What humans said
 * they may take back, so that it is looked at again as often as the run is. After a storm a run has its usual time to help.
 * `now`: store time.
 */
function quietFor({ hold, priority }: Run, edition: Edition, now: number, pollMs: number): number | null {
  if (priority === 'P0' || hold === null || !(isQuiet(hold.reason) || isClusterWide(hold.reason))) return null;
  if (hold.reason !== 'storm') return pollMs;
  return Math.max(pollMs, (hold.nextEligibleAt ?? hold.until) - now) + (pageAfter(edition, priority, false) ?? 0);
}
