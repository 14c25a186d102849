import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import type { Run } from '../../src/core/run.ts';
import { eventually } from '../support/eventually.ts';
import { startSink, type HttpSink } from '../support/http-sink.ts';
import { TestNamespace } from './namespace.ts';
import { statefulSet, type Pod } from './objects.ts';
import { Release } from './release.ts';

// An installation that was told to act: what its container may do and does, with the rights of the chart and nothing else.

let parts: AsyncDisposableStack;
let release: Release;
let shop: TestNamespace;
let pager: HttpSink;

beforeAll(async () => {
  parts = new AsyncDisposableStack();
  const open = async () => parts.use(await TestNamespace.open(inject('cluster')));
  [release, shop, pager] = [parts.use(await Release.open(inject('cluster'))), await open(), parts.use(await startSink())];
  shop.kubelet.fate = (name, incarnation) => (name === 'cart-1' && incarnation === 1 ? { readyMs: null } : { terminateMs: 200 });
  await shop.apply(statefulSet('cart', 3));
  await shop.ready(2);
}, 120_000);
afterAll(() => parts.disposeAsync());

const rule = {
  name: 'pod-not-ready',
  matchers: ['alertname="KubePodNotReady"'],
  mode: 'act',
  target: { kind: 'Pod', namespace: '${labels.namespace}', find: { name: '${labels.pod}' } },
  remediations: [{ use: 'restart-pod' }],
  guards: { min_age: '0s' },
};

const values = () => ({
  mode: 'act',
  namespaces: [shop.name],
  rules: { shipped: false, files: { 'mine.yaml': { rules: [rule] } } },
  config: {
    global: { fresh_store_hold: '0s' },
    receivers: [{ name: 'pager', type: 'webhook', url: pager.url, secret_file: '/etc/remediad/secrets/pager' }],
    escalation_policies: [{ name: 'oncall', steps: [{ after: '0s', notify: ['pager'] }], fallback: 'pager' }],
    defaults: { escalation: 'oncall' },
    emergency_receiver: 'pager',
  },
});

/** Sends an alert for the pod as Alertmanager does. */
async function fire(namespace: string, pod: string): Promise<void> {
  const labels = { alertname: 'KubePodNotReady', namespace, pod };
  const times = { startsAt: new Date().toISOString(), endsAt: '0001-01-01T00:00:00Z' };
  const alerts = [{ status: 'firing', labels, annotations: {}, generatorURL: '', ...times }];
  const common = {
    version: '4',
    groupKey: '{}',
    status: 'firing',
    receiver: 'remediad',
    groupLabels: {},
    commonLabels: {},
    commonAnnotations: {},
  };
  const answer = await ask('/api/v1/webhooks/alertmanager', JSON.stringify({ ...common, externalURL: '', truncatedAlerts: 0, alerts }));
  expect(await answer.text()).toContain('"accepted":1');
}

async function ask(path: string, body?: string): Promise<Response> {
  const headers = { authorization: `Bearer ${await release.token()}`, 'content-type': 'application/json' };
  return fetch(release.url + path, {
    headers,
    signal: AbortSignal.timeout(10_000),
    ...(body === undefined ? {} : { method: 'POST', body }),
  });
}

const runOn = (pod: string, what: string, is: (run: Run) => boolean): Promise<Run> =>
  eventually(`a run on ${pod} that ${what}`, async () => {
    const { data } = (await (await ask('/api/v1/runs')).json()) as { data: Run[] };
    return data.find((run) => run.target.find.value === pod && is(run));
  });

test('it deletes exactly the pod that is unwell, and tells of it on the pod and on its workload', async () => {
  const secret = { metadata: { name: 'remediad' }, stringData: { token: 'a-token', pager: 'a key' } };
  await release.home.api.create(`/api/v1/namespaces/${release.home.name}/secrets`, secret);
  expect(await release.install(values())).toMatchObject({
    code: 0,
    output: expect.stringContaining('each rule does what its own mode says'),
  });
  await release.started();
  const uidsOf = (pods: readonly Pod[]) => Object.fromEntries(pods.map(({ metadata }) => [metadata.name, metadata.uid]));
  const before = uidsOf(await shop.pods());

  await fire(shop.name, 'cart-1');
  const acted = await runOn('cart-1', 'acted', ({ effects }) => effects.some(({ result }) => result === 'done'));
  expect(acted.effects).toMatchObject([{ action: 'kubernetes/delete-pod', uid: before['cart-1'], result: 'done' }]);
  const after = uidsOf(await shop.ready(3));
  expect(after).toEqual({ ...before, 'cart-1': expect.not.stringContaining(before['cart-1'] ?? '') });

  const told = await eventually('Events on both', async () => {
    const events = await shop.api.list<{ involvedObject: { kind: string; name: string }; source: { component?: string } }>(
      `/api/v1/namespaces/${shop.name}/events`,
    );
    const own = events
      .filter(({ source }) => source.component === 'remediad')
      .map(({ involvedObject: { kind, name } }) => `${kind} ${name}`);
    return own.length >= 2 && own;
  });
  expect(new Set(told)).toEqual(new Set(['Pod cart-1', 'StatefulSet cart']));
});

test('it cannot touch a namespace that is not listed, whatever an alert says, and says why', async () => {
  const { home } = release;
  await home.apply(statefulSet('own', 1));
  await eventually('the pod', () => home.pod('own-0'));
  const before = await home.pod('own-0');
  await fire(home.name, 'own-0');
  const held = await runOn('own-0', 'holds', ({ state }) => state === 'holding');
  expect(held.hold).toMatchObject({ reason: 'unknown-namespace' });
  expect((await home.pod('own-0'))?.metadata.uid).toBe(before?.metadata.uid);
  expect(await release.run('runs', 'show', held.id)).toMatchObject({
    code: 0,
    output: expect.stringMatching(/get namespaces: not permitted/),
  });
});
