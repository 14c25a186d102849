import { readFileSync } from 'node:fs';
import { chmod, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { parse } from 'yaml';
import type { Run } from '../../src/core/run.ts';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { tempDir } from '../support/temp-dir.ts';
import { createAccount, lasting, manifestsOf, render, type Values } from './chart.ts';
import { makeTree, PlayedPod, type Container } from './container.ts';
import { TestNamespace } from './namespace.ts';
import { statefulSet } from './objects.ts';

// The daemon as the chart installs it: the image's tree, the pod's arguments, mounts, user and account, against the real API server.

const examples = resolve(import.meta.dirname, '../../examples/kubernetes');
const TOKEN = 'a-token-of-the-caller';
let parts: AsyncDisposableStack;
let space: TestNamespace;
let pod: PlayedPod;
let url: string;

/** As docs/quick-start.md sends it. */
const sample = readFileSync(join(examples, 'alert.json'), 'utf8');

beforeAll(async () => {
  parts = new AsyncDisposableStack();
  const place = inject('cluster');
  space = parts.use(await TestNamespace.open(place));
  await space.apply(statefulSet('archive', 3));
  const folder = parts.use(await tempDir());
  await chmod(folder.path, 0o755);
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  const values = { ...firstLook(), namespaces: [space.name], service: { port } };
  const manifests = lasting(manifestsOf(await render(values, { namespace: space.name })));
  const authority = await readFile(join(place.folder, 'ca.crt'), 'utf8');
  pod = await PlayedPod.create({
    folder: folder.path,
    tree: makeTree(join(folder.path, 'tree')),
    manifests,
    secrets: { remediad: { token: TOKEN } },
    account: { token: await createAccount(place, manifests), authority, server: place.server },
  });
  await space.ready(3);
}, 120_000);
afterAll(() => parts.disposeAsync());

const serve = async (): Promise<Container> => {
  const daemon = await pod.start();
  await daemon.waitForLine(/remediad is ready/, 20_000);
  return daemon;
};

/** What `kubectl exec` would run in the pod. */
async function command(...args: string[]) {
  await using started = await pod.start(args);
  return { code: await started.waitForEnd(20_000), output: started.output };
}

const ask = (path: string, init: RequestInit = {}): Promise<Response> =>
  fetch(url + path, {
    ...init,
    headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
    signal: AbortSignal.timeout(10_000),
  });

/** The pods of this test are younger than the rule's usual guards would have them. */
function firstLook(): Values {
  const values = parse(readFileSync(join(examples, 'first-look.yaml'), 'utf8')) as {
    rules: { files: { 'first.yaml': { rules: object[] } } };
  };
  const [rule] = values.rules.files['first.yaml'].rules;
  return { ...values, rules: { ...values.rules, files: { 'first.yaml': { rules: [{ ...rule, guards: { min_age: '0s' } }] } } } };
}

test('takes an alert, asks the real API server, and only observes; it is well, ends in order, and knows its run after it was killed', async () => {
  const [before] = (await space.pods()).filter(({ metadata }) => metadata.name === 'archive-1');
  await using first = await serve();
  for (const probe of ['/-/healthy', '/-/ready']) expect(await fetch(url + probe)).toMatchObject({ status: 200 });
  expect(await fetch(`${url}/api/v1/runs`)).toMatchObject({ status: 401 });

  const body = sample.replace('NAMESPACE', space.name).replace('POD', 'archive-1').replace('NOW', new Date().toISOString());
  expect(await ask('/api/v1/webhooks/alertmanager', { method: 'POST', body })).toMatchObject({ status: 200 });
  const observed = await eventually('a run that observed', async () => {
    const { data } = (await (await ask('/api/v1/runs')).json()) as { data: Run[] };
    return data.find(({ state }) => state === 'observed');
  });
  expect(observed).toMatchObject({
    rule: 'pod-not-ready',
    target: { cluster: 'cluster', namespace: space.name },
    end: { would: 'effect' },
  });
  expect(await space.pod('archive-1')).toMatchObject({ metadata: { uid: before?.metadata.uid } });

  const shown = await command('runs', 'show', observed.id);
  expect(shown).toEqual({
    code: 0,
    output: expect.stringContaining(`would delete pod ${space.name}/archive-1 (uid ${before?.metadata.uid}); the server accepts it`),
  });

  first.tell('SIGKILL');
  await first.waitForEnd();
  await using second = await serve();
  expect(await command('runs')).toEqual({ code: 0, output: expect.stringContaining(observed.id) });
  second.tell('SIGTERM');
  expect(await second.waitForEnd(20_000)).toBe(0);
});
