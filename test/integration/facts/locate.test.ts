import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { locate } from '../../../src/app/facts/locate.ts';
import { pinnedOf } from '../../../src/core/pinned.ts';
import type { Cluster } from '../../../src/core/ports.ts';
import type { Pinned, Run, Target } from '../../../src/core/run.ts';
import { eventually } from '../../support/eventually.ts';
import { sampleEdition, sampleEffect, sampleRun } from '../../support/sample.ts';
import { startSandbox, type Sandbox } from '../../support/sandbox.ts';

const NS = 'chain';
const quick = { start: 50, ready: 50, terminate: 50 };

let sandbox: Sandbox;
let cluster: Cluster;
const signal = () => AbortSignal.timeout(10_000);

beforeAll(async () => {
  sandbox = await startSandbox({
    nodes: ['node-a', 'node-b'],
    workloads: [
      { kind: 'StatefulSet', namespace: NS, name: 'store', replicas: 3, labels: { tier: 'data', group: 'all' }, ...quick },
      { kind: 'StatefulSet', namespace: NS, name: 'data-store', replicas: 1, labels: { group: 'all' }, ...quick },
      { kind: 'Deployment', namespace: NS, name: 'gateway', replicas: 2, labels: { tier: 'web' }, ...quick },
      { kind: 'Deployment', namespace: NS, name: 'lone', replicas: 1, labels: { tier: 'one' }, ...quick },
      { kind: 'Pod', namespace: NS, name: 'bare', ...quick },
    ],
  });
  cluster = sandbox.cluster('main');
});
afterAll(() => sandbox[Symbol.asyncDispose]());

interface Asked {
  readonly kind?: Target['kind'];
  readonly by?: string;
  readonly value: string;
  readonly pinned?: Pinned | null;
  readonly run?: Partial<Run>;
}

function find({ kind = 'Pod', by = 'name', value, pinned = null, run = {} }: Asked, edition = sampleEdition()) {
  const target = { cluster: 'main', kind, namespace: NS, find: { by, value }, key: `${kind}:main/${NS}/${value}`, unresolved: null };
  return locate({ cluster, run: sampleRun({ target, pinned, ...run }), edition, signal: signal() });
}

const podOf = async (name: string) => (await cluster.getPod(NS, name, signal())) ?? expect.unreachable(`no pod ${name}`);
const podsOf = async (name: string) => (await cluster.listPods(NS, {}, signal())).filter((pod) => pod.name.startsWith(`${name}-`));

describe('a pod', () => {
  test('is found by its name, with its workload and what survives an effect', async () => {
    const { fact, workload } = await find({ value: 'store-1' });
    expect(fact).toMatchObject({
      found: 'one',
      pod: { name: 'store-1', cluster: 'main' },
      owner: { kind: 'StatefulSet', name: 'store', cluster: 'main' },
      subject: 'pod:main/chain/store-1',
      ownSuccessor: false,
    });
    expect(workload).toMatchObject({ name: 'store', replicas: 3 });
  });

  test('of a Deployment survives as the Deployment', async () => {
    const [pod] = await podsOf('gateway');
    expect((await find({ value: pod?.name ?? '' })).fact).toMatchObject({
      found: 'one',
      owner: { kind: 'Deployment', name: 'gateway' },
      subject: 'deployment:main/chain/gateway',
    });
  });

  test('without a controller survives as itself', async () => {
    expect((await find({ value: 'bare' })).fact).toMatchObject({ found: 'one', owner: null, subject: 'pod:main/chain/bare' });
  });

  test('is found by its address', async () => {
    const { ip } = await podOf('store-2');
    expect((await find({ by: 'pod_ip', value: ip ?? '' })).fact).toMatchObject({ found: 'one', pod: { name: 'store-2' } });
    expect((await find({ by: 'pod_ip', value: '192.0.2.1' })).fact).toEqual({ found: 'none', owner: null });
  });

  test('is found by a selector, unless several match', async () => {
    expect((await find({ by: 'selector', value: 'tier=one' })).fact).toMatchObject({ found: 'one' });
    expect((await find({ by: 'selector', value: 'tier=data' })).fact).toEqual({ found: 'several', count: 3 });
    expect((await find({ by: 'selector', value: 'tier=none' })).fact).toEqual({ found: 'none', owner: null });
  });

  test('is found by its node, unless several run there', async () => {
    expect((await find({ by: 'node_name', value: 'node-a' })).fact).toMatchObject({ found: 'several' });
    expect((await find({ by: 'node_name', value: 'node-z' })).fact).toEqual({ found: 'none', owner: null });
  });

  test('is found by its claim', async () => {
    expect((await find({ by: 'claim_of', value: 'data-store-2' })).fact).toMatchObject({ found: 'one', pod: { name: 'store-2' } });
  });

  test('is not guessed where a claim fits two, and told by the configured prefix', async () => {
    const asked = { by: 'claim_of', value: 'claim-data-store-0', run: { labels: { app: 'node' } } };
    expect((await find(asked)).fact).toEqual({ found: 'several', count: 2 });
    const entry = {
      kind: 'StatefulSet',
      name: 'x',
      container: 'c',
      process: null,
      ports: {},
      healthPath: null,
      peersCommand: null,
    } as const;
    const with_ = (claimPrefix: string) => sampleEdition({ workloads: { node: { ...entry, claimPrefix, replicas: null } } });
    expect((await find(asked, with_('claim'))).fact).toMatchObject({ found: 'one', pod: { name: 'data-store-0' } });
    expect((await find(asked, with_('claim-data'))).fact).toMatchObject({ found: 'one', pod: { name: 'store-0' } });
    expect((await find(asked, with_('other'))).fact).toMatchObject({ found: 'none' });
  });

  test('cannot be the owner of a pod', async () => {
    expect((await find({ by: 'owner_of', value: 'store-0' })).fact).toMatchObject({ found: 'unknown', why: /finds a workload/ });
  });

  test.each([
    ['store-7', { kind: 'StatefulSet', name: 'store' }],
    ['gateway-6c7d9f4bb5-x2k4z', { kind: 'Deployment', name: 'gateway' }],
    ['gateway-aeiou-aeiou', null],
    ['nothing-0', null],
    ['nothing', null],
  ])('that is gone (%s) has an owner as far as its name tells', async (value, owner) => {
    const { fact } = await find({ value });
    expect(fact).toMatchObject({ found: 'none', owner });
  });

  test('of a kind that no finder knows is unknown', async () => {
    expect((await find({ kind: 'Host', value: 'h1' })).fact).toMatchObject({ found: 'unknown' });
    await expect(find({ by: 'magic', value: 'x' })).rejects.toThrow('there is no finder magic');
  });
});

describe('a workload', () => {
  test.each([
    ['its name', { kind: 'StatefulSet', value: 'store' }, 'store'],
    ['the pod that it owns', { kind: 'StatefulSet', by: 'owner_of', value: 'store-1' }, 'store'],
    ['a selector of its pods', { kind: 'Deployment', by: 'selector', value: 'tier=web' }, 'gateway'],
  ])('is found by %s', async (_name, asked, name) => {
    const { fact, workload } = await find(asked);
    expect(fact).toMatchObject({ found: 'workload', workload: { name }, subject: `${asked.kind.toLowerCase()}:main/chain/${name}` });
    expect(workload?.name).toBe(name);
  });

  test.each([
    [
      { kind: 'StatefulSet', value: 'nothing' },
      { found: 'none', owner: null },
    ],
    [
      { kind: 'Deployment', value: 'store' },
      { found: 'none', owner: null },
    ],
    [
      { kind: 'Deployment', by: 'owner_of', value: 'store-1' },
      { found: 'none', owner: null },
    ],
    [
      { kind: 'StatefulSet', by: 'owner_of', value: 'bare' },
      { found: 'none', owner: null },
    ],
    [
      { kind: 'StatefulSet', by: 'selector', value: 'group=all' },
      { found: 'several', count: 2 },
    ],
  ])('%j → %j', async (asked, fact) => expect((await find(asked)).fact).toEqual(fact));

  test('that was pinned is read by its name', async () => {
    const { fact } = await find({ kind: 'StatefulSet', by: 'selector', value: 'tier=data' });
    expect((await find({ kind: 'StatefulSet', by: 'selector', value: 'tier=gone', pinned: pinnedOf(fact) })).fact).toMatchObject({
      found: 'workload',
      workload: { name: 'store' },
    });
  });
});

describe('a pinned pod', () => {
  const pin = async (name: string) => pinnedOf((await find({ value: name })).fact);
  const replacedBy = async (name: string, uid: string) =>
    eventually(`another ${name}`, async () => {
      const pod = await cluster.getPod(NS, name, signal());
      return pod !== null && pod.uid !== uid && pod.ready && pod;
    });
  const effectOn = (pinned: Pinned | null, at: number) => sampleEffect({ uid: pinned?.uid ?? '', at });

  test('is itself while nobody touches it', async () => {
    const pinned = await pin('store-0');
    expect((await find({ value: 'store-0', pinned })).fact).toMatchObject({ found: 'one', pod: { uid: pinned?.uid }, ownSuccessor: false });
  });

  test('whose name was taken over is followed only by the run that replaced it', async () => {
    const pinned = await pin('store-0');
    const at = Date.now();
    await sandbox.admin.deletePod(NS, 'store-0');
    const { uid } = await replacedBy('store-0', pinned?.uid ?? '');
    expect((await find({ value: 'store-0', pinned })).fact).toMatchObject({ found: 'one', pod: { uid }, ownSuccessor: false });
    const effects = [effectOn(pinned, at)];
    expect((await find({ value: 'store-0', pinned, run: { effects } })).fact).toMatchObject({
      found: 'one',
      pod: { uid },
      ownSuccessor: true,
    });
    const refused = [{ ...effectOn(pinned, at), result: 'rejected' as const }];
    expect((await find({ value: 'store-0', pinned, run: { effects: refused } })).fact).toMatchObject({ ownSuccessor: false });
  });

  test('that is our successor already is so still, and one that others put in its place is not', async () => {
    const first = await pin('store-1');
    const effects = [effectOn(first, Date.now())];
    await sandbox.admin.deletePod(NS, 'store-1');
    await replacedBy('store-1', first?.uid ?? '');
    const second = await pin('store-1');
    expect((await find({ value: 'store-1', pinned: second, run: { effects } })).fact).toMatchObject({ ownSuccessor: true });
    await sandbox.admin.deletePod(NS, 'store-1');
    const { uid } = await replacedBy('store-1', second?.uid ?? '');
    expect((await find({ value: 'store-1', pinned: second, run: { effects } })).fact).toMatchObject({ pod: { uid }, ownSuccessor: false });
  });

  test('of a Deployment is followed to the one pod that came after the effect', async () => {
    const [old] = await podsOf('gateway');
    const pinned = await pin(old?.name ?? '');
    const effects = [effectOn(pinned, Date.now())];
    await sandbox.admin.deletePod(NS, old?.name ?? '');
    await eventually('two pods again', async () => {
      const pods = await podsOf('gateway');
      return pods.length === 2 && pods.every(({ uid, ready }) => ready && uid !== old?.uid);
    });
    const { fact } = await find({ value: old?.name ?? '', pinned, run: { effects } });
    expect(fact).toMatchObject({ found: 'one', ownSuccessor: true, owner: { name: 'gateway' }, subject: 'deployment:main/chain/gateway' });
    expect(fact.found === 'one' && fact.pod.name).not.toBe(old?.name);
    // Without an effect of ours it is simply gone, and its workload tells whether anything is left to do.
    expect((await find({ value: old?.name ?? '', pinned })).fact).toMatchObject({ found: 'none', owner: { name: 'gateway' } });
    // Two that came after the effect cannot be told apart.
    const early = [effectOn(pinned, 0)];
    expect((await find({ value: old?.name ?? '', pinned, run: { effects: early } })).fact).toEqual({ found: 'several', count: 2 });
  });

  test('without a workload is gone when it is gone', async () => {
    const pinned = { uid: 'u', name: 'nothing', subject: 's', workload: null };
    expect((await find({ value: 'nothing', pinned })).fact).toEqual({ found: 'none', owner: null });
    expect((await find({ value: 'nothing', pinned: { ...pinned, workload: 'deployment:main/chain/nothing' } })).fact).toEqual({
      found: 'none',
      owner: null,
    });
  });
});
