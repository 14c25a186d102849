import { afterAll, beforeAll, expect, test } from 'vitest';
import { ruleOf } from '../../acceptance/chain.ts';
import { eventually } from '../../support/eventually.ts';
import { deletionsIn, openStage, type Stage } from './stage.ts';

// A StatefulSet of three, a rule that acts and one that only looks. Each test has a pod of its own.
let stage: Stage;
beforeAll(async () => {
  const watched = ruleOf({ name: 'node-slow', matchers: ['alertname="NodeSlow"'], mode: 'observe' });
  stage = await openStage({ rules: [ruleOf(), watched] });
});
afterAll(() => stage[Symbol.asyncDispose]());

interface KubernetesEvent {
  readonly metadata: { readonly annotations?: Readonly<Record<string, string>> };
  readonly involvedObject: { readonly kind: string; readonly name: string; readonly uid: string };
  readonly reason: string;
  readonly message: string;
}

async function eventsOf(run: string): Promise<KubernetesEvent[]> {
  const all = await stage.space.api.list<KubernetesEvent>(`/api/v1/namespaces/${stage.space.name}/events`);
  return all.filter(({ metadata }) => metadata.annotations?.['remediad.dev/run'] === run);
}

const uids = async () => new Set((await stage.space.pods()).map(({ metadata }) => metadata.uid));

test('exactly the pod that is not ready is deleted, and the run succeeds when its successor is ready and the alert is gone', async () => {
  const before = await uids();
  const former = await stage.takeDown('store-0');
  const successor = await stage.comeBack('store-0', former);

  const run = await stage.remediad.ended('store-0', 60_000);

  expect(run).toMatchObject({ state: 'succeeded', end: { reason: 'verified' }, effects: [{ result: 'done', uid: former }] });
  expect(before.delete(former)).toBe(true);
  expect(await uids()).toEqual(before.add(successor));
  expect(await stage.remediad.incidents()).toEqual([]);
});

test('an effect is told by Events on the pod and its workload, and by its run in the audit log of the API server, where nobody else deletes', async () => {
  const { remediad, space } = stage;
  const former = await stage.takeDown('store-1');
  await stage.comeBack('store-1', former);
  const { id } = await remediad.ended('store-1', 60_000);

  const events = await eventually('both Events', async () => (await eventsOf(id)).length === 2 && eventsOf(id), { withinMs: 20_000 });
  const owner = await space.api.get<{ metadata: { uid: string } }>(`/apis/apps/v1/namespaces/${space.name}/statefulsets/store`);
  expect(events.map(({ involvedObject }) => involvedObject)).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ kind: 'Pod', name: 'store-1', uid: former }),
      expect.objectContaining({ kind: 'StatefulSet', name: 'store', uid: owner.metadata.uid }),
    ]),
  );
  for (const { reason, message } of events) {
    expect(reason).toBe('Remediated');
    expect(message).toContain(`run ${id} of rule node-down`);
  }
  const [asked, ...others] = (await deletionsIn(space)).filter(({ pod }) => pod === 'store-1');
  expect(asked).toMatchObject({ status: 200, user: `system:serviceaccount:${space.name}:remediad` });
  expect(asked?.userAgent).toMatch(new RegExp(`^remediad/\\S+ run=${id}$`));
  // A pod that ends is taken away by its node, which is played by the admin.
  expect(others.map(({ user, status }) => `${user} ${status}`)).toEqual(['admin 200']);
});

test('a rule that observes lets the API server prove the deletion, and the pod stays', async () => {
  const { remediad, space } = stage;
  const before = await uids();
  await space.kubelet.tell('store-2', { ready: false });
  await stage.alertmanager.post(stage.alert('store-2', 'NodeSlow'));

  const run = await remediad.ended('store-2', 60_000);

  expect(run).toMatchObject({
    state: 'observed',
    end: { would: 'effect' },
    effects: [{ result: 'would', message: 'the server accepts it' }],
  });
  expect(await stage.deletions('store-2')).toMatchObject([{ status: 200 }]);
  expect(await uids()).toEqual(before);
  expect((await space.pod('store-2'))?.metadata).not.toHaveProperty('deletionTimestamp');
});
