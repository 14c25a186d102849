import { expect, test } from 'vitest';
import { isEnded } from '../../../src/core/run.ts';
import { actionStep, checkStep } from '../../unit/core/reduce/steps.ts';
import { editionOf } from '../fleet.ts';
import { Scene } from './support.ts';

test('F16: a step that kills every worker is given up after ten claims, and a human hears of it', async () => {
  await using scene = await Scene.open();
  const id = await scene.fire({ edition: editionOf([checkStep('poison'), actionStep('restart')]) });
  let deaths = 0;
  /** As whoever looks after the process does: when one has died, another is started. */
  const lives = async (): Promise<void> => {
    while (!isEnded((await scene.run(id)).state)) {
      const worker = await scene.worker('step.poison:kill', { leaseMs: 600 });
      while (worker.ended === null && !isEnded((await scene.run(id)).state)) await new Promise((resolve) => setTimeout(resolve, 20));
      if (worker.ended === 'SIGKILL') deaths += 1;
    }
  };
  await Promise.all([lives(), lives()]);

  // A worker that was too slow for its short lease commits what it has, and the count begins anew.
  expect(deaths).toBeGreaterThanOrEqual(10);
  const run = await scene.run(id);
  expect(run).toMatchObject({ state: 'escalated', acted: false, end: { reason: 'crash-loop', detail: '10 claims without a commit' } });
  const [incident, ...others] = await scene.world.store.incidents({ limit: 10 });
  expect(others).toEqual([]);
  expect(incident).toMatchObject({ state: 'open', reason: 'crash-loop', runs: [id] });
  const told = await scene.world.store.incident(incident?.id ?? '');
  expect(told?.messages).toMatchObject([
    { receiver: 'pagerduty-chain', event: 'trigger' },
    { receiver: 'webhook', event: 'trigger' },
  ]);
  expect(await scene.world.sandbox.admin.journal()).toEqual([]);
  await scene.nothingLeft();
});
