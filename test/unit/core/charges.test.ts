import { expect, test } from 'vitest';
import { chargesOf } from '../../../src/core/charges.ts';
import type { Budget } from '../../../src/core/edition.ts';
import { sampleRun } from '../../support/sample.ts';

const run = sampleRun();
const unpinned = sampleRun({ pinned: null });
const per = (scope: Budget['scope'], perMs = 600_000): Budget => ({ max: 2, perMs, scope });
const installation: Budget = { max: 20, perMs: 600_000, scope: 'installation' };
const keys = (of: typeof run, ...budgets: Budget[]) => chargesOf(of, budgets, installation).map(({ key }) => key);

test.each([
  ['target', 'target:archivechain-node-down|pod:main/archivechain-prod/node-1|600000'],
  ['workload', 'workload:statefulset:main/archivechain-prod/node|600000'],
  ['namespace', 'namespace:namespace:main//archivechain-prod|600000'],
  ['rule', 'rule:archivechain-node-down|600000'],
  ['cluster', 'cluster:main|600000'],
  ['installation', 'installation|600000'],
] as const)('a budget per %s is counted under %s', (scope, key) => {
  expect(keys(run, per(scope))[0]).toBe(key);
});

test('what is counted per target follows the subject, which keeps its name when its pod does not', () => {
  const pinned = { uid: 'u-9', name: 'web-7d9f-abcde', subject: 'deployment:main/shop/web', workload: 'deployment:main/shop/web' };
  expect(keys(sampleRun({ pinned }), per('target'))[0]).toBe('target:archivechain-node-down|deployment:main/shop/web|600000');
});

test('a pod without a workload, or one not found yet, is counted as itself', () => {
  expect(keys(unpinned, per('target'), per('workload'))).toEqual([
    'target:archivechain-node-down|pod:main/archivechain-prod/node-1|600000',
    'workload:pod:main/archivechain-prod/node-1|600000',
    'installation|600000',
  ]);
  const pinned = { uid: 'u-1', name: 'node-1', subject: 'pod:main/archivechain-prod/node-1', workload: null };
  expect(keys(sampleRun({ pinned }), per('workload'))[0]).toBe('workload:pod:main/archivechain-prod/node-1|600000');
});

test('windows of another length are other windows, and each carries its own limit', () => {
  const charges = chargesOf(run, [{ max: 3, perMs: 3_600_000, scope: 'rule' }, per('rule')], installation);
  expect(charges.slice(0, 2)).toEqual([
    { max: 3, perMs: 3_600_000, scope: 'rule', key: 'rule:archivechain-node-down|3600000' },
    { max: 2, perMs: 600_000, scope: 'rule', key: 'rule:archivechain-node-down|600000' },
  ]);
});

test('every effect is charged to the installation, last and whatever the rule says', () => {
  expect(chargesOf(run, [], { max: 5, perMs: 1_000, scope: 'installation' })).toEqual([
    { max: 5, perMs: 1_000, scope: 'installation', key: 'installation|1000' },
  ]);
  expect(chargesOf(run, [per('rule')], installation).at(-1)).toEqual({
    max: 20,
    perMs: 600_000,
    scope: 'installation',
    key: 'installation|600000',
  });
});
