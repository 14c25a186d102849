import fc from 'fast-check';
import { Redis } from 'ioredis';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { createStore, type Store } from '../../../src/adapters/store/index.ts';
import { chargesOf } from '../../../src/core/charges.ts';
import type { Budget } from '../../../src/core/edition.ts';
import { sampleRun } from '../../support/sample.ts';
import { beginRequest, claim, ended, firing, INSTALLATION, noRecord, slot, startRun, startStore, type StoreWorld } from './world.ts';

/** What bounds effects holds, however many ask at once and whenever they ask. */

const RUNS = 100;
const WORKERS = 4;
const world: StoreWorld = await startStore();
let store = world.store;
beforeEach(async () => {
  store = await world.reset();
});
afterAll(() => world[Symbol.asyncDispose]());

/** Connections of several daemons. */
async function withWorkers(use: (workers: readonly Store[]) => Promise<void>): Promise<void> {
  const connections = Array.from({ length: WORKERS }, () => new Redis({ path: world.server.socket }));
  const workers = connections.map((redis) => createStore({ redis, installation: INSTALLATION, timing: world.timing }));
  try {
    await use(workers);
  } finally {
    for (const worker of workers) await worker[Symbol.asyncDispose]();
    for (const redis of connections) redis.disconnect();
  }
}

async function startRuns(): Promise<string[]> {
  const alerts = Array.from({ length: RUNS }, (_, at) => firing(`f-${at}`, 1_000, slot(`s-${at}`)));
  return (await store.accept(alerts, [])).hints.map(({ run }) => run);
}

describe('of a hundred runs of four workers at once', () => {
  test.each([1, 7, 20])('a budget lets %i through', async (max) => {
    const runs = await startRuns();
    const budgets = [{ max, perMs: 3_600_000, scope: 'installation', key: 'installation|3600000' }] as const;
    await withWorkers(async (workers) => {
      const answers = await Promise.all(
        runs.map(async (run, at) => {
          const worker = workers[at % WORKERS] ?? store;
          const claimed = await claim(worker, run);
          return worker.begin(beginRequest(claimed, { touches: [run], subject: run, budgets }));
        }),
      );
      expect(answers.filter(({ kind }) => kind === 'go')).toHaveLength(max);
      expect(answers.filter(({ kind }) => kind === 'spent')).toHaveLength(RUNS - max);
    });
  });

  test('no more act than may, and all of them have their turn', async () => {
    const runs = await startRuns();
    const places = [{ key: 'in-flight:cluster:c', max: 3 }];
    let [acting, most] = [0, 0];
    const act = async (worker: Store, run: string): Promise<void> => {
      const claimed = await claim(worker, run);
      for (;;) {
        const answer = await worker.begin(beginRequest(claimed, { factsAt: await worker.now(), touches: [run], subject: run, places }));
        if (answer.kind === 'go') break;
        expect(answer.kind).toBe('full');
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      acting += 1;
      most = Math.max(most, acting);
      await worker.finish(run, claimed.epoch, '0/restart/1', 'done', { kind: 'done', output: {} });
      acting -= 1;
      expect((await worker.end(ended(claimed.run, 'succeeded'), claimed.epoch, claimed.events, noRecord, [])).kind).toBe('ok');
    };
    await withWorkers((workers) => Promise.all(runs.map((run, at) => act(workers[at % WORKERS] ?? store, run))).then(() => undefined));
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThanOrEqual(3);
    expect(await world.redis.exists(world.key('acting', 'in-flight:cluster:c'), world.key('wait', 'in-flight:cluster:c'))).toBe(0);
  });
});

test('no window of any length and place in time holds more than its budget: nothing bursts through at an edge', async () => {
  const windows = [
    { max: 3, perMs: 1_000, scope: 'rule', key: 'rule:r|1000' },
    { max: 5, perMs: 4_000, scope: 'rule', key: 'rule:r|4000' },
  ] as const;
  const pauses = fc.array(fc.constantFrom(0, 1, 330, 999, 1_000, 1_001, 2_500), { minLength: 10, maxLength: 25 });
  await fc.assert(
    fc.asyncProperty(pauses, async (all) => {
      store = await world.reset();
      let now = 1_700_000_000_000;
      const begun: number[] = [];
      for (const [at, pause] of all.entries()) {
        now += pause;
        await world.freeze(now);
        const claimed = await claim(store, await startRun(store, `s-${at}`));
        const answer = await store.begin(
          beginRequest(claimed, { factsAt: now, touches: [`l-${at}`], subject: `l-${at}`, budgets: windows }),
        );
        if (answer.kind === 'go') begun.push(now);
        if (answer.kind === 'spent') expect(answer.freesAt).toBeGreaterThan(now);
      }
      for (const { max, perMs } of windows) {
        for (const start of begun) expect(begun.filter((one) => one >= start && one < start + perMs).length).toBeLessThanOrEqual(max);
      }
    }),
    { numRuns: 40 },
  );
});

describe('a budget counts together what its scope says', () => {
  const run = sampleRun();
  const neighbour = sampleRun({
    target: { ...run.target, key: 'pod:main/archivechain-prod/node-2', find: { by: 'name', value: 'node-2' } },
    pinned: {
      uid: 'u-2',
      name: 'node-2',
      subject: 'pod:main/archivechain-prod/node-2',
      workload: 'statefulset:main/archivechain-prod/node',
    },
  });
  const otherWorkload = sampleRun({
    target: { ...run.target, key: 'pod:main/archivechain-prod/web-0' },
    pinned: { uid: 'u-3', name: 'web-0', subject: 'pod:main/archivechain-prod/web-0', workload: 'statefulset:main/archivechain-prod/web' },
  });
  const otherNamespace = { ...otherWorkload, target: { ...otherWorkload.target, namespace: 'shop' } };
  const otherRule = { ...otherNamespace, rule: 'another' };
  const otherCluster = { ...otherRule, target: { ...otherRule.target, cluster: 'east' } };

  /** The nearest run that is counted with the first, and the nearest that is not. */
  test.each([
    ['target', run, neighbour],
    ['workload', neighbour, otherWorkload],
    ['namespace', otherWorkload, { ...otherNamespace }],
    ['rule', otherNamespace, otherRule],
    ['cluster', otherRule, otherCluster],
    ['installation', otherCluster, null],
  ] as const)('%s', async (scope, together, apart) => {
    const budget: Budget = { max: 1, perMs: 60_000, scope };
    const installation: Budget = { max: 100, perMs: 1_000, scope: 'installation' };
    const begin = async (of: typeof run, name: string) => {
      const claimed = await claim(store, await startRun(store, name));
      const budgets = chargesOf(of, [budget], installation);
      return (await store.begin(beginRequest(claimed, { touches: [name], subject: name, budgets }))).kind;
    };
    expect(await begin(run, 'first')).toBe('go');
    expect(await begin(together, 'together')).toBe('spent');
    if (apart !== null) expect(await begin(apart, 'apart')).toBe('go');
  });
});
