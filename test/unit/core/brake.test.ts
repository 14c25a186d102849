import { expect, test } from 'vitest';
import { brakeScopes } from '../../../src/core/brake.ts';
import { sampleRun } from '../../support/sample.ts';

const run = sampleRun();
const common = ['all', 'rule:archivechain-node-down', 'namespace:main/archivechain-prod'];

test('a run stands under the brakes of installation, rule, namespace, and of its target by every name, each once', () => {
  expect(brakeScopes(run)).toEqual([
    ...common,
    'target:pod:main/archivechain-prod/node-1',
    'target:statefulset:main/archivechain-prod/node',
  ]);
});

test('a target that was found by another property than its name stands under the name that it was found to have', () => {
  const target = { ...run.target, find: { by: 'pod_ip', value: '10.0.0.7' }, key: 'pod:main/archivechain-prod/pod_ip=10.0.0.7' };
  expect(brakeScopes({ ...run, target })).toEqual([
    ...common,
    'target:pod:main/archivechain-prod/pod_ip=10.0.0.7',
    'target:pod:main/archivechain-prod/node-1',
    'target:statefulset:main/archivechain-prod/node',
  ]);
});

test('what was not found yet stands under the name that the rule gives it, and what has no workload under no other', () => {
  const own = [...common, 'target:pod:main/archivechain-prod/node-1'];
  expect(brakeScopes({ ...run, pinned: null })).toEqual(own);
  expect(brakeScopes(sampleRun({ pinned: { uid: 'u-1', name: 'node-1', subject: run.target.key, workload: null } }))).toEqual(own);
});

test('an effect stands under the brakes of all that it touches', () => {
  expect(brakeScopes({ ...run, pinned: null }, ['pod:main/archivechain-prod/node-2'])).toContain(
    'target:pod:main/archivechain-prod/node-2',
  );
});
