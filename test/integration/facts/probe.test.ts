import { z } from 'zod';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { probe, type FactSources } from '../../../src/app/read-facts.ts';
import { NO_SHARED_LIMITS } from '../../../src/core/shared-limits.ts';
import type { Check } from '../../../src/core/capability.ts';
import type { Edition, VerifySpec } from '../../../src/core/edition.ts';
import type { CheckOutput } from '../../../src/core/plan.ts';
import { ClusterError, type AlertSource, type Cluster } from '../../../src/core/ports.ts';
import type { Run } from '../../../src/core/run.ts';
import { eventually } from '../../support/eventually.ts';
import { NOON, sampleEdition, sampleEffect, sampleRun } from '../../support/sample.ts';
import { startSandbox, type Sandbox } from '../../support/sandbox.ts';

const NS = 'chain';
const quick = { start: 50, ready: 50, terminate: 50 };

let sandbox: Sandbox;
let cluster: Cluster;

beforeAll(async () => {
  sandbox = await startSandbox({
    workloads: [
      { kind: 'StatefulSet', namespace: NS, name: 'store', replicas: 2, labels: { tier: 'data' }, ...quick },
      { kind: 'Deployment', namespace: NS, name: 'gateway', replicas: 2, ...quick },
    ],
  });
  cluster = sandbox.cluster('main');
});
afterAll(() => sandbox[Symbol.asyncDispose]());

const clear: AlertSource = { kind: 'prometheus', state: () => Promise.resolve('not-firing') };

/** A check that answers as it is told in its parameter. */
const told: Check<{ ok: boolean | null }> = {
  name: 'told',
  summary: 'Answers as it is told.',
  params: z.strictObject({ ok: z.boolean().nullable() }),
  rights: [],
  output: {},
  run: (_subject, { ok }) => Promise.resolve<CheckOutput>({ ok, message: `told ${ok}`, fields: {} }),
};

function sourcesOf(over: Partial<FactSources> = {}): FactSources {
  return {
    clusters: { defaultName: 'main', get: (name) => (name === 'main' ? cluster : null) },
    sources: [clear],
    suppression: null,
    episodes: { episode: () => Promise.resolve(null) },
    sight: { of: () => Promise.resolve({ api: null, prometheus: null }) },
    ownership: null,
    brakes: { brakes: () => Promise.resolve([]) },
    history: { history: () => Promise.reject(new Error('not asked')), now: () => Promise.resolve(NOON), storms: () => Promise.resolve([]) },
    limits: () => NO_SHARED_LIMITS,
    registry: { checks: new Map([['told', told as Check]]) },
    metrics: null,
    web: { get: () => Promise.reject(new Error('no web')) },
    digest: (text) => text,
    timing: { readMs: 5_000 },
    ...over,
  };
}

async function runOn(name: string, over: Partial<Run> = {}): Promise<Run> {
  const pod = (await cluster.getPod(NS, name, AbortSignal.timeout(5_000))) ?? expect.unreachable(`no pod ${name}`);
  const target = {
    cluster: 'main',
    kind: 'Pod',
    namespace: NS,
    find: { by: 'name', value: name },
    key: `pod:main/chain/${name}`,
    unresolved: null,
  };
  const kind = pod.owner?.kind === 'StatefulSet' ? 'statefulset' : 'deployment';
  const workload = `${kind}:main/chain/${kind === 'statefulset' ? 'store' : 'gateway'}`;
  return sampleRun({ target, pinned: { uid: pod.uid, name, subject: target.key, workload }, actedAt: NOON, ...over });
}

function checking(check: VerifySpec['check']): Edition {
  const edition = sampleEdition();
  return { ...edition, rule: { ...edition.rule, verify: { ...edition.rule.verify, check } } };
}

const ready = (name: string) =>
  eventually(`${name} to be ready`, async () => (await cluster.getPod(NS, name, AbortSignal.timeout(5_000)))?.ready);

test('clear and healthy', async () => {
  await ready('store-0');
  expect(await probe(sourcesOf(), await runOn('store-0'), sampleEdition())).toEqual({
    alert: 'clear',
    health: 'healthy',
    message: 'prometheus says not-firing; pod store-0 is ready',
  });
});

describe('health', () => {
  test('is that of the pod, which may be unhealthy while the alert is gone', async () => {
    await ready('store-1');
    const run = await runOn('store-1');
    const fault = await sandbox.admin.breakPod(NS, 'store-1', { kind: 'not-ready', until: 'deleted' });
    await eventually('the fault to show', async () => (await probe(sourcesOf(), run, sampleEdition())).health === 'unhealthy');
    expect(await probe(sourcesOf(), run, sampleEdition())).toMatchObject({ alert: 'clear', health: 'unhealthy' });
    await sandbox.admin.lift(fault);
    await ready('store-1');
  });

  test('follows a pod that was replaced to the one in its place', async () => {
    const run = await runOn('store-1');
    await sandbox.admin.deletePod(NS, 'store-1');
    await eventually('the successor to be healthy', async () => {
      const pod = await cluster.getPod(NS, 'store-1', AbortSignal.timeout(5_000));
      return pod?.uid !== run.pinned?.uid && (await probe(sourcesOf(), run, sampleEdition())).health === 'healthy';
    });
  });

  test('of a Deployment, whose pods change their names, is that of its successor or of the whole', async () => {
    const pods = await cluster.listPods(NS, { selector: 'app=gateway' }, AbortSignal.timeout(5_000));
    const name = pods[0]?.name ?? '';
    const run = await runOn(name);
    const effects = [sampleEffect({ uid: run.pinned?.uid ?? '', at: Date.now() })];
    await sandbox.admin.deletePod(NS, name);
    await eventually('the workload to be whole', async () => {
      const own = await probe(sourcesOf(), { ...run, effects }, sampleEdition());
      const whole = await probe(sourcesOf(), run, sampleEdition());
      return (
        own.health === 'healthy' &&
        whole.health === 'healthy' &&
        whole.message.includes('gateway: 2 of 2 ready') &&
        own.message !== whole.message
      );
    });
  });

  test('that cannot be read is neither good nor bad', async () => {
    const run = await runOn('store-0');
    const fault = await sandbox.admin.breakApi({ kind: 'error', verb: 'get' });
    expect(await probe(sourcesOf(), run, sampleEdition())).toMatchObject({ alert: 'clear', health: 'unreadable' });
    await sandbox.admin.lift(fault);
  });

  test.each<[string, Partial<Run>, Partial<Run['target']>]>([
    ['a cluster that is no longer configured', {}, { cluster: 'other' }],
    ['a finder that matches several', { pinned: null }, { find: { by: 'selector', value: 'tier=data' } }],
    ['a target that no finder knows', { pinned: null }, { kind: 'Host' }],
  ])('is unreadable with %s', async (_name, over, target) => {
    const run = await runOn('store-0');
    expect(await probe(sourcesOf(), { ...run, ...over, target: { ...run.target, ...target } }, sampleEdition())).toMatchObject({
      health: 'unreadable',
    });
  });

  test('of a workload is that of its members', async () => {
    const run = await runOn('store-0');
    const target = { ...run.target, kind: 'StatefulSet', find: { by: 'name', value: 'store' } };
    expect(await probe(sourcesOf(), { ...run, target, pinned: null }, sampleEdition())).toMatchObject({
      health: 'healthy',
      message: 'prometheus says not-firing; StatefulSet store: 2 of 2 ready',
    });
  });
});

describe("the rule's own check", () => {
  test.each([
    [true, 'healthy'],
    [false, 'unhealthy'],
    [null, 'unreadable'],
  ])('that says %s makes it %s', async (ok, health) => {
    expect(await probe(sourcesOf(), await runOn('store-0'), checking({ check: 'told', with: { ok } }))).toMatchObject({
      health,
      message: `prometheus says not-firing; pod store-0 is ready; told: told ${ok}`,
    });
  });

  test.each([
    [{ check: 'missing', with: {} }, 'there is no check missing in this version'],
    [{ check: 'told', with: { ok: 'maybe' } }, 'told: '],
    [{ check: 'told', with: { ok: '${labels.nowhere}' } }, 'told: '],
  ])('that cannot be asked (%j) makes it unreadable', async (check, why) => {
    const reading = await probe(sourcesOf(), await runOn('store-0'), checking(check));
    expect(reading.health).toBe('unreadable');
    expect(reading.message).toContain(why);
  });

  test('does not make an unhealthy pod healthy, nor unreadable', async () => {
    const run = await runOn('store-0');
    const fault = await sandbox.admin.breakPod(NS, 'store-0', { kind: 'not-ready', until: 'deleted' });
    await eventually('the fault to show', async () => (await probe(sourcesOf(), run, sampleEdition())).health === 'unhealthy');
    for (const ok of [true, null]) {
      expect(await probe(sourcesOf(), run, checking({ check: 'told', with: { ok } }))).toMatchObject({ health: 'unhealthy' });
    }
    await sandbox.admin.lift(fault);
  });
});

test('a source that hangs is unreadable at the deadline, and health is told all the same', async () => {
  await ready('store-0');
  const hanging: AlertSource = { kind: 'prometheus', state: () => new Promise(() => undefined) };
  const sources = sourcesOf({ sources: [hanging], timing: { readMs: 1_000 } });
  expect(await probe(sources, await runOn('store-0'), sampleEdition())).toMatchObject({ alert: 'unreadable', health: 'healthy' });
});

test('a source that fails leaves it to the webhook', async () => {
  const failing: AlertSource = { kind: 'prometheus', state: () => Promise.reject(new ClusterError('unreachable', 'down')) };
  const resolved = { f: { status: 'resolved', startsAt: NOON, lastSeen: NOON } } as const;
  expect(await probe(sourcesOf({ sources: [failing] }), await runOn('store-0', { episodes: resolved }), sampleEdition())).toMatchObject({
    alert: 'clear',
    message: expect.stringContaining('prometheus: down; the webhook says resolved') as string,
  });
});
