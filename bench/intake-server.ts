import { Registry } from 'prom-client';
import { startHttp } from '../src/adapters/http/server.ts';
import type { HttpParts } from '../src/adapters/http/parts.ts';
import { createHints } from '../src/adapters/queue/hints.ts';
import { openConnections, type Connections } from '../src/adapters/redis/connections.ts';
import { memoryPressure } from '../src/adapters/redis/memory.ts';
import { createStore } from '../src/adapters/store/index.ts';
import { systemClock as clock } from '../src/adapters/system/clock.ts';
import { createLog } from '../src/adapters/telemetry/log.ts';
import { createTelemetry } from '../src/adapters/telemetry/telemetry.ts';
import { createReceiver } from '../src/app/receive-alerts.ts';
import { defaultTiming as timing } from '../src/core/timing.ts';
import { sampleEdition } from '../test/support/sample.ts';

/**
 * `node bench/intake-server.ts remediad|raw SOCKET`: the same HTTP server, before our receiver and store, or before one XADD per alert.
 * Prints its URL. Workers are not part of it: what they cost belongs to the run, not to intake.
 */
const [kind = '', socket = ''] = process.argv.slice(2);
const installation = 'bench';
const log = createLog({ level: 'warn', format: 'logfmt', secrets: () => [], write: (line) => process.stderr.write(line) });
const connections = openConnections({ target: { socket }, timing, log, clock });
await connections.ready(5_000);
const receive = kind === 'remediad' ? await remediad(connections) : raw(connections);
const parts = { ...receive, log, clock } as Partial<HttpParts> as HttpParts;
const server = await startHttp({ host: '127.0.0.1', port: 0, bearerTokenFile: null, logger: log }, parts);
process.stdout.write(`listening ${server.url}\n`);

type Measured = Pick<HttpParts, 'receive' | 'telemetry'>;

async function remediad({ intake, scripts }: Connections): Promise<Measured> {
  const store = createStore({ redis: intake, installation, timing });
  await store.open();
  const reads = { records: store, brakes: store };
  const telemetry = createTelemetry({
    registry: new Registry(),
    version: '0',
    reads,
    scrapeMs: 1_000,
    actions: [],
    receivers: [],
    clusters: [],
  });
  const edition = sampleEdition();
  const match = [{ rule: edition.rule.name, hash: 'e'.repeat(64), edition, dry: null }];
  const receive = createReceiver({
    store,
    match: () => match,
    nearlyFull: memoryPressure(scripts, clock),
    clusters: { defaultName: 'main' },
    hints: createHints({ client: intake, prefix: `{${installation}}`, log, clock }),
    telemetry,
    clock,
    timing,
    log,
  });
  return { receive, telemetry };
}

function raw({ intake }: Connections): Measured {
  return {
    async receive(body) {
      const { alerts } = body as { readonly alerts: readonly unknown[] };
      await Promise.all(alerts.map((alert) => intake.xadd('raw', '*', 'alert', JSON.stringify(alert))));
      return { kind: 'accepted', accepted: alerts.length, rejected: 0 };
    },
    telemetry: { webhookAnswered: () => undefined } as Partial<HttpParts['telemetry']> as HttpParts['telemetry'],
  };
}
