import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { startProcess } from '../support/process.ts';
import { binariesFolder } from './binaries.ts';
import { TestNamespace } from './namespace.ts';
import { statefulSet } from './objects.ts';
import { Release } from './release.ts';

// The page from nothing to the first observed run, command by command: helm and kubectl against the real API server, and in the pod that they
// install what the image holds. Only the image is not built and pushed, and the port is reached without kubectl's help.

const root = resolve(import.meta.dirname, '../..');
const page = readFileSync(join(root, 'docs/quick-start.md'), 'utf8');
const [, token = '', installation = '', alert = '', run = ''] = [...page.matchAll(/```sh\n([^]*?)```/g)].map(([, block]) => block);
const [shownStatus = '', shownRun = ''] = [...page.matchAll(/```text\n([^]*?)```/g)].map(([, block]) => block);

let parts: AsyncDisposableStack;
let release: Release;
/** Of the pods that are looked at. */
let shop: TestNamespace;

beforeAll(async () => {
  parts = new AsyncDisposableStack();
  release = parts.use(await Release.open(inject('cluster')));
  shop = parts.use(await TestNamespace.open(inject('cluster')));
  await shop.apply(statefulSet('cart', 3));
  await shop.ready(3);
}, 120_000);
afterAll(() => parts.disposeAsync());

/** Runs a block of the page with another namespace, service and port, each `change` made to it besides. */
async function shell(block: string, ...changes: readonly (readonly [string, string])[]): Promise<string> {
  const all = [...changes, ['--namespace remediad', `--namespace ${release.home.name}`]] as const;
  for (const [from] of all) expect(block).toContain(from);
  const script = all.reduce((text, [from, to]) => text.replaceAll(from, to), block);
  await using child = await startProcess('bash', ['-eu', '-o', 'pipefail', '-c', script], {
    cwd: root,
    env: {
      PATH: `${binariesFolder()}:${process.env['PATH'] ?? ''}`,
      KUBECONFIG: inject('cluster').adminKubeconfig,
      HELM_CACHE_HOME: release.folder,
      HELM_CONFIG_HOME: release.folder,
      HELM_DATA_HOME: release.folder,
      REGISTRY: 'registry.test',
      NAMESPACE: shop.name,
    },
  });
  expect({ code: await child.waitForEnd(50_000), output: child.output }).toMatchObject({ code: 0 });
  return child.output;
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
    ['--wait', `--wait --set service.port=${release.port} ${soon}`],
  );
  expect(status).toContain('It observes: nothing is changed');
  for (const [name] of shownStatus.matchAll(/^\w+( \w+)? {2,}/gm)) expect(status).toContain(name);
  expect(status).toMatch(/^clusters +cluster \(kubernetes\): answers$/m);

  const before = await shop.pod('cart-1');
  const [forward = ''] = /^kubectl.*port-forward.*\n/m.exec(alert) ?? [];
  const answer = await shell(alert, [forward, ''], ['127.0.0.1:8484', `127.0.0.1:${release.port}`]);
  expect(answer).toContain('{"status":"success","data":{"accepted":1,"rejected":0}}');
  await eventually('the run to end', async () => (await release.run('runs')).output.includes('observed'), {
    withinMs: 20_000,
    everyMs: 500,
  });

  const story = await shell(run);
  expect(linesOf(story)).toEqual(expect.arrayContaining(linesOf(shownRun, before?.metadata.uid)));
  expect(story).toContain(`would delete pod ${shop.name}/cart-1 (uid ${before?.metadata.uid}); the server accepts it`);
  expect(await shop.pod('cart-1')).toMatchObject({ metadata: { uid: before?.metadata.uid } });
}, 120_000);

test('what it installed is well, is closed to strangers, knows its run after it was killed, and ends in order', async () => {
  for (const probe of ['/-/healthy', '/-/ready']) expect(await fetch(release.url + probe)).toMatchObject({ status: 200 });
  expect(await fetch(`${release.url}/api/v1/runs`)).toMatchObject({ status: 401 });
  await release.end('SIGKILL');
  await release.started();
  expect(await release.run('runs')).toEqual({ code: 0, output: expect.stringContaining('r-1') });
  expect(await release.end('SIGTERM')).toBe(0);
});
