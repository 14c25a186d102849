import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { EXTERNAL_LABELS, SHIPPED_ALERTS } from '../../src/config/lint/shipped-alerts.ts';

const folder = resolve(import.meta.dirname, '../../monitoring/prometheus');
const read = async <T>(name: string) => parse(await readFile(`${folder}/${name}`, 'utf8')) as T;

interface Prometheus {
  readonly global: { readonly external_labels: Record<string, string> };
  readonly scrape_configs: readonly { readonly relabel_configs: readonly { readonly target_label?: string }[] }[];
}

interface Alerts {
  readonly groups: readonly { readonly rules: readonly { alert: string; expr: string; labels: Record<string, string> }[] }[];
}

test('the lint knows the labels that the shipped scrape and expressions give to each alert', async () => {
  const { scrape_configs: scrapes, global } = await read<Prometheus>('prometheus.yml');
  const relabelled = scrapes.flatMap(({ relabel_configs: steps }) => steps.flatMap(({ target_label: label }) => label ?? []));
  const ofTarget = ['job', 'instance', ...relabelled.filter((label) => !label.startsWith('__'))];
  const { groups } = await read<Alerts>('archivechain_alerts.yml');
  const expected = groups
    .flatMap(({ rules }) => rules)
    .map(({ alert, expr, labels }) => {
      const [, by] = /by \(([^)]*)\)/.exec(expr) ?? [];
      const kept = by === undefined ? ofTarget : by.split(', ').filter((label) => label !== 'le');
      return [alert, [...new Set(['alertname', ...Object.keys(labels), ...kept])].sort()];
    });
  expect(Object.entries(SHIPPED_ALERTS).map(([alert, labels]) => [alert, [...labels].sort()])).toEqual(expected);
  expect(EXTERNAL_LABELS).toEqual(Object.keys(global.external_labels));
});
