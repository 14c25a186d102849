import { readFileSync } from 'node:fs';
import { chmod } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { eventually } from '../support/eventually.ts';
import { startProcess } from '../support/process.ts';
import { tempDir } from '../support/temp-dir.ts';
import { binariesFolder } from './binaries.ts';
import { helm, lasting, manifestsOf } from './chart.ts';
import { makeTree, PlayedPod, type Container } from './container.ts';
import { TestNamespace } from './namespace.ts';
import { statefulSet } from './objects.ts';

// The page from nothing to the first observed run, command by command: helm and kubectl against the real API server, and in the pod that they
// install what the image holds. Only the image is not built and pushed, and the port is reached without kubectl's help.

const root = resolve(import.meta.dirname, '../..');
const page = readFileSync(join(root, 'docs/quick-start.md'), 'utf8');
const [, token = '', installation = '', alert = '', run = ''] = [...page.matchAll(/```sh\n([^]*?)```/g)].map(([, block]) => block);
const [shownStatus = '', shownRun = ''] = [...page.matchAll(/```text\n([^]*?)```/g)].map(([, block]) => block);

let parts: AsyncDisposableStack;
/** Of the release, and of the pods that are looked at. */
let home: TestNamespace;
let shop: TestNamespace;
let folder: string;
let port: number;
let pod: PlayedPod | null = null;
let daemon: Container | null = null;

beforeAll(async () => {
  parts = new AsyncDisposableStack();
  const place = inject('cluster');
  [home, shop] = [parts.use(await TestNamespace.open(place)), parts.use(await TestNamespace.open(place))];
  folder = parts.use(await tempDir()).path;
  await chmod(folder, 0o755);
  makeTree(join(folder, 'tree'));
  port = await freePort();
  home.kubelet.fate = (name) => (name.startsWith('remediad-check') ? { condition: { phase: 'Succeeded' } } : {});
  home.kubelet.command =
    (_, [, ...args]) =>
    async (call) => {
      await started();
      const { code, output } = await inPod(...args);
      await call.print(output);
      return typeof code === 'number' ? code : 255;
    };
  const claimRef = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace: home.name, name: 'remediad' };
  await home.api.create('/api/v1/persistentvolumes', {
    metadata: { name: home.name },
    spec: { capacity: { storage: '5Gi' }, accessModes: ['ReadWriteOnce'], hostPath: { path: '/none' }, claimRef },
  });
  await shop.apply(statefulSet('cart', 3));
  await shop.ready(3);
}, 120_000);
afterAll(async () => {
  await daemon?.[Symbol.asyncDispose]();
  await parts.disposeAsync();
});

/** Runs a block of the page with another namespace, service and port, each `change` made to it besides. */
async function shell(block: string, ...changes: readonly (readonly [string, string])[]): Promise<string> {
  const all = [...changes, ['--namespace remediad', `--namespace ${home.name}`]] as const;
  for (const [from] of all) expect(block).toContain(from);
  const script = all.reduce((text, [from, to]) => text.replaceAll(from, to), block);
  await using child = await startProcess('bash', ['-eu', '-o', 'pipefail', '-c', script], {
    cwd: root,
    env: {
      PATH: `${binariesFolder()}:${process.env['PATH'] ?? ''}`,
      KUBECONFIG: inject('cluster').adminKubeconfig,
      HELM_CACHE_HOME: folder,
      HELM_CONFIG_HOME: folder,
      HELM_DATA_HOME: folder,
      REGISTRY: 'registry.test',
      NAMESPACE: shop.name,
    },
  });
  expect({ code: await child.waitForEnd(50_000), output: child.output }).toMatchObject({ code: 0 });
  return child.output;
}

/** The node starts the container of the Deployment, as it is stored by now. */
async function started(): Promise<Container> {
  if (daemon !== null) return daemon;
  const place = inject('cluster');
  const path = `/api/v1/namespaces/${home.name}`;
  const { stdout } = await helm(['get', 'manifest', 'remediad', '--namespace', home.name], { kubeconfig: place.adminKubeconfig });
  const { data } = await home.api.get<{ data: Record<string, string> }>(`${path}/secrets/remediad`);
  const secret = Object.entries(data).map(([name, text]) => [name, Buffer.from(text, 'base64').toString()] as const);
  const { status } = await home.api.create<{ status: { token: string } }>(`${path}/serviceaccounts/remediad/token`, { spec: {} });
  pod = await PlayedPod.create({
    folder,
    tree: join(folder, 'tree'),
    manifests: lasting(manifestsOf(stdout)),
    secrets: { remediad: Object.fromEntries(secret) },
    account: { token: status.token, authority: readFileSync(join(place.folder, 'ca.crt'), 'utf8'), server: place.server },
  });
  return serve(pod);
}

async function serve(played: PlayedPod): Promise<Container> {
  daemon = await played.start();
  await daemon.waitForLine(/remediad is ready/, 20_000);
  return daemon;
}

/** What `kubectl exec … -- remediad` runs in the pod. */
async function inPod(...args: string[]) {
  if (pod === null) throw new Error('there is no pod yet');
  await using command = await pod.start(args);
  return { code: await command.waitForEnd(20_000), output: command.output };
}

/** What the page shows, with the names of this test in place of its own; without the lines that it cuts. */
function linesOf(text: string, uid = ''): string[] {
  const own = text.replaceAll('shop', shop.name).replaceAll(/uid [\w-]{36}/g, uid === '' ? '$&' : `uid ${uid}`);
  return own.split('\n').filter((line) => !line.includes('…'));
}

test('its commands lead to an observed run, which tells what would be done, and the pod is still there', async () => {
  await shell(token, ['kubectl create namespace remediad\n', '']);
  // The pods of this test are younger than the rule would have them.
  const soon = String.raw`--set 'rules.files.first\.yaml.rules[0].guards.min_age=0s'`;
  const status = await shell(
    installation,
    ['NAMESPACE=shop', `NAMESPACE=${shop.name}`],
    ['--wait', `--wait --set service.port=${port} ${soon}`],
  );
  expect(status).toContain('It observes: nothing is changed');
  for (const [name] of shownStatus.matchAll(/^\w+( \w+)? {2,}/gm)) expect(status).toContain(name);
  expect(status).toMatch(/^clusters +cluster \(kubernetes\)$/m);

  const before = await shop.pod('cart-1');
  const [forward = ''] = /^kubectl.*port-forward.*\n/m.exec(alert) ?? [];
  const answer = await shell(alert, [forward, ''], ['127.0.0.1:8484', `127.0.0.1:${port}`]);
  expect(answer).toContain('{"status":"success","data":{"accepted":1,"rejected":0}}');
  await eventually('the run to end', async () => (await inPod('runs')).output.includes('observed'), { withinMs: 20_000, everyMs: 500 });

  const story = await shell(run);
  expect(linesOf(story)).toEqual(expect.arrayContaining(linesOf(shownRun, before?.metadata.uid)));
  expect(story).toContain(`would delete pod ${shop.name}/cart-1 (uid ${before?.metadata.uid}); the server accepts it`);
  expect(await shop.pod('cart-1')).toMatchObject({ metadata: { uid: before?.metadata.uid } });
}, 120_000);

test('what it installed is well, is closed to strangers, knows its run after it was killed, and ends in order', async () => {
  const url = `http://127.0.0.1:${port}`;
  for (const probe of ['/-/healthy', '/-/ready']) expect(await fetch(url + probe)).toMatchObject({ status: 200 });
  expect(await fetch(`${url}/api/v1/runs`)).toMatchObject({ status: 401 });
  const first = await started();
  first.tell('SIGKILL');
  await first.waitForEnd();
  const second = await serve(pod!);
  expect(await inPod('runs')).toEqual({ code: 0, output: expect.stringContaining('r-1') });
  second.tell('SIGTERM');
  expect(await second.waitForEnd(20_000)).toBe(0);
});
