import { expect, test } from 'vitest';
import type { Edition } from '../../../src/core/edition.ts';
import { startEngine, type Engine } from '../../support/engine.ts';
import { eventually } from '../../support/eventually.ts';
import { startRedis } from '../../support/redis.ts';
import { startSandbox } from '../../support/sandbox.ts';
import { actionStep, ladder } from '../../unit/core/reduce/steps.ts';

/** Two rules find the same pod by different labels. What stands between them and it knows the pod, not how it was found. */

const NS = 'archivechain-prod';
const APP = 'archivechain-full-archive';
const POD = `${APP}-1`;
const timing = { verifyPollMs: 100, holdPollMs: 300, sweepEveryMs: 200, backoffMs: 100 };

const byName = ruleOf('by-name', { by: 'name', value: '${labels.pod}' });
const byClaim = ruleOf('by-claim', { by: 'claim_of', value: 'data-${labels.pod}' });
const labels = { alertname: 'ArchiveChainNodeDown', namespace: NS, pod: POD, app: APP };

function ruleOf(name: string, find: Edition['rule']['target']['find']): Edition {
  const edition = ladder([actionStep('restart')]);
  const { rule } = edition;
  const guards = { ...rule.guards, minAgeMs: 0, cooldownMs: 0, targetCooldownMs: 600_000 };
  const verify = { ...rule.verify, withinMs: 10_000, stableForMs: 300 };
  return { ...edition, rule: { ...rule, name, target: { ...rule.target, find }, guards, verify } };
}

const holds = (engine: Engine, id: string, reason: string) =>
  eventually(`${id} to hold (${reason})`, async () => (await engine.run(id)).hold?.reason === reason, { withinMs: 10_000 });

test('after one of them acted, the cooldown of the target holds the other', async () => {
  await using redis = await startRedis();
  await using sandbox = await startSandbox();
  await using engine = await startEngine({ socket: redis.socket, cluster: sandbox.cluster(), timing });
  const startsAt = Date.now();
  const first = await engine.fire(byName, labels);
  await eventually('the effect', async () => (await sandbox.admin.journal({ run: first })).length === 1, { withinMs: 10_000 });
  await engine.resolve(labels, startsAt);
  expect(await engine.ended(first)).toMatchObject({ state: 'succeeded' });

  const second = await engine.fire(byClaim, { ...labels, severity: 'critical' });

  await holds(engine, second, 'cooling-down');
  expect(await sandbox.admin.journal({ run: second })).toEqual([]);
});

test('an alert that comes up while the other is at work waits for its end, and is skipped where that healed it', async () => {
  await using redis = await startRedis();
  await using sandbox = await startSandbox();
  await using engine = await startEngine({ socket: redis.socket, cluster: sandbox.cluster(), timing });
  const startsAt = Date.now();
  const first = await engine.fire(byName, labels);
  await eventually('the effect', async () => (await sandbox.admin.journal({ run: first })).length === 1, { withinMs: 10_000 });
  const consequence = { ...labels, alertname: 'ArchiveChainLowPeers' };

  const second = await engine.fire(byClaim, consequence);

  await holds(engine, second, 'expected');
  await engine.resolve(labels, startsAt);
  await engine.resolve(consequence, startsAt);
  expect(await engine.ended(first)).toMatchObject({ state: 'succeeded' });
  expect(await engine.ended(second)).toMatchObject({ state: 'skipped', end: { reason: 'resolved' } });
  expect(await sandbox.admin.journal({ run: second })).toEqual([]);
});

test('a brake on the target holds them both', async () => {
  await using redis = await startRedis();
  await using sandbox = await startSandbox();
  await using engine = await startEngine({ socket: redis.socket, cluster: sandbox.cluster(), timing });
  const scope = `target:pod:${sandbox.cluster().name}/${NS}/${POD}`;
  await engine.store.setBrake({ scope, by: 'ada', why: 'a look', until: null });

  const runs = [await engine.fire(byName, labels), await engine.fire(byClaim, { ...labels, severity: 'critical' })];

  for (const id of runs) await holds(engine, id, 'paused');
  expect(await sandbox.admin.journal()).toEqual([]);
});
