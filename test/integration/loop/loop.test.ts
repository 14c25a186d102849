import { expect, test } from 'vitest';
import type { Edition, GuardPolicy, Mode } from '../../../src/core/edition.ts';
import { startEngine } from '../../support/engine.ts';
import { eventually } from '../../support/eventually.ts';
import { startRedis } from '../../support/redis.ts';
import { startSandbox } from '../../support/sandbox.ts';
import { actionStep, checkStep, ladder, waitStep } from '../../unit/core/reduce/steps.ts';

const NS = 'archivechain-prod';
const labels = { alertname: 'ArchiveChainNodeDown', namespace: NS, pod: 'archivechain-full-archive-1', app: 'archivechain-full-archive' };

/** Short times: the guards' own are for production. */
function quick(edition: Edition): Edition {
  const { rule } = edition;
  const guards = { ...rule.guards, minAgeMs: 0, cooldownMs: 1_000, targetCooldownMs: 0 };
  return { ...edition, rule: { ...rule, guards, verify: { ...rule.verify, withinMs: 10_000, stableForMs: 500 } } };
}

const verifiedWithin = (withinMs: number, edition: Edition): Edition => ({
  ...edition,
  rule: { ...edition.rule, verify: { ...edition.rule.verify, withinMs } },
});

const timing = { verifyPollMs: 100, holdPollMs: 300, sweepEveryMs: 200, backoffMs: 100 };

test('an alert fires, the pod is restarted once, and the run ends verified', async () => {
  await using redis = await startRedis();
  await using sandbox = await startSandbox();
  await sandbox.admin.breakPod(NS, 'archivechain-full-archive-1', { kind: 'not-ready', until: 'deleted' });
  await using engine = await startEngine({ socket: redis.socket, cluster: sandbox.cluster(), timing });
  const edition = quick(ladder([checkStep('health'), actionStep('restart', { if: '!steps.health.ok' })]));

  const startsAt = Date.now();
  const id = await engine.fire(edition, labels);
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  await engine.resolve(labels, startsAt);
  const run = await engine.ended(id);

  expect(run.state, JSON.stringify(run.end)).toBe('succeeded');
  const journal = await sandbox.admin.journal({ run: id });
  expect(journal).toHaveLength(1);
  expect(run.effects.map(({ id: effect, result }) => [effect, result])).toEqual([['0/restart/1', 'done']]);
});

test('a dry run has no effect and ends observed with what it would have done', async () => {
  await using redis = await startRedis();
  await using sandbox = await startSandbox();
  await sandbox.admin.breakPod(NS, 'archivechain-full-archive-1', { kind: 'not-ready', until: 'deleted' });
  const observe = { permission: () => ({ ruleExists: true, mode: 'observe' as const, guards: null, rungs: null }) };
  await using engine = await startEngine({ socket: redis.socket, cluster: sandbox.cluster(), timing, parts: { inForce: observe } });

  const run = await engine.ended(await engine.fire(quick(ladder([actionStep('restart')])), labels, 'observe'));

  expect(run.state).toBe('observed');
  expect(run.end).toMatchObject({ would: 'effect' });
  expect(await sandbox.admin.journal()).toEqual([]);
});

test('a rung switched to observe stops what runs at its next effect', async () => {
  await using redis = await startRedis();
  await using sandbox = await startSandbox();
  await sandbox.admin.breakPod(NS, 'archivechain-full-archive-1', { kind: 'not-ready', until: 'deleted' });
  let mode: Mode = 'act';
  const edition = verifiedWithin(1_500, quick(ladder([actionStep('restart'), waitStep('pause', 2_000), actionStep('again')])));
  const merged = {
    permission: () => ({
      ruleExists: true,
      mode: 'act' as const,
      guards: null,
      rungs: edition.ladder.map(({ remediation }) => ({ remediation, mode })),
    }),
  };
  await using engine = await startEngine({ socket: redis.socket, cluster: sandbox.cluster(), timing, parts: { inForce: merged } });

  const id = await engine.fire(edition, labels);
  await eventually('the first effect', async () => (await sandbox.admin.journal({ run: id })).length === 1);
  mode = 'observe';
  const run = await engine.ended(id);

  expect(run.effects.map(({ id: effect, result }) => [effect, result])).toEqual([['0/restart/1', 'done']]);
  expect(run.verdicts.find(({ guard }) => guard === 'mode')).toMatchObject({ reason: 'observe-only' });
  expect(await sandbox.admin.journal({ run: id })).toHaveLength(1);
});

test('a max_hold that is shortened bounds what already holds', async () => {
  await using redis = await startRedis();
  await using sandbox = await startSandbox();
  const { rule, ...rest } = quick(ladder([actionStep('restart')]));
  let guards: GuardPolicy = { ...rule.guards, minHealthy: { count: 99 } };
  const edition = { ...rest, rule: { ...rule, guards } };
  const merged = { permission: () => ({ ruleExists: true, mode: 'act' as const, guards, rungs: null }) };
  await using engine = await startEngine({ socket: redis.socket, cluster: sandbox.cluster(), timing, parts: { inForce: merged } });

  const id = await engine.fire(edition, labels);
  await eventually('the hold', async () => (await engine.run(id)).hold?.reason === 'too-few-healthy');
  guards = { ...guards, maxHoldMs: 1_000 };
  const run = await engine.ended(id, 10_000);

  expect(run.end).toMatchObject({ reason: 'held-too-long', detail: expect.stringMatching(/^too-few-healthy: /) as string });
});

test('a ladder that does not help ends with an incident', async () => {
  await using redis = await startRedis();
  await using sandbox = await startSandbox();
  await sandbox.admin.breakPod(NS, 'archivechain-full-archive-1', { kind: 'not-ready', until: 'forever' });
  await using engine = await startEngine({ socket: redis.socket, cluster: sandbox.cluster(), timing });
  const edition = verifiedWithin(1_500, quick(ladder([actionStep('restart')], [actionStep('again')])));

  const run = await engine.ended(await engine.fire(edition, labels));

  expect(run.state).toBe('escalated');
  expect(run.end?.reason).toBe('ladder-end');
  expect(run.tried.map(({ outcome }) => outcome)).toEqual(['ineffective', 'ineffective']);
  expect(await engine.store.incidents({ limit: 10 })).toHaveLength(1);
  expect(await sandbox.admin.journal({ run: run.id })).toHaveLength(2);
});

test('a more urgent alert that joins makes the run, and who is woken for it, as urgent', async () => {
  await using redis = await startRedis();
  await using sandbox = await startSandbox();
  await sandbox.admin.breakPod(NS, 'archivechain-full-archive-1', { kind: 'not-ready', until: 'forever' });
  await using engine = await startEngine({ socket: redis.socket, cluster: sandbox.cluster(), timing });
  const { rule, ...rest } = verifiedWithin(1_500, quick(ladder([actionStep('restart')])));
  const edition = { ...rest, rule: { ...rule, priority: null } };

  const id = await engine.fire(edition, { ...labels, priority: 'P3' });
  await eventually('the effect', async () => (await sandbox.admin.journal({ run: id })).length === 1);
  expect((await engine.run(id)).priority).toBe('P3');
  expect(await engine.fire(edition, { ...labels, alertname: 'ArchiveChainHalted', priority: 'P0' })).toBe(id);
  const run = await engine.ended(id);

  expect(run).toMatchObject({ state: 'escalated', priority: 'P0' });
  expect(await engine.store.incidents({ limit: 10 })).toMatchObject([{ priority: 'P0', title: expect.stringMatching(/^P0 /) as string }]);
});
