import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ruleOf } from '../../acceptance/chain.ts';
import { isReady } from '../objects.ts';
import { openStage, type Stage } from './stage.ts';

const EVERY_MS = 200;

let stage: Stage;
beforeAll(async () => {
  stage = await openStage({
    daemons: 2,
    rules: [ruleOf({ matchers: ['alertname="NodeSlow"'] })],
    // Away for several samples.
    fate: (_, incarnation) => (incarnation === 1 ? {} : { readyMs: 3_000, terminateMs: 200 }),
    // Alerts of one name come in one webhook.
    route: { group_by: ['alertname'], group_wait: '1s' },
  });
});
afterAll(() => stage[Symbol.asyncDispose]());

/** Asks the API server which pods are ready, again and again until told to end. */
async function sampleReady(over: AbortSignal): Promise<string[][]> {
  const samples: string[][] = [];
  while (!over.aborted) {
    samples.push((await stage.space.pods()).filter(isReady).map(({ metadata }) => metadata.name));
    await sleep(EVERY_MS);
  }
  return samples;
}

test('of two pods that one webhook tells two replicas of, one is restarted after the other: two of three are ready all the time', async () => {
  const { alertmanager, remediad, daemons } = stage;
  const over = new AbortController();
  const sampling = sampleReady(over.signal);
  const pods = ['store-0', 'store-1'];
  const former = new Map(await Promise.all(pods.map(async (pod) => [pod, await stage.uidOf(pod)] as const)));
  const alerts = pods.map((pod) => stage.alert(pod, 'NodeSlow'));
  await alertmanager.post(...alerts);
  // Each alert resolves when its own pod is well again, as Prometheus would have it.
  await Promise.all(pods.map((pod) => stage.comeBack(pod, former.get(pod) ?? '', 'NodeSlow')));

  const runs = await Promise.all(pods.map((pod) => remediad.ended(pod, 60_000)));
  over.abort();
  const samples = await sampling;

  expect(Math.min(...samples.map((ready) => ready.length)), JSON.stringify(samples)).toBe(2);
  for (const pod of pods)
    expect(samples.filter((ready) => !ready.includes(pod)).length, `samples without ${pod}`).toBeGreaterThanOrEqual(5);
  expect(runs).toMatchObject([{ state: 'succeeded' }, { state: 'succeeded' }]);
  expect(new Set(runs.map(({ acceptedAt }) => acceptedAt)).size, 'both came in one webhook').toBe(1);
  const [first, second] = runs.toSorted((a, b) => (a.effects[0]?.at ?? 0) - (b.effects[0]?.at ?? 0));
  expect(second?.effects[0]?.at).toBeGreaterThanOrEqual(first?.end?.at ?? Number.POSITIVE_INFINITY);
  const holds = second?.audit.filter(({ kind, data }) => kind === 'state' && data['to'] === 'holding').map(({ data }) => data['reason']);
  expect(holds).toContain('expected');
  expect((await stage.deletions()).map(({ pod, status }) => `${pod} ${status}`).toSorted()).toEqual(['store-0 200', 'store-1 200']);
  for (const daemon of daemons) expect(await daemon.metric('remediad_webhooks_total{code="200"}')).toBeGreaterThanOrEqual(1);
});
