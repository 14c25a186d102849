import { describe, expect, test } from 'vitest';
import { actions } from '../../../src/actions/index.ts';
import { deletePod } from '../../../src/actions/kubernetes/delete-pod.ts';
import type { Subject } from '../../../src/core/capability.ts';
import { PlanRefused } from '../../../src/core/capability.ts';
import { healthOfMembers } from '../../../src/core/health.ts';
import type { Cluster } from '../../../src/core/ports.ts';
import { samplePod, sampleWorkload } from '../../support/pod.ts';
import { sampleEdition, sampleRun } from '../../support/sample.ts';
import { toolsOn } from '../../support/subject.ts';

/** Planning a deletion asks the cluster nothing. */
const tools = toolsOn({ name: 'main' } as Cluster);
const members = [samplePod({ name: 'node-0', uid: 'u-0' }), samplePod(), samplePod({ name: 'node-2', uid: 'u-2' })];

function subject(over: Partial<Subject> = {}): Subject {
  const health = healthOfMembers(3, members);
  return { run: sampleRun(), edition: sampleEdition(), pod: samplePod(), workload: sampleWorkload(), health, entry: null, ...over };
}
const params = { grace_seconds: null };

describe('a plan to delete a pod', () => {
  test('is absolute, bound to the uid, and touches the pod and its workload', async () => {
    expect(await deletePod.plan(subject(), params, tools)).toMatchObject({
      action: 'kubernetes/delete-pod',
      cluster: 'main',
      request: { namespace: 'archivechain-prod', name: 'node-1', graceSeconds: null },
      preconditions: { uid: 'u-1' },
      touches: ['pod:main/archivechain-prod/node-1', 'statefulset:main/archivechain-prod/node'],
      cost: 1,
      describe: 'delete pod archivechain-prod/node-1 (uid u-1)',
      replaces: true,
      rights: [
        { verb: 'get', resource: 'pods', namespace: 'archivechain-prod' },
        { verb: 'delete', resource: 'pods', namespace: 'archivechain-prod' },
      ],
    });
  });

  test('costs a healthy member, which is back afterwards', async () => {
    expect((await deletePod.plan(subject(), params, tools)).healthy).toEqual({ during: -1, after: 0 });
  });

  test('costs nothing where the member is unhealthy already, and gains one', async () => {
    const broken = samplePod({ ready: false });
    const health = healthOfMembers(3, [members[0]!, broken, members[2]!]);
    expect((await deletePod.plan(subject({ pod: broken, health }), params, tools)).healthy).toEqual({ during: 0, after: 1 });
  });

  test('counts a member as healthy that nobody told about', async () => {
    expect((await deletePod.plan(subject({ health: null }), params, tools)).healthy).toEqual({ during: -1, after: 0 });
  });

  test('has the same hash for the same deletion, another for another uid or grace period', async () => {
    const hash = async (over: Partial<Subject>, grace: number | null = null) =>
      (await deletePod.plan(subject(over), { grace_seconds: grace }, tools)).hash;
    const first = await hash({});
    expect(first).toMatch(/^[0-9a-f]{64}$/);
    expect(await hash({ health: null })).toBe(first);
    expect(await hash({ pod: samplePod({ uid: 'u-9' }) })).not.toBe(first);
    expect(await hash({}, 5)).not.toBe(first);
  });

  test('is refused for no pod, and for one that nothing would make again', async () => {
    await expect(deletePod.plan(subject({ pod: null }), params, tools)).rejects.toThrow(PlanRefused);
    const alone = samplePod({ owner: null });
    await expect(deletePod.plan(subject({ pod: alone, workload: null }), params, tools)).rejects.toThrow(/no workload would make pod/);
  });

  test('locks the owner by its reference where we do not know its kind', async () => {
    const owned = samplePod({ owner: { kind: 'ChainNode', name: 'eu-1', uid: 'w-9' } });
    const { touches } = await deletePod.plan(subject({ pod: owned, workload: null, health: null }), params, tools);
    expect(touches).toEqual(['pod:main/archivechain-prod/node-1', 'chainnode:main/archivechain-prod/eu-1']);
  });
});

test.each([...actions.values()])('$name says which rights it needs', ({ rights }) => {
  expect(rights).not.toEqual([]);
});
