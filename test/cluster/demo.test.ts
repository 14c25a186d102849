import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { delimiter, join, resolve } from 'node:path';
import { expect, inject, test } from 'vitest';
import { NAMESPACE } from '../../src/cli/demo/cluster-fleet.ts';
import { eventually } from '../support/eventually.ts';
import { startProcess } from '../support/process.ts';
import { tempDir } from '../support/temp-dir.ts';
import { Api } from './api.ts';
import { binariesFolder, controlPlaneBinary } from './binaries.ts';
import { DemoNodes } from './demo-nodes.ts';
import { FakeKubelet } from './fake-kubelet.ts';
import { takeSubnet } from './pod-network.ts';

const program = resolve(import.meta.dirname, '../../bin/remediad');
const place = inject('cluster');
const args = ['demo', '--kubeconfig', place.adminKubeconfig, '--context', 'admin'];
const path = `/api/v1/namespaces/${NAMESPACE}`;
const PATH = `${binariesFolder()}${delimiter}${process.env['PATH'] ?? ''}`;

interface Namespace {
  readonly metadata: { readonly deletionTimestamp?: string };
}

test('leaves a namespace alone that it did not make', async () => {
  using api = Api.admin(place);
  await api.create('/api/v1/namespaces', { metadata: { name: NAMESPACE } });
  await using demo = await startProcess(program, args, { env: { PATH } });

  expect(await demo.waitForEnd(60_000)).toBe(1);

  expect(demo.output).toContain(`remediad: the cluster has a namespace ${NAMESPACE} already`);
  expect(await api.find<Namespace>(path)).not.toHaveProperty('metadata.deletionTimestamp');
  await api.delete(path);
  await eventually('the namespace to go', async () => (await api.find(path)) === null, { withinMs: 60_000 });
}, 120_000);

test('takes its namespace away again when it is interrupted while that is being made', async () => {
  using api = Api.admin(place);
  await using folder = await tempDir();
  // The namespace is there, and kubectl has yet to say so.
  const slow = `#!/bin/sh\n"${controlPlaneBinary('kubectl')}" "$@"; code=$?\ncase "$*" in *create*) sleep 3;; esac\nexit $code\n`;
  await writeFile(join(folder.path, 'kubectl'), slow, { mode: 0o755 });
  await using demo = await startProcess(program, args, { env: { PATH: `${folder.path}${delimiter}${PATH}` }, graceMs: 30_000 });
  await eventually('the namespace to be made', async () => (await api.find(path)) !== null, { withinMs: 60_000 });

  demo.signal('SIGINT');

  expect(await demo.waitForEnd(30_000)).toBe(130);
  const namespace = await api.find<Namespace>(path);
  expect(namespace === null || namespace.metadata.deletionTimestamp !== undefined).toBe(true);
  await eventually('the namespace to go', async () => (await api.find(path)) === null, { withinMs: 60_000 });
}, 180_000);

test('plays the demo on a cluster, in a namespace of its own that it takes away again', async () => {
  await using folder = await tempDir();
  await using parts = new AsyncDisposableStack();
  const api = parts.use(Api.admin(place));
  const subnet = takeSubnet(join(place.folder, 'net'));
  parts.defer(() => subnet.release());
  const kubelet = parts.use(await FakeKubelet.start({ place, api, namespace: NAMESPACE, subnet }));
  parts.use(new DemoNodes(kubelet, join(folder.path, 'nodes')));
  const demoFolder = join(folder.path, 'demo');
  await mkdir(demoFolder);

  await using demo = await startProcess(program, args, { env: { TMPDIR: demoFolder, PATH }, endWith: 'SIGTERM', graceMs: 30_000 });

  expect(await demo.waitForEnd(180_000), demo.output).toBe(0);
  expect(demo.stdout).toMatch(/^demo: 3 alerts, 2 healed and verified, 1 handed to a human, 4 effects in \d+ s\n$/m);
  expect(demo.stdout).toMatch(/relay-3 +Acts: send SIGUSR1 to relay-node/);
  expect(await readdir(demoFolder)).toEqual([]);
  const namespace = await api.find<Namespace>(path);
  expect(namespace === null || namespace.metadata.deletionTimestamp !== undefined).toBe(true);
}, 240_000);

test('needs kubectl for it, and a context that is named', async () => {
  await using without = await startProcess(program, ['demo', '--kubeconfig', place.adminKubeconfig], {});
  expect(await without.waitForEnd(30_000)).toBe(2);
  expect(without.output).toContain('--kubeconfig and --context go together');
});
