import type { Log, LogFields } from '../../src/core/ports.ts';
import { defaultTiming, type Timing } from '../../src/core/timing.ts';
import type { DeliverDeps } from '../../src/app/deliver.ts';

export const deliverTiming: Timing = {
  ...defaultTiming,
  sweepEveryMs: 50,
  deliverMs: 400,
  leaseMarginMs: 1_200,
  deliverBackoffMs: 50,
  deliverBackoffMaxMs: 400,
  deliverAttempts: 4,
};

export const quietTelemetry: DeliverDeps['telemetry'] = { notification: () => {} };

const write = (fields: LogFields, message: string): void => console.log(message, JSON.stringify(fields));

export const log: Log = { debug: write, info: write, warn: write, error: write, child: () => log };
