import { expect, test } from 'vitest';
import type { Edition } from '../../../src/core/edition.ts';
import type { Cluster } from '../../../src/core/ports.ts';
import { startEngine } from '../../support/engine.ts';
import { eventually } from '../../support/eventually.ts';
import { startRedis } from '../../support/redis.ts';
import { startSandbox } from '../../support/sandbox.ts';
import { actionStep, ladder, waitStep } from '../../unit/core/reduce/steps.ts';

const NS = 'archivechain-prod';
const POD = 'archivechain-full-archive-1';
const labels = { alertname: 'ArchiveChainNodeDown', namespace: NS, pod: POD, app: 'archivechain-full-archive' };
const timing = { verifyPollMs: 100, holdPollMs: 300, sweepEveryMs: 200, backoffMs: 100 };

function restarts(): Edition {
  const edition = ladder([actionStep('restart'), waitStep('pause', 60_000)]);
  return { ...edition, rule: { ...edition.rule, guards: { ...edition.rule.guards, minAgeMs: 0 } } };
}

const soon = () => AbortSignal.timeout(5_000);

async function involved(cluster: Cluster) {
  const pod = await cluster.getPod(NS, POD, soon());
  const workload = pod === null ? null : await cluster.workloadOf(pod, soon());
  if (pod === null || workload === null) throw new Error('the fleet has no such pod');
  return [{ kind: 'Pod', namespace: NS, name: POD, uid: pod.uid }, workload];
}

test('an effect is told by an Event on its pod and on the workload', async () => {
  await using redis = await startRedis();
  await using sandbox = await startSandbox();
  const cluster = sandbox.cluster();
  await sandbox.admin.breakPod(NS, POD, { kind: 'not-ready', until: 'deleted' });
  const objects = await involved(cluster);
  await using engine = await startEngine({ socket: redis.socket, cluster, timing });

  const id = await engine.fire(restarts(), labels);

  for (const object of objects) {
    const event = await eventually(`an Event on ${object.kind} ${object.name}`, async () =>
      (await cluster.events(object, 50, soon())).find(({ reason }) => reason === 'Remediated'),
    );
    expect(event).toMatchObject({ type: 'Normal', message: expect.stringContaining(`delete pod ${NS}/${POD}`) });
    expect(event.message).toContain(id);
  }
});

test('a cluster that takes no Events does not hold the effect up', async () => {
  await using redis = await startRedis();
  await using sandbox = await startSandbox();
  await sandbox.admin.breakPod(NS, POD, { kind: 'not-ready', until: 'deleted' });
  await sandbox.admin.breakApi({ kind: 'hang', verb: 'create', resource: 'events', namespace: NS });
  await using engine = await startEngine({ socket: redis.socket, cluster: sandbox.cluster(), timing });

  const id = await engine.fire(restarts(), labels);

  const run = await eventually('the run to go on', async () => {
    const now = await engine.run(id);
    return now?.state === 'sleeping' && now;
  });
  expect(run.effects.map(({ result }) => result)).toEqual(['done']);
});

test('a dry run is told to nobody', async () => {
  await using redis = await startRedis();
  await using sandbox = await startSandbox();
  const cluster = sandbox.cluster();
  await sandbox.admin.breakPod(NS, POD, { kind: 'not-ready', until: 'deleted' });
  const objects = await involved(cluster);
  await using engine = await startEngine({ socket: redis.socket, cluster, timing });

  await engine.ended(await engine.fire(restarts(), labels, 'observe'));

  const events = await Promise.all(objects.map((object) => cluster.events(object, 50, soon())));
  expect(events.flat().filter(({ reason }) => reason === 'Remediated')).toEqual([]);
});
