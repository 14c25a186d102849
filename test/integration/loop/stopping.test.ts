import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { Edition } from '../../../src/core/edition.ts';
import type { FailPoint } from '../../../src/core/fail-point.ts';
import { startEngine } from '../../support/engine.ts';
import { eventually } from '../../support/eventually.ts';
import { startRedis } from '../../support/redis.ts';
import { startSandbox } from '../../support/sandbox.ts';
import { actionStep, ladder } from '../../unit/core/reduce/steps.ts';

/** A daemon that was told to end has its grace for the calls at work, not for new ones. */

const NS = 'archivechain-prod';
const APP = 'archivechain-full-archive';
const labels = { alertname: 'ArchiveChainNodeDown', namespace: NS, pod: `${APP}-1`, app: APP };
const timing = { verifyPollMs: 100, holdPollMs: 300, sweepEveryMs: 100, sweepPushMs: 300, backoffMs: 50, backoffMaxMs: 50 };

function restart(): Edition {
  const edition = ladder([actionStep('restart')]);
  return { ...edition, rule: { ...edition.rule, guards: { ...edition.rule.guards, minAgeMs: 0 } } };
}

test('a run that is at its facts when the daemon is told to end begins nothing, and its successor acts', async () => {
  await using redis = await startRedis();
  await using sandbox = await startSandbox();
  let told = false;
  let looks = 0;
  const failPoint = (point: FailPoint) => {
    looks += point === 'facts.after' ? 1 : 0;
    told ||= looks === 2;
    return Promise.resolve();
  };
  await using engine = await startEngine({
    socket: redis.socket,
    cluster: sandbox.cluster(),
    timing,
    parts: { failPoint, stopping: () => told && looks === 2 },
  });

  const id = await engine.fire(restart(), labels);

  await eventually('the run to be told', () => told, { withinMs: 10_000 });
  await sleep(1_000);
  expect(await sandbox.admin.journal()).toEqual([]);
  expect(await engine.run(id)).toMatchObject({ state: 'running', effects: [] });
  looks = 3;
  await eventually('the effect', async () => (await sandbox.admin.journal({ run: id })).length === 1, { withinMs: 10_000 });
});

test('a result that the store does not take keeps a daemon only until the end of its grace', async () => {
  await using redis = await startRedis();
  await using sandbox = await startSandbox();
  let told = false;
  const failPoint = (point: FailPoint) => {
    if (point === 'finish.before' && !told) {
      told = true;
      redis.pause();
    }
    return Promise.resolve();
  };
  await using engine = await startEngine({
    socket: redis.socket,
    cluster: sandbox.cluster(),
    timing: { ...timing, intakeMs: 200 },
    parts: { failPoint, stopping: () => told },
  });
  const tries = () => engine.log.lines.filter(({ message }) => message === 'result not recorded yet, trying again').length;
  await engine.fire(restart(), labels);
  await eventually('the result to be refused', () => tries() > 1, { withinMs: 10_000 });

  await engine.worker.stop(200);

  const left = tries();
  await sleep(1_500);
  expect(tries() - left).toBeLessThanOrEqual(1);
  redis.resume();
});
