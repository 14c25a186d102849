import { createSandboxCluster } from '../../src/adapters/sandbox/client.ts';
import { failPointsFrom } from '../../src/adapters/system/fail-points.ts';
import { INSTALLATION_BUDGET } from '../../src/core/charges.ts';
import type { Cluster } from '../../src/core/ports.ts';
import { startEngine } from '../support/engine.ts';
import { mutantTiming, tortureTiming } from './plan.ts';

/** One worker process: `node worker.ts <redis socket> <sandbox socket> [mutant]`. It works until it is killed; SIGTERM drains it. */

const [redis = '', sandbox = '', kind = ''] = process.argv.slice(2);
const failPoint = failPointsFrom(process.env);

/** The call as it is made, with the place inside it at which a zombie wakes up with the request still to be sent. */
function withFailPoint(cluster: Cluster): Cluster {
  const deletePod: Cluster['deletePod'] = async (...args) => {
    await failPoint('perform.inside');
    return cluster.deletePod(...args);
  };
  return new Proxy(cluster, {
    get(target, key) {
      if (key === 'deletePod') return deletePod;
      const value: unknown = Reflect.get(target, key);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

const engine = await startEngine({
  socket: redis,
  cluster: withFailPoint(createSandboxCluster({ name: 'sandbox', socket: sandbox })),
  timing: kind === 'mutant' ? mutantTiming : tortureTiming,
  concurrency: 10,
  parts: { failPoint, installationBudget: { ...INSTALLATION_BUDGET, max: 1_000_000 } },
});
process.stdout.write('worker ready\n');
process.on('SIGTERM', () => {
  void engine[Symbol.asyncDispose]().then(() => process.exit(0));
});
