import { expect, test } from 'vitest';
import { endClusterIncidents } from '../../../src/app/cluster-incidents.ts';
import { Sight } from '../../../src/app/sight.ts';
import { defaultBlindness } from '../../../src/config/defaults.ts';
import type { Edition } from '../../../src/core/edition.ts';
import { defaultTiming } from '../../../src/core/timing.ts';
import { clustersOf, startEngine } from '../../support/engine.ts';
import { eventually } from '../../support/eventually.ts';
import { processClock } from '../../support/log.ts';
import { startRedis } from '../../support/redis.ts';
import { samplePolicy } from '../../support/sample.ts';
import { startSandbox } from '../../support/sandbox.ts';
import { actionStep, ladder } from '../../unit/core/reduce/steps.ts';

/** Nobody sees the cluster: nothing is done, one human is told once, and all goes on when it is seen again. */

const NS = 'archivechain-prod';
const NODE = 'archivechain-full-archive';
const GATEWAY = 'archivechain-gateway';
const timing = { verifyPollMs: 100, holdPollMs: 300, sweepEveryMs: 200, backoffMs: 100, sightKeepMs: 100 };

function ruleOf(name: string, over: Partial<Edition['rule']['guards']> = {}): Edition {
  const edition = ladder([actionStep('restart')]);
  const { rule } = edition;
  const guards = { ...rule.guards, minAgeMs: 0, cooldownMs: 0, targetCooldownMs: 0, unknownGraceMs: 500, maxHoldMs: 1_000, ...over };
  return { ...edition, escalation: samplePolicy(), rule: { ...rule, name, guards } };
}

const labelsOf = (app: string) => ({ alertname: 'Down', namespace: NS, pod: `${app}-0`, app });
const anyTime = { times: null, weekdays: null, daysOfMonth: null, months: null, years: null, location: 'UTC' };
const muted = { windows: [{ kind: 'mute' as const, intervals: [{ name: 'always', spans: [anyTime] }] }] };

test('while the cluster does not answer, all runs hold, one incident tells of it, and it ends with the blindness', async () => {
  await using redis = await startRedis();
  await using sandbox = await startSandbox();
  const cluster = sandbox.cluster();
  const sight = new Sight({ metrics: null, limits: defaultBlindness, clock: processClock, timing: { ...defaultTiming, ...timing } });
  await using engine = await startEngine({ socket: redis.socket, cluster, timing, parts: { sight } });
  const { store } = engine;
  const clusters = clustersOf(cluster);
  const endOver = () => endClusterIncidents({ store, clusters, sight, wakeDelivery: () => undefined }, new AbortController().signal);
  const reasonOf = async (id: string) => (await engine.run(id)).hold?.reason;
  const fault = await sandbox.admin.breakApi({ kind: 'down' });

  const runs = [await engine.fire(ruleOf('node'), labelsOf(NODE)), await engine.fire(ruleOf('gateway'), labelsOf(GATEWAY))];
  const hushed = await engine.fire(ruleOf('muted', muted), { ...labelsOf(NODE), severity: 'muted' });
  const dry = await engine.fire(ruleOf('dry'), { ...labelsOf(NODE), severity: 'dry' }, 'observe');
  for (const id of [...runs, hushed, dry]) await eventually(`${id} to hold`, async () => (await reasonOf(id)) === 'blind');

  const attached = async () => (await store.incidents({ limit: 10 })).map(({ runs: of }) => of.toSorted());
  await eventually('both to be told of', async () => JSON.stringify(await attached()) === JSON.stringify([runs.toSorted()]));
  const [incident] = await store.incidents({ limit: 10 });
  expect(incident).toMatchObject({
    reason: 'blind',
    state: 'open',
    title: `P1 cluster ${cluster.name}: blind`,
    targets: [`cluster:${cluster.name}`],
  });
  const told = async () => (await store.incident(incident!.id))?.messages.map(({ event, receiver }) => `${event} ${receiver}`) ?? [];
  expect(await told()).toEqual(['trigger pagerduty-chain', 'trigger webhook']);
  await endOver();
  expect(await store.incidents({ state: 'open', limit: 10 })).toHaveLength(1);
  // Longer than max_hold: such a hold has no bound of its own.
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  for (const id of [...runs, hushed, dry]) expect(await reasonOf(id)).toBe('blind');
  expect(await attached()).toEqual([runs.toSorted()]);

  await sandbox.admin.lift(fault);

  const acted = async (id: string) => (await sandbox.admin.journal({ run: id })).length === 1;
  await eventually('the restart', () => acted(runs[0]!), { withinMs: 10_000 });
  await eventually('the muted one to be muted only', async () => (await reasonOf(hushed)) !== 'blind', { withinMs: 5_000 });
  await eventually('the other to hold for it no more', async () => (await reasonOf(runs[1]!)) !== 'blind', { withinMs: 5_000 });
  await endOver();
  expect(await store.incident(incident!.id)).toMatchObject({ incident: { state: 'resolved' } });
});
