import { setTimeout as sleep } from 'node:timers/promises';
import { stringify } from 'yaml';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startAlertmanager, type Alertmanager } from '../support/alertmanager.ts';
import { startRemediad, type Remediad } from '../support/daemon.ts';
import { eventually } from '../support/eventually.ts';
import { startSink } from '../support/http-sink.ts';
import { startPrometheus, type Prometheus } from '../support/prometheus.ts';
import { startSandbox, type Sandbox } from '../support/sandbox.ts';
import { fleetOf, NAMESPACE, restart, ruleOf } from './chain.ts';

// Nobody plays a part here but the test's exporter: Prometheus scrapes and alerts, Alertmanager routes, remediad asks both.
let sandbox: Sandbox;
let prometheus: Prometheus;
let alertmanager: Alertmanager;
let remediad: Remediad;
const parts = new AsyncDisposableStack();

beforeAll(async () => {
  sandbox = parts.use(await startSandbox(fleetOf()));
  const exporter = await startExporter(sandbox);
  parts.use(exporter);
  alertmanager = parts.use(await startAlertmanager({ config: routing('http://127.0.0.1:9') }));
  prometheus = parts.use(await startPrometheus(prometheusFiles(exporter.url, alertmanager.url)));
  remediad = parts.use(
    await startRemediad({
      config: {
        clusters: [{ name: 'sandbox', sandbox: sandbox.socket }],
        prometheus: { url: prometheus.url },
        alertmanager: { url: alertmanager.url },
        receivers: [{ name: 'pager', type: 'webhook', url: 'http://127.0.0.1:9', secret_file: 'pager.secret' }],
        escalation_policies: [{ name: 'oncall', steps: [{ after: '0s', notify: ['pager'] }] }],
      },
      files: { 'pager.secret': 'secret', 'rules/rules.yaml': { rules: [ruleOf()] }, 'remediations/restart.yaml': restart },
    }),
  );
  await alertmanager.reload(routing(remediad.webhook));
  await eventually('Prometheus to see the fleet', async () => (await prometheus.query('archive_node_up')).length === 8, {
    withinMs: 20_000,
  });
});
afterAll(() => parts.disposeAsync());

/** A resolve would be sent only after minutes: whatever is known sooner was asked for. */
const routing = (url: string) =>
  stringify({
    route: { receiver: 'all', group_by: ['...'], group_wait: '0s', group_interval: '5m' },
    receivers: [{ name: 'all', webhook_configs: [{ url }] }],
  });

function prometheusFiles(exporter: string, alerts: string) {
  const rule = { alert: 'NodeDown', expr: 'archive_node_up == 0', labels: { severity: 'critical' } };
  return {
    config: stringify({
      global: { scrape_interval: '1s', evaluation_interval: '1s' },
      rule_files: ['rules.yml'],
      alerting: { alertmanagers: [{ static_configs: [{ targets: [new URL(alerts).host] }] }] },
      scrape_configs: [{ job_name: 'fleet', static_configs: [{ targets: [new URL(exporter).host] }] }],
    }),
    files: { 'rules.yml': stringify({ groups: [{ name: 'fleet', rules: [rule] }] }) },
  };
}

/** Tells of every node of the fleet whether it is ready, as it is now. */
async function startExporter({ admin }: Sandbox): Promise<{ readonly url: string } & AsyncDisposable> {
  let told = '';
  const read = async () => {
    const pods = await admin.pods(NAMESPACE);
    told = pods.map(({ name, ready }) => `archive_node_up{namespace="${NAMESPACE}",pod="${name}"} ${ready ? 1 : 0}\n`).join('');
  };
  await read();
  const timer = setInterval(() => void read().catch(() => undefined), 100);
  const sink = await startSink(() => ({ status: 200, body: told, headers: { 'content-type': 'text/plain; version=0.0.4' } }));
  return {
    url: sink.url,
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await sink[Symbol.asyncDispose]();
    },
  };
}

const alertsAbout = (pod: string) => prometheus.query(`ALERTS{alertname="NodeDown",pod="${pod}"}`);

test('a restart that helps is proved by Prometheus, long before Alertmanager sends the resolve', async () => {
  await sandbox.admin.breakPod(NAMESPACE, 'archive-0', { kind: 'not-ready' });

  const run = await remediad.ended('archive-0', 40_000);

  expect(run).toMatchObject({ state: 'succeeded', end: { reason: 'verified' }, labels: { severity: 'critical' } });
  expect(run.generatorURL).toContain('archive_node_up');
  const corroborated = run.verdicts.find(({ guard }) => guard === 'corroboration');
  expect(corroborated).toMatchObject({ result: 'pass', have: 'prometheus says firing' });
  expect(await alertsAbout('archive-0')).toEqual([]);
  expect(await sandbox.admin.journal()).toMatchObject([{ effect: 'delete-pod', pod: 'archive-0', run: run.id }]);
  expect(await remediad.incidents()).toEqual([]);
});

test('an alert that Prometheus no longer has when the run may act ends it without an effect', async () => {
  await remediad.pause('all', 'not yet');
  const fault = await sandbox.admin.breakPod(NAMESPACE, 'archive-1', { kind: 'not-ready' });
  await remediad.runWhere('holds', 'archive-1', ({ hold }) => hold?.reason === 'paused', 30_000);
  await sandbox.admin.lift(fault);
  await eventually('the alert to be gone', async () => (await alertsAbout('archive-1')).length === 0, { withinMs: 20_000 });

  await remediad.resume('all');

  expect(await remediad.ended('archive-1')).toMatchObject({ state: 'skipped', acted: false, end: { reason: 'resolved' } });
  expect(await sandbox.admin.journal()).toHaveLength(1);
  // Alertmanager has not sent the resolve yet, and may never: the auditor, which ticks twice a second here, has nothing to start again.
  await sleep(1_500);
  const runs = await remediad.runs();
  expect(runs.filter(({ target }) => target.find.value === 'archive-1')).toHaveLength(1);
});
