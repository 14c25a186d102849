import { setTimeout as sleep } from 'node:timers/promises';
import { collectDefaultMetrics, type Registry } from 'prom-client';
import type { Telemetry } from '../../core/ports.ts';
import { createCounters, gauge, type KnownNames } from './counters.ts';
import { createStoreGauges, type StoreReads } from './store-gauges.ts';

export interface TelemetryOptions extends KnownNames {
  readonly registry: Registry;
  readonly version: string;
  readonly reads: StoreReads;
  /** What a scrape waits for the store, ms. */
  readonly scrapeMs: number;
}

export interface Metrics extends Telemetry {
  /** The text of `/metrics`. Never throws: what the store cannot tell in time is left out. */
  scrape(): Promise<{ readonly contentType: string; readonly text: string }>;
}

export function createTelemetry(options: TelemetryOptions): Metrics {
  const { registry } = options;
  const counters = createCounters(registry, options);
  const store = createStoreGauges(registry, options.reads, options.clusters);
  gauge(registry, 'build_info', 'Always 1; the version is in the labels.', ['version', 'node']).set(
    { version: options.version, node: process.version },
    1,
  );
  processMetrics(registry);
  return {
    ...counters,
    async scrape() {
      const up = await within(options.scrapeMs, store.refresh());
      counters.storeUp(up);
      if (!up) store.clear();
      return { contentType: registry.contentType, text: await registry.metrics() };
    },
  };
}

/** Those of the library whose names Prometheus' own lint refuses are left out. */
function processMetrics(registry: Registry): void {
  collectDefaultMetrics({ register: registry });
  for (const { name, type } of registry.getMetricsAsArray()) {
    if (name.endsWith('_total') && String(type) !== 'counter') registry.removeSingleMetric(name);
  }
}

/** Whether the work was done in time, without an error. */
async function within(ms: number, work: Promise<void>): Promise<boolean> {
  const abort = new AbortController();
  const late = sleep(ms, false, { signal: abort.signal }).catch(() => false);
  try {
    return await Promise.race([work.then(() => true), late]);
  } catch {
    return false;
  } finally {
    abort.abort();
    work.catch(() => undefined);
  }
}
