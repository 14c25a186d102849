import { expect, test } from 'vitest';
import { endClusterIncidents } from '../../../src/app/cluster-incidents.ts';
import type { Run } from '../../../src/core/run.ts';
import { NO_SHARED_LIMITS, type SharedLimits } from '../../../src/core/shared-limits.ts';
import { clustersOf, startEngine, type Engine } from '../../support/engine.ts';
import { eventually } from '../../support/eventually.ts';
import { startRedis } from '../../support/redis.ts';
import { startSandbox } from '../../support/sandbox.ts';
import { fleet, heal, labelsOf, mostAtOnce, restarts } from './crowd.ts';

/** Many runs are held together, and let go at once. */

const timing = { verifyPollMs: 50, holdPollMs: 2_000, sweepEveryMs: 100, backoffMs: 50 };
const limits: SharedLimits = { ...NO_SHARED_LIMITS, maxInFlight: { installation: null, cluster: 2 } };
const STORM = { enter: 6, leave: 2, withinMs: 4_000, cooldownMs: 4_000 };
/** Half of it is less than the runs need: they have to wait for it, and nobody is woken. */
const budget = { max: 14, perMs: 2_000, scope: 'installation' } as const;

/** Priorities that run against the order of age. */
const labelled = (count: number) => Array.from({ length: count }, (_, at) => labelsOf(at, { priority: `P${3 - (at % 3)}` }));

async function accepted(engine: Engine, all: readonly ReturnType<typeof labelsOf>[]) {
  const startsAt = Date.now();
  const ids = await engine.fireAll(restarts(), all);
  return new Map(ids.map((id, at) => [id, { labels: all[at] ?? {}, startsAt }]));
}

const holding = async (engine: Engine, reason: string, count: number) =>
  eventually(
    `${count} runs to hold (${reason})`,
    async () =>
      (await engine.store.runs({ states: ['holding'], limit: 100 })).filter(({ hold }) => hold?.reason === reason).length === count,
    { withinMs: 20_000 },
  );

/** Highest priority first, then oldest. One that was let go may be overtaken by the next ones until its worker takes it up. */
function expectInOrder(acted: readonly { readonly run: Run }[], side: number): void {
  const rank = ({ priority, id }: Run) => Number(priority.slice(1)) * 1e6 + Number.parseInt(id.slice(2), 16);
  const right = acted.map(({ run }) => run.id).toSorted((a, b) => rankOf(a) - rankOf(b));
  function rankOf(id: string): number {
    const found = acted.find(({ run }) => run.id === id);
    return found === undefined ? 0 : rank(found.run);
  }
  for (const [at, { run }] of acted.entries()) expect(Math.abs(right.indexOf(run.id) - at), run.id).toBeLessThan(2 * side);
}

test(
  'twenty targets at once: nothing is done and one human is woken; then they go on a few at a time, in order',
  { timeout: 120_000 },
  async () => {
    await using redis = await startRedis();
    await using sandbox = await startSandbox(fleet(20));
    const parts = { limits: () => ({ ...limits, budget, storm: STORM }) };
    await using engine = await startEngine({ socket: redis.socket, cluster: sandbox.cluster(), timing, parts });
    await using _other = await startEngine({ socket: redis.socket, cluster: sandbox.cluster(), timing, parts });

    const alerts = await accepted(engine, labelled(20));
    await holding(engine, 'storm', 20);
    expect(await sandbox.admin.journal()).toEqual([]);
    const incidents = await engine.store.incidents({ limit: 10 });
    expect(incidents).toMatchObject([{ key: 'storm|sandbox|chain-oncall', state: 'open', reason: 'storm' }]);
    expect((await engine.store.incident(incidents[0]?.id ?? ''))?.messages).toHaveLength(2);
    expect(incidents[0]?.runs).toHaveLength(20);

    // What heals by itself meanwhile is not acted upon.
    const [first] = alerts;
    if (first === undefined) return expect.unreachable('no run');
    await engine.resolve(first[1].labels, first[1].startsAt);
    const acted = await heal(engine, sandbox, alerts, 90_000);

    expect((await engine.run(first[0])).end?.reason).toBe('resolved');
    expect(acted.map(({ run }) => run.state)).toEqual(Array(19).fill('succeeded'));
    expect(mostAtOnce(acted)).toBe(2);
    expectInOrder(acted, 2);
    const over = { store: engine.store, clusters: clustersOf(sandbox.cluster()), sight: { sees: () => Promise.resolve(true) } };
    await endClusterIncidents({ ...over, wakeDelivery: () => undefined }, new AbortController().signal);
    expect(await engine.store.incidents({ limit: 10 })).toMatchObject([{ id: incidents[0]?.id, state: 'resolved' }]);
  },
);

test('what a brake held goes on a few at a time, in order', { timeout: 60_000 }, async () => {
  await using redis = await startRedis();
  await using sandbox = await startSandbox(fleet(8));
  const parts = { limits: () => limits };
  await using engine = await startEngine({ socket: redis.socket, cluster: sandbox.cluster(), timing, parts });
  await engine.store.setBrake({ scope: 'all', by: 'ada', why: 'a look', until: null });

  const alerts = await accepted(engine, labelled(8));
  await holding(engine, 'paused', 8);
  await engine.store.liftBrake('all', 'ada');
  const acted = await heal(engine, sandbox, alerts, 40_000);

  expect(acted.map(({ run }) => run.state)).toEqual(Array(8).fill('succeeded'));
  expect(mostAtOnce(acted)).toBe(2);
  expectInOrder(acted, 2);
});
