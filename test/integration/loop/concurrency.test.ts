import { expect, test } from 'vitest';
import { NO_SHARED_LIMITS } from '../../../src/core/shared-limits.ts';
import { startEngine } from '../../support/engine.ts';
import { startRedis } from '../../support/redis.ts';
import { startSandbox } from '../../support/sandbox.ts';
import { fleet, heal, labelsOf, mostAtOnce, restarts } from './crowd.ts';

const RUNS = 100;
const AT_ONCE = 3;
const timing = { verifyPollMs: 50, holdPollMs: 4_000, sweepEveryMs: 100, backoffMs: 50 };

test(
  'of a hundred runs three act at a time, whichever of two workers has them, and all have their turn',
  { timeout: 120_000 },
  async () => {
    await using redis = await startRedis();
    await using sandbox = await startSandbox(fleet(RUNS));
    const limits = { ...NO_SHARED_LIMITS, maxInFlight: { installation: null, cluster: AT_ONCE } };
    const parts = { limits: () => limits };
    await using engine = await startEngine({ socket: redis.socket, cluster: sandbox.cluster(), timing, parts });
    await using _other = await startEngine({ socket: redis.socket, cluster: sandbox.cluster(), timing, parts });
    const edition = restarts();
    const startsAt = Date.now();
    const alerts = new Map<string, { labels: ReturnType<typeof labelsOf>; startsAt: number }>();
    for (let index = 0; index < RUNS; index += 1)
      alerts.set(await engine.fire(edition, labelsOf(index)), { labels: labelsOf(index), startsAt });

    const acted = await heal(engine, sandbox, alerts, 100_000);

    expect(acted.map(({ run }) => run.state)).toEqual(Array(RUNS).fill('succeeded'));
    expect(mostAtOnce(acted)).toBe(AT_ONCE);
  },
);
