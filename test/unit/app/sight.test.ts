import { beforeEach, describe, expect, test } from 'vitest';
import { Sight } from '../../../src/app/sight.ts';
import { ClusterError, type Cluster, type Metrics } from '../../../src/core/ports.ts';

const limits = { maxMissingPercent: 50, minTargets: 5, withinMs: 3_600_000 };
const asked: string[] = [];
let time = 0;
beforeEach(() => {
  asked.length = 0;
  time = 0;
});

const never = () => new Promise<never>(() => undefined);
const failing = (kind: ClusterError['kind']) => () => Promise.reject(new ClusterError(kind, `it is ${kind}`));

function clusterOf(getNamespace: () => Promise<null> = () => Promise.resolve(null)): Cluster {
  const counted: Cluster['getNamespace'] = () => {
    asked.push('cluster');
    return getNamespace();
  };
  const cluster: Partial<Cluster> = { name: 'main', getNamespace: counted };
  return cluster as Cluster;
}

const counts = (values: Readonly<Record<string, number>>): Metrics => ({
  query: (promql) => {
    asked.push(promql);
    return Promise.resolve(Object.entries(values).map(([count, value]) => ({ labels: { count }, value })));
  },
});

const sightOf = (metrics: Metrics | null) =>
  new Sight({ metrics, limits, clock: { monotonic: () => time }, timing: { sightMs: 50, sightKeepMs: 2_000 } });

test('the targets of Prometheus are counted against the most that there were', async () => {
  const { maxMissingPercent, minTargets } = limits;
  const fact = await sightOf(counts({ up: 3, now: 8, most: 12 })).of(clusterOf());
  expect(fact).toEqual({ api: null, prometheus: { up: 3, most: 12, maxMissingPercent, minTargets } });
  const grown = await sightOf(counts({ up: 13, now: 13, most: 12 })).of(clusterOf());
  expect(grown.prometheus).toMatchObject({ up: 13, most: 13 });
  expect((await sightOf(counts({})).of(clusterOf())).prometheus).toMatchObject({ up: 0, most: 0 });
});

test('without a Prometheus there is nothing to count', async () => {
  expect(await sightOf(null).of(clusterOf())).toEqual({ api: null, prometheus: null });
});

describe('what gives no answer sees nothing', () => {
  test.each(['unreachable', 'timeout', 'unauthenticated', 'invalid', 'overloaded'] as const)('a cluster: %s', async (kind) => {
    const sight = sightOf(null);
    expect(await sight.of(clusterOf(failing(kind)))).toEqual({ api: `it is ${kind}`, prometheus: null });
    expect(await sight.sees(clusterOf())).toBe(false);
  });

  test('but one that only does not let us look there does answer', async () => {
    expect(await sightOf(null).sees(clusterOf(failing('forbidden')))).toBe(true);
  });

  test('a Prometheus', async () => {
    const { prometheus } = await sightOf({ query: failing('unreachable') }).of(clusterOf());
    expect(prometheus).toEqual({ silent: 'it is unreachable' });
  });

  test('nor does what hangs, and it hangs nobody', async () => {
    const hanging = { query: never };
    expect(await sightOf(hanging).of(clusterOf(never))).toEqual({
      api: 'no answer within 50 ms',
      prometheus: { silent: 'no answer within 50 ms' },
    });
  });
});

test('runs that decide at the same time ask once, and later ones anew', async () => {
  const sight = sightOf(counts({ up: 9, now: 9, most: 9 }));
  const cluster = clusterOf();
  await Promise.all([sight.of(cluster), sight.of(cluster)]);
  time = 1_999;
  await sight.of(cluster);
  expect(asked).toHaveLength(2);
  time = 2_000;
  expect(await sight.sees(cluster)).toBe(true);
  expect(asked).toHaveLength(4);
});
