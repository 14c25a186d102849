import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { eventually } from '../support/eventually.ts';
import { startSink } from '../support/http-sink.ts';
import { startPrometheus } from '../support/prometheus.ts';
import { withoutKubernetes, type DiscoveredTarget } from '../support/shipped-prometheus.ts';

const shipped = resolve(import.meta.dirname, '../../monitoring/prometheus');

/** A pod as Kubernetes discovery shows it: the address has the port of one of its containers, not that of its metrics. */
function pod(name: string, metricsPort: string, more: Readonly<Record<string, string>> = {}): DiscoveredTarget {
  const meta = {
    __meta_kubernetes_namespace: 'archivechain-prod',
    __meta_kubernetes_pod_name: name,
    __meta_kubernetes_pod_phase: 'Running',
    __meta_kubernetes_pod_label_app: 'archivechain-full-archive',
    __meta_kubernetes_pod_annotation_prometheus_io_scrape: 'true',
    __meta_kubernetes_pod_annotation_prometheus_io_port: metricsPort,
    __meta_kubernetes_node_label_topology_kubernetes_io_region: 'us-east-1',
  };
  return { address: '127.0.0.1:9090', meta: { ...meta, ...more } };
}

test('the shipped scrape file makes one target of each running, annotated pod, with the labels that a target is found by', async () => {
  await using one = await startSink({ status: 200, body: 'archivechain_network_peer_count 3\n' });
  await using two = await startSink({ status: 500 });
  const portOf = (sink: { url: string }) => new URL(sink.url).port;
  const targets = [
    pod('archive-0', portOf(one)),
    { ...pod('archive-0', portOf(one)), address: '127.0.0.1:9091' }, // its second container port
    { ...pod('archive-1', portOf(two)), address: '127.0.0.1' }, // declares no port
    pod('archive-2', portOf(one), { __meta_kubernetes_pod_phase: 'Succeeded' }),
    pod('archive-3', portOf(one), { __meta_kubernetes_pod_annotation_prometheus_io_scrape: 'false' }),
  ];
  const config = withoutKubernetes(parse(await readFile(join(shipped, 'prometheus.yml'), 'utf8')) as Record<string, unknown>, targets);
  const { global } = config as { global: Record<string, unknown> };
  // A Prometheus that has just started shows no ALERTS until a group was evaluated a few times, so the groups are made faster.
  const rules = await readFile(join(shipped, 'archivechain_alerts.yml'), 'utf8');
  await using prometheus = await startPrometheus({
    config: stringify({ ...config, global: { ...global, scrape_interval: '1s', evaluation_interval: '1s' } }),
    files: { 'archivechain_alerts.yml': rules.replaceAll(/interval: \w+/g, 'interval: 1s') },
  });

  const up = await eventually('both pods to be scraped', async () => byPod(await prometheus.query('up'), 2), { withinMs: 30_000 });
  const labels = { job: 'archivechain-nodes', namespace: 'archivechain-prod', app: 'archivechain-full-archive', region: 'us-east-1' };
  expect(up).toEqual([
    { value: 1, labels: { ...labels, __name__: 'up', pod: 'archive-0', instance: `127.0.0.1:${portOf(one)}` } },
    { value: 0, labels: { ...labels, __name__: 'up', pod: 'archive-1', instance: `127.0.0.1:${portOf(two)}` } },
  ]);

  const [alert] = await eventually(
    'the node that answers 500 to be pending',
    async () => byPod(await prometheus.query('ALERTS{alertname="ArchiveChainNodeDown"}'), 1),
    { withinMs: 30_000 },
  );
  expect(alert?.labels).toMatchObject({ ...labels, pod: 'archive-1', alertstate: 'pending', priority: 'P1' });
});

type Samples = readonly { readonly labels: Readonly<Record<string, string>>; readonly value: number }[];

/** Sorted by pod; undefined until there are so many. */
function byPod(samples: Samples, count: number): Samples | undefined {
  return samples.length < count ? undefined : [...samples].sort((a, b) => (a.labels['pod'] ?? '').localeCompare(b.labels['pod'] ?? ''));
}
