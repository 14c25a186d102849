import { createHints, type QueueHints } from '../../../src/adapters/queue/hints.ts';
import { openConnections, type Connections } from '../../../src/adapters/redis/connections.ts';
import { memoryPressure } from '../../../src/adapters/redis/memory.ts';
import { createStore, type Store } from '../../../src/adapters/store/index.ts';
import { createTelemetry } from '../../../src/adapters/telemetry/telemetry.ts';
import { Registry } from 'prom-client';
import { createReceiver, type ReceiveDeps } from '../../../src/app/receive-alerts.ts';
import type { RuleMatch } from '../../../src/app/slot-request.ts';
import { defaultTiming, type Timing } from '../../../src/core/timing.ts';
import { eventually } from '../../support/eventually.ts';
import { processClock, recordingLog, type RecordingLog } from '../../support/log.ts';
import type { RedisServer } from '../../support/redis.ts';
import { sampleEdition } from '../../support/sample.ts';
import { startServer } from './support.ts';

export interface Daemon extends AsyncDisposable {
  readonly url: string;
  readonly store: Store;
  readonly log: RecordingLog;
  /** Sample of `/metrics`, without `remediad_`; undefined = there is none. */
  metric(name: string): Promise<number | undefined>;
}

const edition = sampleEdition();

/** Every alert that names a namespace and a pod is one of a rule that may act; all others are one of a rule that observes. */
export function everyAlert(alert: { readonly labels: Readonly<Record<string, string>> }): RuleMatch[] {
  const acts = alert.labels['namespace'] !== undefined && alert.labels['pod'] !== undefined;
  return [{ rule: edition.rule.name, hash: 'e'.repeat(64), edition, dry: acts ? null : 'observe' }];
}

export interface DaemonOptions {
  /** Default `test`; another one sees nothing of it. */
  readonly installation?: string;
  readonly timing?: Partial<Timing>;
  readonly match?: ReceiveDeps['match'];
}

/** Server, receiver and store as the daemon joins them, without workers: what is accepted stays as it is. */
export async function startDaemon(redis: RedisServer, options: DaemonOptions = {}): Promise<Daemon> {
  const installation = options.installation ?? 'test';
  const timing = { ...defaultTiming, ...options.timing };
  const log = recordingLog();
  const connections = openConnections({ target: { socket: redis.socket }, timing, log, clock: processClock });
  await connections.ready(5_000);
  const store = createStore({ redis: connections.intake, blocking: connections.blocking(), installation, timing });
  await store.open();
  // Its connection for waiting readers comes up by itself.
  await eventually('a waiting read', async () => (await store.audit('0', 1, 1)).length >= 0);
  const hints = createHints({ client: connections.intake, prefix: `{${installation}}`, log, clock: processClock });
  const names = { actions: ['kubernetes/delete-pod'], receivers: ['pager'], clusters: ['main'] };
  const reads = { records: store, brakes: store };
  const metrics = createTelemetry({ registry: new Registry(), version: '0.0.0', reads, scrapeMs: timing.intakeMs, ...names });
  const receive = createReceiver({
    store,
    nearlyFull: memoryPressure(connections.scripts, processClock),
    match: options.match ?? everyAlert,
    clusters: { defaultName: 'main' },
    hints,
    telemetry: metrics,
    clock: processClock,
    timing,
    log,
  });
  const stores = { records: store, runs: store, incidents: store, brakes: store, sets: store };
  const server = await startServer({ ...stores, receive, hints, log, telemetry: metrics, metrics: () => metrics.scrape() });
  return {
    url: server.url,
    store,
    log,
    async metric(name) {
      const { text } = await metrics.scrape();
      const line = text.split('\n').find((one) => one.startsWith(`remediad_${name} `));
      return line === undefined ? undefined : Number(line.slice(line.lastIndexOf(' ')));
    },
    async [Symbol.asyncDispose]() {
      await server.close();
      await end(hints, connections);
    },
  };
}

async function end(hints: QueueHints, connections: Connections): Promise<void> {
  await hints.close();
  connections.close();
}
