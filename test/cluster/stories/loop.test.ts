import { afterAll, beforeAll, expect, test } from 'vitest';
import { openGuards, ruleOf } from '../../acceptance/chain.ts';
import { eventually } from '../../support/eventually.ts';
import { deployment } from '../objects.ts';
import { openStage, QUICK, type Stage } from './stage.ts';

let stage: Stage;
beforeAll(async () => {
  // Whatever comes after the first two pods is never ready.
  const made = new Set<string>();
  stage = await openStage({
    workloads: [deployment('front', 2)],
    fate: (pod) => (made.add(pod).size > 2 ? { ...QUICK, readyMs: null } : QUICK),
    rules: [
      ruleOf({
        verify: { within: '2s', stable_for: '500ms' },
        ladder_memory: '0s',
        guards: { ...openGuards, loop: { max_ineffective: 2, within: '1h' } },
      }),
    ],
  });
});
afterAll(() => stage[Symbol.asyncDispose]());

async function downAgain(former: readonly string[]): Promise<string> {
  const fresh = async () =>
    (await stage.space.pods()).find(({ metadata }) => !former.includes(metadata.name) && metadata.deletionTimestamp === undefined);
  return (await eventually('a successor', fresh, { withinMs: 20_000 })).metadata.name;
}

test('a pod of a Deployment that was restarted twice in vain is left to a human the third time, although its name changed each time', async () => {
  const { space, remediad, alertmanager } = stage;
  const [first = '', healthy = ''] = (await space.pods()).map(({ metadata }) => metadata.name);
  const names = [first];
  await stage.takeDown(first);
  const runs = [await remediad.ended(first, 60_000)];
  for (const _ of ['second', 'third']) {
    // The series of the former pod is gone, and that of its successor fires.
    const former = names.at(-1) ?? '';
    await alertmanager.resolve(stage.alert(former));
    const next = await downAgain([...names, healthy]);
    names.push(next);
    await alertmanager.post(stage.alert(next));
    runs.push(await remediad.ended(next, 60_000));
  }

  expect(new Set(names).size).toBe(3);
  const [one, two, three] = runs;
  expect(one).toMatchObject({ state: 'escalated', acted: true, end: { reason: 'ladder-end' } });
  expect(two).toMatchObject({ state: 'escalated', acted: true, end: { reason: 'ladder-end' } });
  expect(three).toMatchObject({ state: 'escalated', acted: false, effects: [], end: { reason: 'not-helping' } });
  expect(three?.end?.detail).toContain(`2 runs without success in 1h: ${one?.id}, ${two?.id}`);
  expect((await stage.deletions()).map(({ pod, status }) => ({ pod, status }))).toEqual(
    names.slice(0, 2).map((pod) => ({ pod, status: 200 })),
  );
  expect(await space.pod(names[2] ?? '')).not.toBeNull();
});
