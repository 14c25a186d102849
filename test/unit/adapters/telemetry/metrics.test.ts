import { Registry } from 'prom-client';
import { describe, expect, test } from 'vitest';
import { createTelemetry } from '../../../../src/adapters/telemetry/telemetry.ts';
import type { StoreReads } from '../../../../src/adapters/telemetry/store-gauges.ts';
import { StoreError } from '../../../../src/core/store.ts';
import { sampleRun, sampleHold } from '../../../support/sample.ts';

const quiet: StoreReads = {
  records: {
    counts: async () => ({
      live: { pending: 2, holding: 1 },
      oldestDueMs: 1_500,
      pageOverdue: 3,
      incidentsOpen: 1,
      pagesUndelivered: 2,
      forgetfulMs: 60_000,
      storms: [{ cluster: 'main', since: 1, until: 2, targets: 9 }],
    }),
    runs: async () => [sampleRun({ state: 'holding', hold: { ...hold } })],
    incidents: async () => [],
  },
  brakes: { brakes: async () => [{ scope: 'rule:a:b', by: 'x', why: 'y', until: null, at: 1 }] },
};
const hold = sampleHold('paused', { since: 0 });

function telemetry(reads: StoreReads = quiet) {
  const names = { actions: ['kubernetes/delete-pod'], receivers: ['pager'], clusters: ['main'] };
  return createTelemetry({ registry: new Registry(), version: '1.2.3', reads, scrapeMs: 50, ...names });
}

async function samples(metrics: ReturnType<typeof telemetry>): Promise<Map<string, number>> {
  const { text } = await metrics.scrape();
  const lines = text.split('\n').filter((line) => line.startsWith('remediad_'));
  return new Map(lines.map((line) => [line.slice('remediad_'.length, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]));
}

describe('metrics', () => {
  test('show every known label value at 0 before anything happens', async () => {
    const shown = await samples(telemetry());
    for (const name of [
      'alerts_received_total{status="resolved"}',
      'alerts_rejected_total{reason="not-matched"}',
      'decisions_total{decision="hold",reason="paused"}',
      'decisions_total{decision="run",reason=""}',
      'effects_total{action="kubernetes/delete-pod",result="unknown"}',
      'effects_unknown_total',
      'runs_ended_total{outcome="escalated"}',
      'run_duration_seconds_count{outcome="succeeded"}',
      'notifications_failed_total{receiver="pager",reason="timeout"}',
      'incidents{state="open",priority="P0"}',
      'runs{state="reconciling"}',
      'holds{reason="cooling-down"}',
      'paused{scope="all"}',
    ]) {
      expect(shown.get(name), name).toBe(0);
    }
    expect(shown.get('cluster_up{cluster="main"}'), 'not asked yet is neither up nor down').toBeNaN();
    expect([...shown.keys()].filter((name) => name.startsWith('build_info'))).toEqual([
      `build_info{version="1.2.3",node="${process.version}"}`,
    ]);
  });

  test('count what happens', async () => {
    const metrics = telemetry();
    metrics.alertsReceived('firing', 200);
    metrics.alertsRejected('not-matched', 3);
    metrics.alertsRematched(2);
    metrics.webhookAnswered(503, 1_999);
    metrics.decision({ then: 'hold', reason: 'paused' });
    metrics.effect('kubernetes/delete-pod', 'unknown');
    metrics.runEnded({ state: 'succeeded', acceptedAt: 1_000, end: { reason: 'verified', detail: '', would: null, at: 11_000 } });
    metrics.notification('pager', 'failed', 'timeout');
    metrics.configLoaded('0000000000ff'.padEnd(64, 'a'), 5_000);
    metrics.clusterUp('main', true);
    const shown = await samples(metrics);
    expect(shown.get('alerts_received_total{status="firing"}')).toBe(200);
    expect(shown.get('alerts_rejected_total{reason="not-matched"}')).toBe(3);
    expect(shown.get('alerts_rematched_total')).toBe(2);
    expect(shown.get('webhooks_total{code="503"}')).toBe(1);
    expect(shown.get('webhook_duration_seconds_bucket{le="2"}')).toBe(1);
    expect(shown.get('decisions_total{decision="hold",reason="paused"}')).toBe(1);
    expect(shown.get('effects_total{action="kubernetes/delete-pod",result="unknown"}')).toBe(1);
    expect(shown.get('effects_unknown_total')).toBe(1);
    expect(shown.get('run_duration_seconds_sum{outcome="succeeded"}')).toBe(10);
    expect(shown.get('notifications_total{receiver="pager"}')).toBe(1);
    expect(shown.get('notifications_failed_total{receiver="pager",reason="timeout"}')).toBe(1);
    expect(shown.get('config_last_reload_successful')).toBe(1);
    expect(shown.get('config_last_reload_success_timestamp_seconds')).toBe(5);
    expect(shown.get('config_hash')).toBe(255);
    expect(shown.get('cluster_up{cluster="main"}')).toBe(1);
    metrics.configRefused();
    expect((await samples(metrics)).get('config_last_reload_successful')).toBe(0);
  });

  test('read what the store holds at each scrape', async () => {
    const shown = await samples(telemetry());
    expect(shown.get('runs{state="pending"}')).toBe(2);
    expect(shown.get('oldest_due_seconds')).toBe(1.5);
    expect(shown.get('page_overdue')).toBe(3);
    expect(shown.get('pages_undelivered')).toBe(2);
    expect(shown.get('store_hold_seconds')).toBe(60);
    expect(shown.get('holds{reason="paused"}')).toBe(1);
    expect(shown.get('paused{scope="rule"}')).toBe(1);
    expect(shown.get('store_up')).toBe(1);
  });

  test.each([
    ['fails', () => Promise.reject(new StoreError('unavailable', 'gone'))],
    ['hangs', () => new Promise<never>(() => undefined)],
  ])('tell nothing about the store when it %s, and say so', async (_how, counts) => {
    let away = false;
    const records = { ...quiet.records, counts: () => (away ? counts() : quiet.records.counts()) };
    const metrics = telemetry({ ...quiet, records });
    await metrics.scrape();
    away = true;
    const shown = await samples(metrics);
    expect(shown.get('store_up')).toBe(0);
    const told = [...shown.keys()].filter((name) => /^(runs\{|holds|incidents|paused|oldest_due|page_overdue)/.test(name));
    expect(told).toEqual([]);
    away = false;
    expect((await samples(metrics)).get('runs{state="pending"}')).toBe(2);
  });

  test('have only names that Prometheus approves of', async () => {
    const { text } = await telemetry().scrape();
    const gauges = text.split('\n').filter((line) => /^# TYPE \S+_total (?!counter)/.test(line));
    expect(gauges).toEqual([]);
  });
});
