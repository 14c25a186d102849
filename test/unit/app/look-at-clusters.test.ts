import { expect, test } from 'vitest';
import { lookAtClusters } from '../../../src/app/look-at-clusters.ts';
import { ClusterError, type Cluster } from '../../../src/core/ports.ts';
import { quietLog } from '../../../src/core/quiet.ts';
import { handClock, recordingLog } from '../../support/log.ts';

/** How often one cluster that answers so is looked at, what was told of it, and what the log says of it. */
async function look(answer: () => Promise<null>, times = 1, signal = new AbortController().signal) {
  const [log, clock] = [recordingLog(), handClock()];
  const told: boolean[] = [];
  const clusters = { defaultName: null, get: () => ({ getNamespace: answer }) as Partial<Cluster> as Cluster };
  const telemetry = { clusterUp: (_: string, up: boolean) => void told.push(up) };
  const deps = { clusters, names: ['prod'], readMs: 1_000, telemetry, log: quietLog(log, clock, 600_000) };
  for (let time = 0; time < times; time += 1) {
    await lookAtClusters(deps, signal);
    clock.advance(15_000);
  }
  return { told, said: log.lines.map(({ fields, message }) => ({ ...fields, message })) };
}

const fails = (kind: ClusterError['kind']) => () => Promise.reject(new ClusterError(kind, `said ${kind}`));

test('a cluster that answers is up', async () => {
  expect(await look(() => Promise.resolve(null))).toEqual({ told: [true], said: [] });
});

test('one that does not let us read what we ask for answers too', async () => {
  expect(await look(fails('forbidden'))).toEqual({ told: [true], said: [] });
});

test.each(['unreachable', 'timeout', 'unauthenticated'] as const)(
  'one that is %s is down, and the log says why, not each time',
  async (kind) => {
    expect(await look(fails(kind), 4)).toEqual({
      told: [false, false, false, false],
      said: [{ cluster: 'prod', error: `said ${kind}`, message: 'a cluster does not answer' }],
    });
  },
);

test('one that was not answered because the daemon stops is not told', async () => {
  expect(await look(fails('timeout'), 1, AbortSignal.abort())).toEqual({ told: [], said: [] });
});
