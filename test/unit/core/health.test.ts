import { describe, expect, test } from 'vitest';
import { healthOf, healthOfMembers } from '../../../src/core/health.ts';
import { ClusterError } from '../../../src/core/ports.ts';
import { samplePod, sampleWorkload } from '../../support/pod.ts';
import { NOON } from '../../support/sample.ts';

const waiting = {
  name: 'c',
  ready: false,
  restarts: 7,
  state: 'waiting',
  reason: 'CrashLoopBackOff',
  startedAt: null,
  endedAt: null,
} as const;

test.each([
  ['ready', {}, true, 'pod node-1 is ready'],
  ['terminating, though still ready', { deletedAt: NOON }, false, 'pod node-1 is terminating'],
  ['on a node that does not answer', { nodeReady: false }, false, 'pod node-1 is on node node-a, which is not ready'],
  ['on a node that nobody named', { nodeReady: false, node: null }, false, 'pod node-1 is on node unknown, which is not ready'],
  ['on a node of unknown state, but not ready itself', { ready: false, nodeReady: null }, false, 'pod node-1 is Running, not ready'],
  ['on no node', { node: null, nodeReady: null }, false, 'pod node-1 is Running, not ready'],
  ['not ready', { ready: false }, false, 'pod node-1 is Running, not ready'],
  ['crash-looping', { ready: false, containers: [waiting] }, false, 'pod node-1 is Running (CrashLoopBackOff), not ready'],
])('a pod that is %s', (_, over, healthy, message) => {
  expect(healthOf('Pod', samplePod(over), null, [])).toEqual({ healthy, message });
});

test('a pod of a StatefulSet that is gone is not healthy, however whole the rest is', () => {
  const members = ['a', 'b', 'c'].map((uid) => samplePod({ uid }));
  expect(healthOf('Pod', null, sampleWorkload(), members)).toEqual({ healthy: false, message: 'the pod does not exist' });
  expect(healthOf('Pod', null, null, []).healthy).toBe(false);
});

test('a pod of a Deployment that is gone is judged by the Deployment, because its successor has another name', () => {
  const workload = sampleWorkload({ kind: 'Deployment', replicas: 2 });
  expect(healthOf('Pod', null, workload, [samplePod(), samplePod({ uid: 'u-2' })]).healthy).toBe(true);
  expect(healthOf('Pod', null, workload, [samplePod()])).toEqual({ healthy: false, message: 'Deployment node: 1 of 2 ready' });
});

test('a workload is healthy when all its replicas are and it is not rolling out', () => {
  const members = [samplePod(), samplePod({ uid: 'u-2' }), samplePod({ uid: 'u-3' })];
  expect(healthOf('StatefulSet', null, sampleWorkload(), members)).toEqual({ healthy: true, message: 'StatefulSet node: 3 of 3 ready' });
  expect(healthOf('StatefulSet', null, sampleWorkload({ rollingOut: true }), members)).toEqual({
    healthy: false,
    message: 'StatefulSet node: 3 of 3 ready, rolling out',
  });
  expect(healthOf('Deployment', null, null, [])).toEqual({ healthy: false, message: 'the workload does not exist' });
});

test('a terminating member is told but does not count', () => {
  expect(healthOfMembers(3, [samplePod(), samplePod({ name: 'node-2', uid: 'u-2', deletedAt: NOON })])).toEqual({
    desired: 3,
    healthy: 1,
    members: [
      { name: 'node-1', uid: 'u-1', healthy: true },
      { name: 'node-2', uid: 'u-2', healthy: false },
    ],
  });
});

describe('a member that is ready, on a node of which nobody can tell whether it is', () => {
  const doubtful = samplePod({ nodeReady: null });
  const unknown = new ClusterError('unreachable', 'whether node node-a of pod node-1 is ready could not be read');

  test('makes the health of its workload unknown: counted, an effect could cost the quorum', () => {
    expect(() => healthOfMembers(3, [doubtful, samplePod({ uid: 'u-2' }), samplePod({ uid: 'u-3' })])).toThrow(unknown);
  });

  test('makes its own health unknown: called unhealthy, it would be evidence that an effect did not help', () => {
    expect(() => healthOf('Pod', doubtful, null, [])).toThrow(unknown);
  });

  test('does not matter once it is terminating', () => {
    expect(healthOfMembers(1, [samplePod({ nodeReady: null, deletedAt: NOON })])).toMatchObject({ healthy: 0 });
  });
});
