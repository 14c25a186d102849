import { expect, test } from 'vitest';
import { pinnedOf, subjectOf } from '../../../src/core/pinned.ts';
import { found, pod, run, workload } from './guards/fixture.ts';

test.each([
  ['StatefulSet', 'pod:prod/chain/node-1'],
  ['Deployment', 'deployment:prod/chain/node'],
  ['DaemonSet', 'daemonset:prod/chain/node'],
  ['ReplicaSet', 'replicaset:prod/chain/node'],
] as const)('what survives an effect on a pod of a %s is %s', (kind, subject) => {
  expect(subjectOf(pod, { ...workload, kind })).toBe(subject);
});

test('a pod without a workload survives as nothing but itself', () => {
  expect(subjectOf(pod, null)).toBe('pod:prod/chain/node-1');
});

test('a found pod is pinned with its workload', () => {
  expect(pinnedOf(found())).toEqual(run.pinned);
  expect(pinnedOf(found({}, { orphan: true }))).toEqual({ ...run.pinned, workload: null });
});

test('a found workload is pinned as its own', () => {
  const subject = 'statefulset:prod/chain/node';
  expect(pinnedOf({ found: 'workload', workload, subject })).toEqual({ uid: 's1', name: 'node', subject, workload: subject });
});

test.each([{ found: 'none', owner: null } as const, { found: 'several', count: 2 } as const, { found: 'unknown', why: '' } as const])(
  'nothing is pinned where there is not exactly one ($found)',
  (fact) => expect(pinnedOf(fact)).toBeNull(),
);
