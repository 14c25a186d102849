import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isEnded } from '../../../src/core/run.ts';
import { ruleOf } from '../../acceptance/chain.ts';
import { untilStopped } from '../../torture/process.ts';
import { startCluster, type ControlPlane } from '../control-plane.ts';
import { statefulSet } from '../objects.ts';
import { openStage, type Stage } from './stage.ts';

// The API server of this file is its own, so that it may stop and die.

const OUTAGE_MS = 20_000;

const parts = new AsyncDisposableStack();
let cluster: ControlPlane;
let stage: Stage;
beforeAll(async () => {
  cluster = parts.use(await startCluster());
  stage = parts.use(
    await openStage({
      place: cluster.place,
      workloads: ['verified', 'held', 'killed'].map((name) => statefulSet(name, 2)),
      // The outage takes its part of the time.
      rules: [ruleOf({ verify: { within: '2m', stable_for: '500ms' } })],
      timing: { performMs: 8_000, leaseMs: 30_000 },
    }),
  );
});
afterAll(() => parts.disposeAsync());

test('while the API server does not answer, nothing succeeds and nothing is begun; afterwards all goes on by itself', async () => {
  const { remediad, space } = stage;
  const acted = await stage.takeDown('verified-0');
  await space.kubelet.tell('held-0', { ready: false });
  const untouched = await stage.uidOf('held-0');
  await remediad.runWhere('has acted', 'verified-0', ({ effects }) => effects.some(({ result }) => result === 'done'), 60_000);
  await space.ready(5);
  await cluster.apiServer.pause();
  try {
    await stage.alertmanager.resolve(stage.alert('verified-0'));
    await stage.alertmanager.post(stage.alert('held-0'));
    const until = performance.now() + OUTAGE_MS;
    // The first fact that a guard asks for: whether the namespace is paused.
    await remediad.runWhere('holds', 'held-0', ({ hold }) => hold?.reason === 'unknown-namespace', OUTAGE_MS);
    while (performance.now() < until) {
      const runs = await remediad.runs();
      expect(runs.filter(({ state }) => isEnded(state))).toEqual([]);
      expect(runs.flatMap(({ effects }) => effects)).toHaveLength(1);
      await sleep(500);
    }
  } finally {
    cluster.apiServer.resume();
  }

  expect(await remediad.ended('verified-0', 60_000)).toMatchObject({ state: 'succeeded', effects: [{ result: 'done', uid: acted }] });
  await stage.comeBack('held-0', untouched);
  expect(await remediad.ended('held-0', 60_000)).toMatchObject({ state: 'succeeded', effects: [{ result: 'done', uid: untouched }] });
  expect((await stage.deletions()).map(({ pod, status }) => `${pod} ${status}`)).toEqual(['verified-0 200', 'held-0 200']);
});

test('an API server that is killed right before the call gets it when it is back, once, and the run succeeds', async () => {
  const { remediad } = stage;
  await remediad.restart({ REMEDIAD_FAIL_POINT: 'perform.before:stop' });
  const uid = await stage.takeDown('killed-0');
  await untilStopped(remediad.process, 60_000);
  await cluster.apiServer.kill();
  remediad.process.signal('SIGCONT');
  // Whether it left over a connection that was dead already cannot be told in every case.
  await remediad.runWhere('gets no answer', 'killed-0', ({ state }) => state === 'holding' || state === 'reconciling', 60_000);
  await cluster.restartApiServer();
  await stage.comeBack('killed-0', uid);

  const run = await remediad.ended('killed-0', 60_000);

  expect(run).toMatchObject({ state: 'succeeded' });
  expect(run.effects.at(-1)).toMatchObject({ result: 'done', uid });
  expect(run.effects.slice(0, -1).map(({ result }) => result)).not.toContain('done');
  expect(await stage.deletions('killed-0')).toMatchObject([{ status: 200 }]);
});
