import { beforeEach, describe, expect, test } from 'vitest';
import type { Edition, Step } from '../../src/core/edition.ts';
import type { AlertSource } from '../../src/core/ports.ts';
import { startEngine, type Engine } from '../support/engine.ts';
import { startRedis, type RedisServer } from '../support/redis.ts';
import { startSandbox, type Sandbox } from '../support/sandbox.ts';
import { shippedEdition } from '../support/shipped-rules.ts';

/** The shipped rules, allowed to act, on a fleet that breaks: what they really do. */

const NS = 'archivechain-prod';
const NODE = 'archivechain-full-archive';
let redis: RedisServer;
let sandbox: Sandbox;
let engine: Engine;

const timing = { verifyPollMs: 100, holdPollMs: 200, sweepEveryMs: 200, backoffMs: 100, backoffMaxMs: 200 };

/** Fires as the shipped alerts would, on what the fleet itself says at the moment. */
const prometheus: AlertSource = {
  kind: 'prometheus',
  async state({ alertname, pod }) {
    const found = (await sandbox.admin.pods(NS)).find(({ name }) => name === pod);
    if (found === undefined) return 'not-firing';
    const fires = {
      ArchiveChainNodeDown: !found.up || found.peers < 3,
      LowPeerCount: found.peers < 5,
      HighStorageUsage: found.storageUsed > 0.85,
    }[alertname ?? ''];
    return fires === true ? 'firing' : 'not-firing';
  },
};

/** A store of its own too: budgets and memory outlive a run. */
beforeEach(async () => {
  redis = await startRedis();
  sandbox = await startSandbox({ ...fleet, speed: 4 });
  engine = await startEngine({ socket: redis.socket, cluster: sandbox.cluster(), timing, parts: { sources: [prometheus] } });
  return async () => {
    await engine[Symbol.asyncDispose]();
    await sandbox[Symbol.asyncDispose]();
    await redis[Symbol.asyncDispose]();
  };
});

const fleet = {
  workloads: [
    {
      kind: 'StatefulSet' as const,
      namespace: NS,
      name: NODE,
      replicas: 3,
      container: 'archivechain-node',
      process: '/usr/local/bin/archivechain-node',
    },
    {
      kind: 'Deployment' as const,
      namespace: NS,
      name: 'archivechain-gateway',
      replicas: 3,
      container: 'archivechain-gateway',
      ports: [8080, 9999],
    },
  ],
};

/** As shipped, but for the times, which are meant for production. */
function quick(rule: string): Edition {
  const edition = shippedEdition(rule);
  const guards = { ...edition.rule.guards, minAgeMs: 0, cooldownMs: 0, targetCooldownMs: 0, unknownGraceMs: 600 };
  const verify = { ...edition.rule.verify, withinMs: 1_500, stableForMs: 300 };
  const ladder = edition.ladder.map((rung) => ({ ...rung, steps: rung.steps.map(quickStep) }));
  return {
    ...edition,
    rule: { ...edition.rule, mode: 'act', guards, verify, ladderMemoryMs: 0 },
    ladder,
  };
}

function quickStep(step: Step): Step {
  if (step.word === 'action') return { ...step, settleMs: Math.min(step.settleMs, 300) };
  return step.word === 'check' ? { ...step, timeoutMs: 1_000 } : step;
}

const alerts: Readonly<Record<string, string>> = {
  'archivechain-node-down': 'ArchiveChainNodeDown',
  'archivechain-low-peers': 'LowPeerCount',
  'archivechain-storage-high': 'HighStorageUsage',
};

async function play(rule: string, pod = `${NODE}-1`, app = NODE) {
  const labels = { alertname: alerts[rule] ?? '', severity: 'critical', namespace: NS, pod, app, instance: '10.0.0.1:9999' };
  const run = await engine.ended(await engine.fire(quick(rule), labels));
  const journal = await sandbox.admin.journal({ run: run.id });
  const said = [...engine.log.lines.slice(-5), run.end].map((line) => JSON.stringify(line)).join('\n');
  return { run, said, effects: journal.map(({ effect, signal }) => signal ?? effect), collected: run.evidence.map(({ path }) => path) };
}

const breakPod = (fault: Parameters<Sandbox['admin']['breakPod']>[2], pod = `${NODE}-1`) => sandbox.admin.breakPod(NS, pod, fault);

describe('archivechain-node-down', () => {
  test('restarts a node that says it is unwell, once, with its logs kept before', async () => {
    await breakPod({ kind: 'unhealthy', status: 500 });
    const { run, said, effects, collected } = await play('archivechain-node-down');
    expect(run.state, said).toBe('succeeded');
    expect(effects).toEqual(['delete-pod']);
    expect(collected).toEqual(['logs', 'events']);
  });

  test('restarts a gateway too, whose successor has another name', async () => {
    const [gateway] = (await sandbox.admin.pods(NS)).filter(({ labels }) => labels['app'] === 'archivechain-gateway');
    await breakPod({ kind: 'unhealthy' }, gateway!.name);
    const { run, said, effects } = await play('archivechain-node-down', gateway!.name, 'archivechain-gateway');
    expect(run.state, said).toBe('succeeded');
    expect(effects).toEqual(['delete-pod']);
  });

  test('tells a healthy node without peers to reconnect, and leaves it running', async () => {
    await breakPod({ kind: 'low-peers', peers: 2 });
    const { run, said, effects } = await play('archivechain-node-down');
    expect(run.state, said).toBe('succeeded');
    expect(effects).toEqual(['USR1']);
  });

  test('hands a crash loop over, with its last words, and does not restart it once more', async () => {
    await breakPod({ kind: 'crash-loop', every: 200, until: 'forever' });
    const { run, said, effects, collected } = await play('archivechain-node-down');
    expect([run.state, run.end?.reason], said).toEqual(['escalated', 'handed-over']);
    expect(run.end?.detail).toMatch(/escalation policy chain-oncall\): .*archive-1 crashes again and again \(\d+ restarts\)/);
    expect(effects).toEqual([]);
    expect(collected).toContain('crashing/last-words');
  });

  test('hands a pod that cannot start over to those who own the storage', async () => {
    await breakPod({ kind: 'pending', until: 'forever' });
    await sandbox.admin.deletePod(NS, `${NODE}-1`);
    await new Promise((done) => setTimeout(done, 400));
    const { run, said, effects } = await play('archivechain-node-down');
    expect(run.end?.detail, said).toMatch(/escalation policy chain-storage\): .*archive-1 is Pending/);
    expect(effects).toEqual([]);
  });

  test('wakes a human over a node that does not answer at all, and restarts nothing on that', async () => {
    await breakPod({ kind: 'hang', until: 'forever' });
    const { run, said, effects } = await play('archivechain-node-down');
    expect([run.state, run.end?.reason], said).toEqual(['escalated', 'inconclusive']);
    expect(effects).toEqual([]);
  });

  test('climbs to the second rung when the first did not help, and then to a human', async () => {
    await breakPod({ kind: 'unhealthy', until: 'forever', ready: true });
    const { run, said, effects } = await play('archivechain-node-down');
    expect([run.state, run.end?.reason], said).toEqual(['escalated', 'ladder-end']);
    expect(run.tried.map(({ remediation, outcome }) => [remediation, outcome])).toEqual([
      ['node-recovery', 'ineffective'],
      ['restart-pod', 'ineffective'],
    ]);
    expect(effects).toEqual(['delete-pod', 'delete-pod']);
  });
});

describe('archivechain-low-peers', () => {
  test('sends one signal at four peers, and is done when they are back', async () => {
    await breakPod({ kind: 'low-peers', peers: 4 });
    const { run, said, effects } = await play('archivechain-low-peers');
    expect(run.state, said).toBe('succeeded');
    expect(effects).toEqual(['USR1']);
  });

  test('restarts the node when the signal did not help', async () => {
    await breakPod({ kind: 'low-peers', peers: 4, cured_by: [] });
    const { run, said, effects } = await play('archivechain-low-peers');
    expect(run.state, said).toBe('succeeded');
    expect(effects).toEqual(['USR1', 'delete-pod']);
  });

  test('wakes a human when neither did', async () => {
    await breakPod({ kind: 'low-peers', peers: 0, cured_by: [], until: 'forever' });
    const { run, said, effects } = await play('archivechain-low-peers');
    expect([run.state, run.end?.reason], said).toEqual(['escalated', 'ladder-end']);
    expect(effects).toEqual(['USR1', 'delete-pod']);
  });
});

test('archivechain-storage-high collects and hands over, and changes nothing', async () => {
  await breakPod({ kind: 'storage', used: 0.91 });
  const { run, said, effects, collected } = await play('archivechain-storage-high');
  expect(run.end?.detail, said).toMatch(
    /escalation policy chain-storage\): the volume of archivechain-full-archive-1 \(node node-\w\) fills up/,
  );
  expect(effects).toEqual([]);
  expect(collected).toEqual(['logs']); // nothing happened to the pod, so there is no Event
});
