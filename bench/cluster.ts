import { createKubernetesCluster } from '../src/adapters/kubernetes/cluster.ts';
import { silentLog } from '../src/cli/silent.ts';
import { processClock } from '../test/support/log.ts';
import { startCluster } from '../test/cluster/control-plane.ts';
import { TestNamespace } from '../test/cluster/namespace.ts';
import { statefulSet } from '../test/cluster/objects.ts';
import { nameOf } from './fleet.ts';
import { benchFleet, warmUp } from './loop.ts';

/** The loop at a real API server, whose nodes are played: first idle, then with fifty runs at once. Needs the control plane that `make cluster-test` builds. */
const alerts = Number(process.env['ALERTS'] ?? 100);
const atOnce = 50;

export async function benchCluster(): Promise<void> {
  await using controlPlane = await startCluster();
  const { place } = controlPlane;
  await using space = await TestNamespace.open(place);
  const count = warmUp + alerts + atOnce;
  await space.apply(...Array.from({ length: count }, (_, index) => statefulSet(nameOf(index), 1)));
  await space.ready(count);
  const cluster = await createKubernetesCluster({
    name: 'bench',
    version: 'bench',
    credentials: { kind: 'kubeconfig', file: place.adminKubeconfig, context: 'admin' },
    // What the API server bears, not what we ask of it, is measured.
    qps: 10_000,
    burst: 10_000,
    log: silentLog,
    clock: processClock,
  });
  using _ = cluster;
  await benchFleet({ name: 'a real API server', cluster, namespace: space.name }, alerts, atOnce);
}

if (import.meta.main) await benchCluster();
