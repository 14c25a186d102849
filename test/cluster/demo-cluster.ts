import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { delimiter, join, resolve } from 'node:path';
import { NAMESPACE } from '../../src/cli/demo/cluster-fleet.ts';
import { Api } from './api.ts';
import { binariesFolder } from './binaries.ts';
import { startCluster } from './control-plane.ts';
import { DemoNodes } from './demo-nodes.ts';
import { FakeKubelet } from './fake-kubelet.ts';
import { takeSubnet } from './pod-network.ts';

/** `remediad demo` on a control plane of its own: real in all but the kubelet, which is played. Takes the arguments of the demo. */
await using parts = new AsyncDisposableStack();
const { place } = parts.use(await startCluster());
const api = parts.use(Api.admin(place));
const subnet = takeSubnet(join(place.folder, 'net'));
parts.defer(() => subnet.release());
const kubelet = parts.use(await FakeKubelet.start({ place, api, namespace: NAMESPACE, subnet }));
parts.use(new DemoNodes(kubelet, join(place.folder, 'nodes')));

const demo = spawn(
  resolve(import.meta.dirname, '../../bin/remediad'),
  ['demo', '--kubeconfig', place.adminKubeconfig, '--context', 'admin', ...process.argv.slice(2)],
  { stdio: 'inherit', env: { ...process.env, PATH: `${binariesFolder()}${delimiter}${process.env['PATH'] ?? ''}` } },
);
// The terminal tells the demo as well; it ends first.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => demo.kill(signal));
const [code] = (await once(demo, 'close')) as [number | null];
process.exitCode = code ?? 1;
