import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AuditEvent } from '../../../src/core/audit.ts';
import type { Run } from '../../../src/core/run.ts';
import { startRedis, type RedisServer } from '../../support/redis.ts';
import { startDaemon, type Daemon } from './daemon.ts';
import { postWebhook } from './support.ts';

const folder = new URL('../../fixtures/payloads/', import.meta.url);
const versions = readdirSync(folder).filter((name) => /^\d/.test(name));
const recorded = versions.flatMap((version) =>
  readdirSync(new URL(`${version}/`, folder)).map((file) => ({ version, name: file.replace('.json', ''), text: payload(version, file) })),
);

interface Posted {
  readonly alerts: readonly {
    readonly status: string;
    readonly fingerprint: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
  }[];
}

function payload(version: string, name: string): string {
  return readFileSync(new URL(`${version}/${name.replace(/(\.json)?$/, '.json')}`, folder), 'utf8');
}

let redis: RedisServer;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis[Symbol.asyncDispose]());

const daemonFor = (version: string, name: string): Promise<Daemon> =>
  startDaemon(redis, { installation: `${version}-${name}`.replaceAll(/[^\w.-]/g, '') });

const auditOf = (daemon: Daemon): Promise<readonly AuditEvent[]> => daemon.store.audit('0', 1_000, 0);
const runsOf = (daemon: Daemon): Promise<readonly Run[]> => daemon.store.runs({ limit: 1_000 });

test('three versions of Alertmanager are recorded', () => {
  expect(versions).toEqual(['0.25.0', '0.28.1', '0.33.1']);
  expect(recorded.length).toBeGreaterThanOrEqual(50);
});

describe.each(recorded)('$version $name', ({ version, name, text }) => {
  const { alerts } = JSON.parse(text) as Posted;
  const firing = alerts.filter(({ status }) => status === 'firing');
  const resolved = alerts.length - firing.length;

  test('starts a run for every alert that fires and nothing for one that was never seen firing', async () => {
    await using daemon = await daemonFor(version, name);
    const answer = await postWebhook(daemon.url, text, { 'user-agent': `Alertmanager/${version}` });
    expect(answer.status, answer.text).toBe(200);
    expect(answer.json()).toEqual({ status: 'success', data: { accepted: firing.length, rejected: resolved } });

    const runs = await runsOf(daemon);
    expect(runs.map(({ trigger }) => trigger.id).toSorted()).toEqual(firing.map(({ fingerprint }) => fingerprint).toSorted());
    for (const run of runs) {
      const alert = firing.find(({ fingerprint }) => fingerprint === run.trigger.id);
      expect(run.labels).toEqual(alert?.labels);
      expect(run.annotations).toEqual(alert?.annotations);
    }
    expect(await daemon.metric('alerts_received_total{status="firing"}')).toBe(firing.length);
    expect(await daemon.metric('alerts_received_total{status="resolved"}')).toBe(resolved);
    expect(await daemon.metric('alerts_rejected_total{reason="unknown-episode"}')).toBe(resolved);
  });

  test('changes nothing when it is delivered again, also to a daemon that has forgotten the first time', async () => {
    await using daemon = await daemonFor(version, name);
    await postWebhook(daemon.url, text);
    const [runs, events] = [await runsOf(daemon), await auditOf(daemon)];
    expect((await postWebhook(daemon.url, text)).status).toBe(200);
    {
      await using other = await daemonFor(version, name);
      expect((await postWebhook(other.url, text)).status).toBe(200);
    }
    expect(await runsOf(daemon)).toEqual(runs);
    expect(await auditOf(daemon)).toEqual(events);
  });
});

describe.each(versions)('the story told by Alertmanager %s', (version) => {
  async function tell(daemon: Daemon, ...names: string[]): Promise<void> {
    for (const name of names) expect((await postWebhook(daemon.url, payload(version, name))).status, name).toBe(200);
  }
  /** [first four digits of the fingerprint, change, generation], in order. */
  const episodes = async (daemon: Daemon) =>
    (await auditOf(daemon))
      .filter(({ kind }) => kind === 'episode')
      .map(({ data }) => [(data['fingerprint'] as string).slice(0, 4), data['change'], data['gen']]);
  const toldTo = async (daemon: Daemon, id: string) =>
    (await auditOf(daemon)).filter(({ run, kind }) => run === id && kind === 'attached').map(({ data }) => data['change']);

  test('of an alert that fires, repeats and is given up by a silent sender, is one run that hears of its end', async () => {
    await using daemon = await daemonFor(version, 'simple');
    await tell(daemon, 'firing', 'repeat', 'resolved_by_resolve_timeout');
    const [fingerprint] = (JSON.parse(payload(version, 'firing')) as Posted).alerts.map((alert) => alert.fingerprint.slice(0, 4));
    expect(await episodes(daemon)).toEqual([
      [fingerprint, 'new', 1],
      [fingerprint, 'resolved', 1],
    ]);
    expect(await toldTo(daemon, 'r-1')).toEqual(['resolved']);
    expect(await runsOf(daemon)).toHaveLength(1);
  });

  test('of a group that resolves in part, grows, resolves in whole and fires again, is one run for each alert seen firing', async () => {
    await using daemon = await daemonFor(version, 'group');
    await tell(daemon, 'partially_resolved', 'new_alert_in_group', 'resolved', 'refire');
    expect(await runsOf(daemon)).toHaveLength(2);
    expect((await episodes(daemon)).map(([, ...change]) => change)).toEqual([
      ['new', 1],
      ['new', 1],
      ['resolved', 1],
      ['resolved', 1],
      ['generation', 2],
    ]);
    expect(await toldTo(daemon, 'r-1')).toEqual(['resolved', 'new']);
    expect(await toldTo(daemon, 'r-2')).toEqual(['resolved']);
  });

  test('with max_alerts does not resolve what was cut off, whatever the status of the group says', async () => {
    await using daemon = await daemonFor(version, 'truncated');
    const trap = JSON.parse(payload(version, 'truncated_status_resolved_while_others_fire')) as object;
    expect(trap).toMatchObject({ status: 'resolved', truncatedAlerts: 4 });
    const whole = JSON.parse(payload(version, 'truncated_max_alerts_3_of_7')) as Posted;
    const [first] = whole.alerts;
    const cutOff = { ...first, fingerprint: '', labels: { ...first?.labels, shard: 'seventh' } };
    await postWebhook(daemon.url, JSON.stringify({ ...whole, alerts: [...whole.alerts, cutOff] }));
    await tell(daemon, 'truncated_status_resolved_while_others_fire');
    const changes = (await episodes(daemon)).map(([, change]) => change);
    expect(changes).toEqual(['new', 'new', 'new', 'new', 'resolved', 'resolved', 'resolved']);
    const seventh = (await runsOf(daemon)).find(({ labels }) => labels['shard'] === 'seventh');
    expect(await toldTo(daemon, seventh?.id ?? '')).not.toContain('resolved');
    expect(daemon.log.said('warn')).toContain('Alertmanager cut alerts off: max_alerts is set');
  });

  test('through a second route is the same alert and no second run', async () => {
    await using daemon = await daemonFor(version, 'routes');
    await tell(daemon, 'nested_route_special_receiver', 'nested_route_continue_second');
    expect(await runsOf(daemon)).toHaveLength(1);
  });
});
