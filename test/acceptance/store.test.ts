import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { startRemediad } from '../support/daemon.ts';
import { eventually } from '../support/eventually.ts';
import { startRedis } from '../support/redis.ts';
import { startSandbox } from '../support/sandbox.ts';
import { startSink } from '../support/http-sink.ts';
import { fleetOf, restart, ruleOf, startChain, webhookOf, type Chain } from './chain.ts';

const intakeMs = 1_500;

describe('the embedded store', () => {
  let chain: Chain;
  beforeAll(async () => {
    const patient = { name: 'patient', steps: [{ name: 'pause', wait: '2s' }, ...restart.steps] };
    chain = await startChain({ timing: { intakeMs }, rules: [ruleOf({ remediations: [{ use: 'patient' }] })], remediations: [patient] });
  });
  afterAll(() => chain[Symbol.asyncDispose]());
  const effectsOn = async (pod: string) => (await chain.effects()).filter((effect) => effect.pod === pod);

  test('is started again when it is killed, and the run in its middle goes on', async () => {
    const { remediad } = chain;
    await chain.takeDown('archive-0');
    const { id } = await remediad.runWhere('waits', 'archive-0', ({ state }) => state === 'sleeping');
    const pid = await remediad.storePid();
    process.kill(pid, 'SIGKILL');

    await chain.comeBack('archive-0');

    expect(await remediad.ended('archive-0')).toMatchObject({ id, state: 'succeeded' });
    expect(await effectsOn('archive-0')).toHaveLength(1);
    expect(await remediad.storePid()).not.toBe(pid);
    expect(remediad.process.ended).toBeNull();
  });

  test('that hangs makes the webhook answer 503 in time and acknowledge nothing, and all goes on by itself when it is back', async () => {
    const { remediad, alertmanager } = chain;
    const pid = await remediad.storePid();
    process.kill(pid, 'SIGSTOP');
    try {
      const answers = [await remediad.post(webhookOf('archive-1')), await remediad.post(webhookOf('archive-1'))];
      for (const { status, text, tookMs } of answers) {
        expect(status, text).toBe(503);
        expect(tookMs).toBeLessThan(2 * intakeMs);
      }
      expect((await fetch(`${remediad.url}/-/ready`)).status).toBe(503);
      expect((await fetch(`${remediad.url}/-/healthy`)).status).toBe(200);
      await chain.takeDown('archive-1');
      await eventually('Alertmanager to be refused', () => /unexpected status code 503/.test(alertmanager.output), { withinMs: 20_000 });
    } finally {
      process.kill(pid, 'SIGCONT');
    }

    // Nobody posts again but Alertmanager, which was told to.
    await chain.comeBack('archive-1');
    expect(await remediad.ended('archive-1', 30_000)).toMatchObject({ state: 'succeeded' });
    expect(await effectsOn('archive-1')).toHaveLength(1);
    expect((await fetch(`${remediad.url}/-/ready`)).status).toBe(200);
  });
});

test('an external store that is full lets no page out either: it is told to the emergency receiver, and taken back', async () => {
  await using redis = await startRedis();
  await using pager = await startSink();
  await using remediad = await startRemediad({
    timing: { intakeMs, storeDownMs: 500, emergencyEveryMs: 1_000 },
    config: {
      redis: { url: `unix://${redis.socket}` },
      receivers: [{ name: 'pager', type: 'webhook', url: pager.url, secret_file: 'pager.secret' }],
      emergency_receiver: 'pager',
    },
    files: { 'pager.secret': 'secret' },
  });
  const client = new Redis(redis.socket);
  try {
    await client.config('SET', 'maxmemory', '1');

    const [message] = await pager.waitFor(1, 15_000);
    expect(JSON.parse(message?.body ?? '')).toMatchObject({ event: 'trigger', report: { reason: 'store-away' } });
    expect((await fetch(`${remediad.url}/-/ready`)).status).toBe(503);

    await client.config('SET', 'maxmemory', '0');
  } finally {
    client.disconnect();
  }

  const events = () => pager.requests.map(({ body }) => (JSON.parse(body) as { event: string }).event);
  await eventually('it to be taken back', () => events().includes('resolve'), { withinMs: 15_000 });
  // The worker tries again by itself, a little later.
  await eventually('remediad to be ready', async () => (await fetch(`${remediad.url}/-/ready`)).ok, { withinMs: 15_000 });
});

test('an external store that goes away is told to the emergency receiver, and its return needs no restart', async () => {
  await using redis = await startRedis();
  await using sandbox = await startSandbox(fleetOf());
  await using pager = await startSink();
  await using remediad = await startRemediad({
    timing: { intakeMs, storeDownMs: 500 },
    config: {
      redis: { url: `unix://${redis.socket}` },
      clusters: [{ name: 'sandbox', sandbox: sandbox.socket }],
      receivers: [{ name: 'pager', type: 'webhook', url: pager.url, secret_file: 'pager.secret' }],
      escalation_policies: [{ name: 'oncall', steps: [{ after: '0s', notify: ['pager'] }] }],
      emergency_receiver: 'pager',
    },
    files: { 'pager.secret': 'secret', 'rules/rules.yaml': { rules: [ruleOf()] }, 'remediations/restart.yaml': restart },
  });
  await redis.kill();
  const refused = await remediad.post(webhookOf('archive-0'));
  expect(refused.status).toBe(503);
  expect(refused.tookMs).toBeLessThan(2 * intakeMs);
  const [message] = await pager.waitFor(1, 15_000);
  expect(JSON.parse(message?.body ?? '')).toMatchObject({ event: 'trigger', report: { reason: 'store-away' } });

  await redis.restart();

  await eventually('an alert to be taken', async () => (await remediad.post(webhookOf('archive-1'))).status === 200, { withinMs: 15_000 });
  const run = await remediad.runWhere('acts', 'archive-1', ({ acted }) => acted);
  expect(await sandbox.admin.journal()).toMatchObject([{ run: run.id, pod: 'archive-1' }]);
  // What was refused was not kept either.
  await sleep(500);
  expect((await remediad.runs()).map(({ target }) => target.find.value)).toEqual(['archive-1']);
});

test('a new store is not believed at once: alerts are taken, and nothing is done until its hold is over', async () => {
  await using sandbox = await startSandbox(fleetOf());
  await using pager = await startSink();
  await using remediad = await startRemediad({
    config: {
      global: { fresh_store_hold: '4s' },
      clusters: [{ name: 'sandbox', sandbox: sandbox.socket }],
      receivers: [{ name: 'pager', type: 'webhook', url: pager.url, secret_file: 'pager.secret' }],
      escalation_policies: [{ name: 'oncall', steps: [{ after: '0s', notify: ['pager'] }] }],
      emergency_receiver: 'pager',
    },
    files: { 'pager.secret': 'secret', 'rules/rules.yaml': { rules: [ruleOf()] }, 'remediations/restart.yaml': restart },
  });
  const ready = async () => (await fetch(`${remediad.url}/-/ready`)).text();
  expect(await ready()).toMatch(/^remediad is ready\.\nNothing is done for another \ds: The store is new/);
  expect((await remediad.command('status')).stdout).toMatch(/hold +Nothing is done for another/);
  expect(await remediad.metric('remediad_store_hold_seconds')).toBeGreaterThan(0);

  expect((await remediad.post(webhookOf('archive-0'))).status).toBe(200);
  const held = await remediad.runWhere('is held', 'archive-0', ({ state }) => state === 'holding');
  expect(held.hold?.reason).toBe('fresh-store');
  expect(await sandbox.admin.journal()).toEqual([]);

  const run = await remediad.runWhere('acts', 'archive-0', ({ acted }) => acted);
  expect(await sandbox.admin.journal()).toMatchObject([{ run: run.id, pod: 'archive-0' }]);
  expect(await ready()).toBe('remediad is ready.\n');
  await remediad.restart();
  expect(await remediad.metric('remediad_store_hold_seconds')).toBe(0);
});
