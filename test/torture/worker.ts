import { flushCompileCache } from 'node:module';
import { createSandboxCluster } from '../../src/adapters/sandbox/client.ts';
import { failPointsFrom } from '../../src/adapters/system/fail-points.ts';
import type { Cluster } from '../../src/core/ports.ts';
import type { Timing } from '../../src/core/timing.ts';
import { startEngine } from '../support/engine.ts';
import { recordingLog, type RecordingLog } from '../support/log.ts';
import { tortureTiming } from './plan.ts';

/** One worker process: `node worker.ts '{"redis": SOCKET, "sandbox": SOCKET, …}'`. It works until it is killed; SIGTERM drains it. */
export interface WorkerOptions {
  readonly redis: string;
  readonly sandbox: string;
  /** Over those of the torture. */
  readonly timing?: Partial<Timing>;
  /** Default 0. */
  readonly freshHoldMs?: number;
  /** Its calls are not aborted, whatever its clock says. */
  readonly deaf?: boolean;
}

const options = JSON.parse(process.argv[2] ?? '{}') as WorkerOptions;
const failPoint = failPointsFrom(process.env);
const never = new AbortController().signal;

/** The call as it is made, with the place inside it at which a zombie wakes up with the request still to be sent. */
function withFailPoint(cluster: Cluster): Cluster {
  const deletePod: Cluster['deletePod'] = async (request, signal) => {
    process.stdout.write(`calls for ${request.run}\n`);
    await failPoint('perform.inside');
    return cluster.deletePod(request, options.deaf === true ? never : signal);
  };
  return new Proxy(cluster, {
    get(target, key) {
      if (key === 'deletePod') return deletePod;
      const value: unknown = Reflect.get(target, key);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

/** Failures are told: a test waits for some of them. */
const recorded = recordingLog();
const log: RecordingLog = { ...recorded, error: (_fields, message) => void process.stdout.write(`error: ${message}\n`) };

const engine = await startEngine({
  log,
  socket: options.redis,
  cluster: withFailPoint(createSandboxCluster({ name: 'sandbox', socket: options.sandbox })),
  timing: { ...tortureTiming, ...options.timing },
  limits: { freshHoldMs: options.freshHoldMs ?? 0 },
  concurrency: 10,
  parts: { failPoint },
});
// Most of these processes never end by themselves: what they compiled is kept for the next one now.
flushCompileCache();
process.stdout.write('worker ready\n');
process.on('SIGTERM', () => {
  void engine[Symbol.asyncDispose]().then(() => process.exit(0));
});
