import { expect, test } from 'vitest';
import { startAlertmanager } from '../support/alertmanager.ts';
import { eventually } from '../support/eventually.ts';
import { startSink } from '../support/http-sink.ts';
import { startPrometheus } from '../support/prometheus.ts';

const config = (url: string) => `
route: { receiver: sink, group_by: [alertname], group_wait: 0s, group_interval: 1s, repeat_interval: 1h }
receivers: [{ name: sink, webhook_configs: [{ url: '${url}', send_resolved: true }] }]
`;
const alert = { labels: { alertname: 'Down', pod: 'p-0' } };

interface Webhook {
  readonly status: string;
  readonly alerts: readonly { readonly labels: Record<string, string>; readonly fingerprint: string }[];
}

test('a real Alertmanager sends what was posted, and its resolve', async () => {
  await using sink = await startSink();
  await using alertmanager = await startAlertmanager({ config: config(sink.url) });
  await alertmanager.post(alert);
  const [firing] = await sink.waitFor(1);
  expect((JSON.parse(firing?.body ?? '') as Webhook).alerts[0]?.labels).toEqual(alert.labels);
  const [listed] = await alertmanager.alerts('alertname="Down"');
  expect(listed?.status.state).toBe('active');
  expect(await alertmanager.alerts('alertname="Other"')).toEqual([]);
  await alertmanager.resolve(alert);
  const [, resolved] = await sink.waitFor(2);
  expect((JSON.parse(resolved?.body ?? '') as Webhook).status).toBe('resolved');
});

test('a silence suppresses an alert until it is expired', async () => {
  await using sink = await startSink();
  await using alertmanager = await startAlertmanager({ config: config(sink.url) });
  const id = await alertmanager.silence(alert.labels, 60_000);
  await alertmanager.post(alert);
  const state = async () => (await alertmanager.alerts())[0]?.status;
  await eventually('the alert to be silenced', async () => (await state())?.silencedBy.includes(id));
  await alertmanager.expireSilence(id);
  await eventually('the alert to be active', async () => (await state())?.state === 'active');
});

test('an Alertmanager that was restarted listens on the same port and has forgotten its alerts', async () => {
  await using sink = await startSink();
  await using alertmanager = await startAlertmanager({ config: config(sink.url) });
  await alertmanager.post(alert);
  await sink.waitFor(1);
  const { pid } = alertmanager;
  await alertmanager.restart();
  expect(alertmanager.pid).not.toBe(pid);
  expect(await alertmanager.alerts()).toEqual([]);
});

test('two Alertmanagers with peers form one cluster', async () => {
  await using sink = await startSink();
  await using first = await startAlertmanager({ config: config(sink.url), peers: [] });
  expect(first.clusterAddress).not.toBeNull();
  await using second = await startAlertmanager({ config: config(sink.url), peers: [first.clusterAddress ?? ''] });
  await eventually(
    'both to see two members',
    async () => {
      const status = await fetch(`${second.url}/api/v2/status`);
      return ((await status.json()) as { cluster: { peers: unknown[] } }).cluster.peers.length === 2;
    },
    { withinMs: 20_000 },
  );
});

test('an Alertmanager with a bad configuration fails with its own words', async () => {
  await expect(startAlertmanager({ config: 'route: { receiver: nobody }' })).rejects.toThrow(
    /Alertmanager ended at once \(1\)[^]*undefined receiver/,
  );
});

test('a real Prometheus scrapes, evaluates rules and alerts', async () => {
  await using sink = await startSink({ status: 200, body: 'peers 3\n', headers: { 'content-type': 'text/plain; version=0.0.4' } });
  await using prometheus = await startPrometheus({
    config: `
global: { scrape_interval: 1s, evaluation_interval: 1s }
rule_files: [rules.yml]
scrape_configs: [{ job_name: fleet, static_configs: [{ targets: ['${new URL(sink.url).host}'], labels: { pod: p-0 } }] }]
`,
    files: { 'rules.yml': 'groups: [{ name: g, rules: [{ alert: LowPeers, expr: peers < 5 }] }]' },
  });
  const sample = await eventually('the alert', async () => (await prometheus.query('ALERTS{alertname="LowPeers"}'))[0], {
    withinMs: 20_000,
  });
  expect(sample).toMatchObject({ value: 1, labels: { pod: 'p-0', alertstate: 'firing' } });
});
