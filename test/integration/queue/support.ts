import { openConnections, type Connections } from '../../../src/adapters/redis/connections.ts';
import { createHints, type QueueHints } from '../../../src/adapters/queue/hints.ts';
import { startWorker, type HintWorker, type WorkerOptions } from '../../../src/adapters/queue/worker.ts';
import { defaultTiming, type Timing } from '../../../src/core/timing.ts';
import type { Hint } from '../../../src/core/store.ts';
import { processClock, recordingLog, type RecordingLog } from '../../support/log.ts';

export const PREFIX = '{test}';

export interface Replica extends AsyncDisposable {
  readonly connections: Connections;
  readonly hints: QueueHints;
  readonly worker: HintWorker;
  readonly log: RecordingLog;
  /** Every start of a run, in order. */
  readonly started: { readonly run: string; readonly version: number; readonly at: number }[];
}

export interface ReplicaOptions {
  readonly timing?: Partial<Timing>;
  readonly onRun?: WorkerOptions['onRun'];
  readonly concurrency?: number;
}

/** Hints and a worker as one daemon has them. */
export async function startReplica(socket: string, options: ReplicaOptions = {}): Promise<Replica> {
  const [timing, log, clock] = [{ ...defaultTiming, ...options.timing }, recordingLog(), processClock];
  const connections = openConnections({ target: { socket }, timing, log, clock });
  await connections.ready(5_000);
  const hints = createHints({ client: connections.intake, prefix: PREFIX, log, clock });
  const started: Replica['started'] = [];
  const worker = startWorker({
    client: connections.worker(),
    prefix: PREFIX,
    hints,
    timing,
    log,
    clock,
    ...(options.concurrency === undefined ? {} : { concurrency: options.concurrency }),
    onRun: async (run, version, signal) => {
      started.push({ run, version, at: performance.now() });
      await options.onRun?.(run, version, signal);
    },
  });
  return {
    connections,
    hints,
    worker,
    log,
    started,
    [Symbol.asyncDispose]: async () => {
      await worker.stop(0);
      await hints.close();
      connections.close();
    },
  };
}

export function hint(run: string, changes: Partial<Hint> = {}): Hint {
  return { run, version: 1, events: 0, priority: 0, ...changes };
}

/** Keys of jobs, of which none may be left when all is done. */
export async function jobKeys(connections: Connections): Promise<string[]> {
  return (await connections.scripts.keys(`${PREFIX}:*`)).filter((key) =>
    /:advance:(r-|\d|wait$|active$|delayed$|prioritized$|failed$|completed$)/.test(key),
  );
}

/** Work that ends only by its signal. */
export function forEver(_run: string, _version: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve()));
}
