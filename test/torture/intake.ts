import { flushCompileCache } from 'node:module';
import { createHints } from '../../src/adapters/queue/hints.ts';
import { openConnections } from '../../src/adapters/redis/connections.ts';
import { memoryPressure } from '../../src/adapters/redis/memory.ts';
import { createStore } from '../../src/adapters/store/index.ts';
import { sha256 } from '../../src/adapters/system/clock.ts';
import { failPointsFrom } from '../../src/adapters/system/fail-points.ts';
import { createReceiver } from '../../src/app/receive-alerts.ts';
import type { Edition } from '../../src/core/edition.ts';
import { canonicalJson } from '../../src/core/json.ts';
import { startServer } from '../integration/http/support.ts';
import { quietTelemetry } from '../support/engine.ts';
import { processClock, recordingLog } from '../support/log.ts';
import { tortureTiming as timing } from './plan.ts';

/** A process that takes webhooks: `node intake.ts '{"redis": SOCKET, "edition": …}'`. Every alert is one of that edition. */
export interface IntakeOptions {
  readonly redis: string;
  readonly edition: Edition;
}

const { redis, edition } = JSON.parse(process.argv[2] ?? '{}') as IntakeOptions;
const shared = { timing, log: recordingLog(), clock: processClock };
const connections = openConnections({ ...shared, target: { socket: redis } });
await connections.ready(5_000);
const store = createStore({ redis: connections.intake, installation: 'remediad', timing });
await store.open();
const hash = sha256(canonicalJson(edition));
await store.putBlob(hash, JSON.stringify(edition), null);
const hints = createHints({ ...shared, client: connections.intake, prefix: '{remediad}' });
const receive = createReceiver({
  ...shared,
  store,
  hints,
  nearlyFull: memoryPressure(connections.scripts, processClock),
  match: () => [{ rule: edition.rule.name, hash, edition, dry: null }],
  clusters: { defaultName: 'sandbox' },
  telemetry: quietTelemetry,
  failPoint: failPointsFrom(process.env),
});
const server = await startServer({ receive });
flushCompileCache();
process.stdout.write(`intake ready ${server.url}\n`);
