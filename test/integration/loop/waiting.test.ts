import { expect, test } from 'vitest';
import type { Edition } from '../../../src/core/edition.ts';
import { startEngine, type Engine } from '../../support/engine.ts';
import { eventually } from '../../support/eventually.ts';
import { startRedis } from '../../support/redis.ts';
import { startSandbox } from '../../support/sandbox.ts';
import { actionStep, ladder } from '../../unit/core/reduce/steps.ts';

/** What held a run is gone: it goes on then, not at its next look, which here is an hour away. */

const NS = 'archivechain-prod';
const NODE = 'archivechain-full-archive';
const labelsOf = (pod: string) => ({ alertname: 'ArchiveChainNodeDown', namespace: NS, pod, app: NODE });
const timing = { verifyPollMs: 100, holdPollMs: 3_600_000, sweepEveryMs: 200, backoffMs: 100 };

function quick(edition: Edition): Edition {
  const { rule } = edition;
  const guards = { ...rule.guards, minAgeMs: 0, cooldownMs: 0, targetCooldownMs: 0, maxHoldMs: 7_200_000 };
  return { ...edition, rule: { ...rule, guards, verify: { ...rule.verify, withinMs: 20_000, stableForMs: 1_000 } } };
}

const holds = (engine: Engine, id: string, reason: string) =>
  eventually(`${id} to hold (${reason})`, async () => (await engine.run(id)).hold?.reason === reason, { withinMs: 10_000 });

test('a run that waits for another on its workload goes on when that ends, and looks only once meanwhile', async () => {
  await using redis = await startRedis();
  await using sandbox = await startSandbox();
  await using engine = await startEngine({ socket: redis.socket, cluster: sandbox.cluster(), timing });
  const edition = quick(ladder([actionStep('restart')]));
  const startsAt = Date.now();
  const first = await engine.fire(edition, labelsOf(`${NODE}-1`));
  await eventually('the first effect', async () => (await sandbox.admin.journal({ run: first })).length === 1);

  const second = await engine.fire(edition, labelsOf(`${NODE}-2`));
  await holds(engine, second, 'expected');
  const held = (await engine.store.run(second))?.version ?? 0;
  await engine.resolve(labelsOf(`${NODE}-1`), startsAt);
  await engine.ended(first);

  await eventually('the second effect', async () => (await sandbox.admin.journal({ run: second })).length === 1, { withinMs: 10_000 });
  expect(((await engine.store.run(second))?.version ?? 0) - held).toBeLessThan(20);
});

test('a run that a brake holds goes on when it is lifted', async () => {
  await using redis = await startRedis();
  await using sandbox = await startSandbox();
  await using engine = await startEngine({ socket: redis.socket, cluster: sandbox.cluster(), timing });
  await engine.store.setBrake({ scope: 'all', by: 'ada', why: 'a look', until: null });
  const id = await engine.fire(quick(ladder([actionStep('restart')])), labelsOf(`${NODE}-1`));
  await holds(engine, id, 'paused');

  await engine.store.liftBrake('all', 'ada');

  await eventually('the effect', async () => (await sandbox.admin.journal({ run: id })).length === 1, { withinMs: 10_000 });
});
