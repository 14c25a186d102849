import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { Fleet } from '../../../src/adapters/sandbox/fleet.ts';
import { sandboxInProcess } from '../../../src/adapters/sandbox/in-process.ts';
import { addFleet } from '../../../src/adapters/sandbox/world/controller.ts';
import { World } from '../../../src/adapters/sandbox/world/world.ts';
import { VirtualClock } from '../../../src/adapters/system/virtual-clock.ts';
import { NOON } from '../../support/sample.ts';
import { clusterContract, contractFleet, type ContractHost, type Scene } from '../../support/cluster-contract.ts';

clusterContract('the sandbox in the same process', async (): Promise<ContractHost> => {
  let ahead = 0;
  // Goes on by itself, as the contract waits for what comes by itself.
  const clock = { now: () => Date.now() + ahead, moveTo: (at: number) => void (ahead = Math.max(ahead, at - Date.now())) };
  const world = new World(clock.now(), randomUUID);
  const sandbox = sandboxInProcess({ name: 'contract', world, clock, callMs: 10_000 });
  let scenes = 0;
  return {
    async scene(): Promise<Scene> {
      const namespace = `scene-${scenes++}`;
      await sandbox.admin('fleet', contractFleet(namespace));
      return {
        cluster: sandbox.cluster,
        namespace,
        port: 8080,
        trouble: async (verb, resource, kind) => sandbox.admin('faults/api', { kind, verb, resource, namespace }),
        behave: (command, behaviour) => sandbox.admin('scripts', { command: [...command], namespace, ...behaviour }),
      };
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
});

/** One pod `web` on a clock that stands still. */
function still() {
  const clock = new VirtualClock(NOON);
  const world = new World(NOON, () => randomUUID());
  addFleet(world, Fleet.parse({ workloads: [{ kind: 'Pod', namespace: 'n', name: 'web' }] }));
  return { clock, ...sandboxInProcess({ name: 's', world, clock, callMs: 10_000 }) };
}

const signal = () => new AbortController().signal;

test('calls that hang under one signal take its time together, and nothing is asked under it any more', async () => {
  const { clock, cluster, admin } = still();
  await admin('faults/api', { kind: 'hang', verb: 'get', resource: 'pods' });
  const one = signal();
  const hung = await Promise.allSettled([cluster.getPod('n', 'web', one), cluster.getPod('n', 'web', one)]);
  expect(hung.map((result) => result.status === 'rejected' && String(result.reason))).toEqual(
    Array.from({ length: 2 }, () => 'ClusterError: no answer within 10 s'),
  );
  expect(clock.monotonic()).toBe(10_000);
  await expect(cluster.getNamespace('n', one)).rejects.toThrow('no answer within 10 s');
  expect(await cluster.getNamespace('n', signal())).toMatchObject({ name: 'n' });
});

test('a slow call takes its time and no more, unless that is too long', async () => {
  const { clock, cluster, admin } = still();
  await admin('faults/api', { kind: 'slow', verb: 'get', resource: 'pods', ms: '3s', times: 1 });
  expect(await cluster.getPod('n', 'web', signal())).toMatchObject({ name: 'web' });
  expect(clock.monotonic()).toBe(3_000);
  await admin('faults/api', { kind: 'slow', verb: 'get', resource: 'pods', ms: '1m' });
  await expect(cluster.getPod('n', 'web', signal())).rejects.toThrow('no answer within 10 s');
  expect(clock.monotonic()).toBe(13_000);
});

test('a write whose time is up is not sent', async () => {
  const { clock, cluster } = still();
  const one = signal();
  const pod = await cluster.getPod('n', 'web', one);
  clock.moveTo(NOON + 10_000);
  const request = { namespace: 'n', name: 'web', uid: pod!.uid, graceSeconds: null, dryRun: false, run: 'r-1' };
  expect(await cluster.deletePod(request, one)).toMatchObject({ kind: 'rejected', reason: 'too-late' });
  expect(await cluster.getPod('n', 'web', signal())).toMatchObject({ deletedAt: null });
});

test('what cannot be done to the sandbox is said in a sentence', async () => {
  await expect(still().admin('faults/pod', { namespace: 'n', pod: 'absent', fault: { kind: 'hang' } })).rejects.toThrow(
    'there is no pod n/absent',
  );
});
