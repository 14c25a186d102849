import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { parseMatchers } from '../../src/core/matcher.ts';
import { loadShipped } from '../support/shipped-rules.ts';

const root = resolve(import.meta.dirname, '../..');

test('the shipped rules load with the example configuration, without a word of warning', () => {
  const { config, problems, warnings } = loadShipped();
  expect({ problems, warnings }).toEqual({ problems: [], warnings: [] });
  expect(config?.rules.map(({ rule }) => rule)).toEqual(['archivechain-node-down', 'archivechain-low-peers', 'archivechain-storage-high']);
});

test('every shipped rule only observes', () => {
  expect(loadShipped().config?.rules.map(({ edition, dry }) => [edition.rule.mode, dry])).toEqual([
    ['observe', 'observe'],
    ['observe', 'observe'],
    ['observe', 'observe'],
  ]);
});

test('every shipped rule takes exactly one of the shipped alerts', async () => {
  const file = parse(await readFile(`${root}/monitoring/prometheus/archivechain_alerts.yml`, 'utf8')) as {
    groups: { rules: { alert: string; labels: Record<string, string> }[] }[];
  };
  const alerts = file.groups.flatMap(({ rules }) => rules).map(({ alert, labels }) => ({ alertname: alert, ...labels }));
  for (const { edition } of loadShipped().config!.rules) {
    const matchers = edition.rule.matchers.flatMap(({ name, op, value }) => parseMatchers(`${name}${op}${JSON.stringify(value)}`));
    const taken = alerts.filter((labels) => matchers.every((matcher) => matcher.matches(labels)));
    expect(taken, edition.rule.name).toHaveLength(1);
    expect(taken[0]).toMatchObject({ priority: edition.rule.priority });
  }
});

test('every rule names its alert by labels that outlive a restart', () => {
  for (const { edition } of loadShipped().config!.rules) expect(edition.rule.verify.alertLabels).toEqual(['alertname', 'namespace', 'pod']);
});
