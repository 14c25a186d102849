import { expect, test } from 'vitest';
import { LEASE, Ownership } from '../../../src/app/ownership.ts';
import { systemClock } from '../../../src/adapters/system/clock.ts';
import { startEngine } from '../../support/engine.ts';
import { eventually } from '../../support/eventually.ts';
import { recordingLog } from '../../support/log.ts';
import { startRedis } from '../../support/redis.ts';
import { startSandbox } from '../../support/sandbox.ts';
import { actionStep, ladder, waitStep } from '../../unit/core/reduce/steps.ts';

const NS = 'archivechain-prod';
const POD = 'archivechain-full-archive-1';
const labels = { alertname: 'ArchiveChainNodeDown', namespace: NS, pod: POD, app: 'archivechain-full-archive' };
const timing = { verifyPollMs: 100, holdPollMs: 200, sweepEveryMs: 200, backoffMs: 100 };
const soon = () => AbortSignal.timeout(5_000);

const restarts = () => {
  const edition = ladder([actionStep('restart'), waitStep('pause', 60_000)]);
  return { ...edition, rule: { ...edition.rule, guards: { ...edition.rule.guards, minAgeMs: 0 } } };
};

/** `ownerMs` is short, so that a foreign Lease that stands still is soon given up. */
const ownership = (ownerMs: number) =>
  new Ownership({ holder: () => 'ours', timing: { ownerMs, readMs: 2_000 }, clock: systemClock, log: recordingLog() });

test('while another installation acts in the namespace a run holds; it acts when that one is gone', async () => {
  await using redis = await startRedis();
  await using sandbox = await startSandbox();
  const cluster = sandbox.cluster();
  await sandbox.admin.breakPod(NS, POD, { kind: 'not-ready', until: 'deleted' });
  const lease = { namespace: NS, name: LEASE, holder: 'theirs', durationMs: 60_000, version: null };
  expect(await cluster.putLease(lease, soon())).toBe(true);
  await using engine = await startEngine({ socket: redis.socket, cluster, timing, parts: { ownership: ownership(3_000) } });

  const id = await engine.fire(restarts(), labels);

  const held = await eventually('the run to hold', async () => {
    const run = await engine.run(id);
    return run.state === 'holding' && run;
  });
  expect(held.hold?.reason).toBe('not-owner');
  expect(held.verdicts).toContainEqual(expect.objectContaining({ guard: 'installation', have: `theirs acts in namespace ${NS}` }));
  expect(await sandbox.admin.journal()).toEqual([]);
  await eventually('the effect', async () => (await sandbox.admin.journal()).length === 1, { withinMs: 20_000 });
  expect(await cluster.getLease(NS, LEASE, soon())).toMatchObject({ holder: 'ours' });
});

test('a Lease that is lost between permit and gate stops the effect', async () => {
  await using redis = await startRedis();
  await using sandbox = await startSandbox();
  const cluster = sandbox.cluster();
  await sandbox.admin.breakPod(NS, POD, { kind: 'not-ready', until: 'deleted' });
  let taken = 0;
  const owner = ownership(60_000);
  const robbed = {
    of: (...args: Parameters<Ownership['of']>) => owner.of(...args),
    async take(...args: Parameters<Ownership['take']>) {
      // Somebody else is faster, the first time.
      if ((taken += 1) === 1)
        await cluster.putLease({ namespace: NS, name: LEASE, holder: 'theirs', durationMs: 1, version: null }, soon());
      return owner.take(...args);
    },
  };
  await using engine = await startEngine({ socket: redis.socket, cluster, timing, parts: { ownership: robbed } });

  const id = await engine.fire(restarts(), labels);

  await eventually('the run to hold', async () => (await engine.run(id)).hold?.reason === 'not-owner');
  expect(await sandbox.admin.journal()).toEqual([]);
});

test('of two installations that get the same alert at once one acts, and the other not at all', async () => {
  await using redisA = await startRedis();
  await using redisB = await startRedis();
  await using sandbox = await startSandbox();
  await sandbox.admin.breakPod(NS, POD, { kind: 'not-ready', until: 'deleted' });
  const owner = (holder: string) =>
    new Ownership({ holder: () => holder, timing: { ownerMs: 60_000, readMs: 2_000 }, clock: systemClock, log: recordingLog() });
  const start = (socket: string, holder: string) =>
    startEngine({ socket, cluster: sandbox.cluster(), timing, parts: { ownership: owner(holder) } });
  await using a = await start(redisA.socket, 'a');
  await using b = await start(redisB.socket, 'b');

  const [inA, inB] = await Promise.all([a.fire(restarts(), labels), b.fire(restarts(), labels)]);

  const states = async () => [(await a.run(inA)).hold?.reason ?? 'works', (await b.run(inB)).hold?.reason ?? 'works'].toSorted();
  await eventually('one to hold', async () => (await states()).includes('not-owner'));
  await eventually('the effect', async () => (await sandbox.admin.journal()).length === 1);
  expect(await states()).toEqual(['not-owner', 'works']);
  expect(await sandbox.admin.journal()).toHaveLength(1);
});
