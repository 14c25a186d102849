import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { Fleet } from '../../src/adapters/sandbox/fleet.ts';
import { loadConfig } from '../../src/config/load.ts';
import { registry } from '../../src/wiring/engine.ts';

const root = resolve(import.meta.dirname, '../..');
const yaml = (path: string): unknown => parse(readFileSync(resolve(root, path), 'utf8'));
const load = (file: string) => loadConfig({ flags: { 'config.file': file }, environment: {}, cwd: root, vocabulary: registry });

type Rule = { readonly name: string; readonly verify: Readonly<Record<string, unknown>> };
const rulesOf = (path: string) => (yaml(path) as { rules: Rule[] }).rules;

test('the configuration of the demo loads as it stands, without a word of warning', () => {
  const { config, problems, warnings } = load('examples/demo/remediad.yaml');
  expect({ problems, warnings }).toEqual({ problems: [], warnings: [] });
  expect(config?.rules.map(({ dry }) => dry)).toEqual([null, null]);
});

test('the rules of the demo are shipped ones that may act and verify within seconds', () => {
  for (const rule of rulesOf('examples/demo/rules.yaml')) {
    const shipped = rulesOf('rules/archivechain.yaml').find(({ name }) => name === rule.name);
    const { within, stable_for: stableFor } = shipped?.verify ?? {};
    expect({ ...rule, mode: 'observe', verify: { ...rule.verify, within, stable_for: stableFor } }, rule.name).toEqual(shipped);
  }
});

test('the one remediation of its own is the shipped one with a shorter pause', () => {
  const own = readFileSync(resolve(root, 'examples/demo/remediations/peer-recovery.yaml'), 'utf8');
  const shipped = readFileSync(resolve(root, 'remediations/peer-recovery.yaml'), 'utf8');
  expect(own.replace(/settle: .*/, '')).toBe(shipped.replace(/settle: .*/, ''));
});

test('its fleet is the one that its workloads speak of', () => {
  const fleet = Fleet.parse(yaml('examples/demo/fleet.yaml'));
  const { workloads } = yaml('examples/demo/remediad.yaml') as { workloads: Record<string, { replicas: number; container: string }> };
  expect(fleet.workloads.map(({ kind, name, replicas, container }) => ({ kind, name, replicas, container }))).toEqual(
    Object.entries(workloads).map(([name, { replicas, container }]) => ({ kind: 'StatefulSet', name, replicas, container })),
  );
});
