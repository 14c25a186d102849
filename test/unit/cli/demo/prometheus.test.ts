import { expect, test } from 'vitest';
import type { FleetPod } from '../../../../src/cli/demo/fleet.ts';
import { playPrometheus } from '../../../../src/cli/demo/prometheus.ts';

const OLD = Date.now() - 60_000;
const pod = (over: Partial<FleetPod>): FleetPod => {
  return {
    namespace: 'demo',
    name: 'relay-3',
    uid: 'u',
    labels: {},
    createdAt: OLD,
    deletedAt: null,
    ready: true,
    up: true,
    peers: 9,
    ...over,
  };
};

/** The names of the alerts that begin while the fleet has this pod. */
async function firing(over: Partial<FleetPod>): Promise<string[]> {
  const ending = new AbortController();
  const fired: string[] = [];
  const fleet = { pods: async () => [pod(over)] };
  const onPods = () => ending.abort();
  await playPrometheus(
    fleet,
    { post: async () => undefined },
    { onChange: ({ alertname }) => void fired.push(alertname), onPods },
    ending.signal,
  );
  return fired;
}

test.each<[string, Partial<FleetPod>, string[]]>([
  ['is well', {}, []],
  ['is down', { up: false, ready: false }, ['ArchiveChainNodeDown']],
  ['is only just starting', { up: false, ready: false, createdAt: Date.now() }, []],
  ['is on its way out', { up: false, ready: false, deletedAt: Date.now() }, []],
  ['has few peers', { peers: 2 }, ['LowPeerCount']],
])('of a pod that %s', async (_, over, alerts) => {
  expect(await firing(over)).toEqual(alerts);
});
