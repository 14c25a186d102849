import { expect, test } from 'vitest';
import { compileSet } from '../../../src/config/load.ts';
import { RULE_SECTIONS, rootSections } from '../../../src/config/schema/root.ts';
import type { SourceSet } from '../../../src/config/source-set.ts';
import { vocabulary } from './vocabulary.ts';

/** Whether a daemon whose root file is this would still know its own addresses, store and clusters. */
function knowsItself(content: string, environment: Readonly<Record<string, string>> = {}): boolean {
  const root = { path: '/etc/remediad/remediad.yaml', text: { content, hash: '' } };
  const set: SourceSet = { root, rules: [], remediations: [], patterns: { rules: [], remediations: [] } };
  const { config, process } = compileSet(set, { flags: {}, environment, cwd: '/etc/remediad', vocabulary });
  expect(config).toBeNull();
  return process !== null;
}

test('a section concerns either rules and humans or the process itself', () => {
  const own = ['global', 'web', 'redis', 'storage', 'clusters', 'default_cluster', 'prometheus', 'alertmanager', 'endpoints'];
  expect([...own, ...RULE_SECTIONS].toSorted((a, b) => a.localeCompare(b))).toEqual(
    Object.keys(rootSections).toSorted((a, b) => a.localeCompare(b)),
  );
});

test.each([
  'receivers: [{ name: pager, type: pigeon }]',
  'teams: [{ name: chain }]',
  'defaults: { escalation: nobody }',
  'escalation_policies: [{ name: oncall, steps: [{ after: 0s, notify: [nobody] }] }]',
])('%s leaves the process what it needs', (content) => {
  expect(knowsItself(content)).toBe(true);
});

test.each([
  'redis: { url: 3 }',
  'clusters: [{ name: prod }]',
  'default_cluster: prod',
  'rediss: { url: "redis://store" }',
  'web: [',
  '- a list',
  'receivers: [\n',
])('%s does not', (content) => {
  expect(knowsItself(content)).toBe(false);
});

test('nor does a variable that says nothing', () => {
  expect(knowsItself('{}', { REMEDIAD_DRY_RUN: 'perhaps' })).toBe(false);
});
