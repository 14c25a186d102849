import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { down, NAMESPACE, openGuards, restart, ruleOf, startChain, type Chain } from './chain.ts';

/** What Alertmanager sent, as far as these tests look at it. */
interface Sent {
  readonly status: string;
  readonly truncatedAlerts: number;
  readonly alerts: readonly { readonly status: string; readonly labels: Readonly<Record<string, string>> }[];
}
const sentBy = ({ tap }: Chain): Sent[] => tap.requests.map(({ body }) => JSON.parse(body) as Sent);

describe('an Alertmanager that is asked', () => {
  // Of two Alertmanagers both send, and the first is asked.
  let chain: Chain;
  beforeAll(async () => {
    const patient = { name: 'patient', steps: [{ name: 'pause', wait: '2500ms' }, ...restart.steps] };
    chain = await startChain({
      alertmanagers: 2,
      timing: { alertmanagerSettleMs: 2_000 },
      rules: [
        ruleOf(),
        ruleOf({ name: 'node-slow', matchers: ['alertname="NodeSlow"'], remediations: [{ use: 'patient' }] }),
        ruleOf({ name: 'node-lost', matchers: ['alertname="NodeLost"'], guards: { ...openGuards, unknown_grace: '1s' } }),
      ],
      remediations: [restart, patient],
    });
  });
  afterAll(() => chain[Symbol.asyncDispose]());
  const effectsOn = async (pod: string) => (await chain.effects()).filter((effect) => effect.pod === pod);

  test('holds back a run with a silence that is set while it runs, and it goes on when the silence ends', async () => {
    const { remediad, alertmanager } = chain;
    const slow = { labels: { ...down('archive-0').labels, alertname: 'NodeSlow' } };
    await chain.breakNode('archive-0');
    await alertmanager.post(slow);
    await remediad.runWhere('waits before it acts', 'archive-0', ({ sleep: sleeping }) => sleeping?.kind === 'wait');
    const silence = await alertmanager.silence(slow.labels, 60_000);

    const held = await remediad.runWhere('holds', 'archive-0', ({ state }) => state === 'holding');
    expect(held.hold).toMatchObject({ reason: 'silenced', detail: expect.stringContaining(silence) as string });
    await sleep(1_000);
    expect(await effectsOn('archive-0')).toEqual([]);

    await alertmanager.expireSilence(silence);
    await eventually('archive-0 to be ready', () => chain.ready('archive-0'), { withinMs: 15_000 });
    await alertmanager.resolve(slow);
    expect(await remediad.ended('archive-0')).toMatchObject({ state: 'succeeded' });
    expect(await effectsOn('archive-0')).toHaveLength(1);
  });

  test('is not believed when it restarts in the middle of a run and has forgotten the alert', async () => {
    const { remediad, alertmanager } = chain;
    await chain.takeDown('archive-1');
    const { id } = await remediad.runWhere('verifies', 'archive-1', ({ state }) => state === 'verifying');
    await eventually('archive-1 to be ready', () => chain.ready('archive-1'), { withinMs: 15_000 });
    await alertmanager.restart();
    expect(await alertmanager.alerts(`pod="archive-1"`)).toEqual([]);

    // Twice `stable_for`: whoever took its silence for good news would have succeeded by now.
    await sleep(1_000);
    expect(await remediad.run(id)).toMatchObject({ state: 'verifying', verifying: { clearSince: null } });

    await alertmanager.post(down('archive-1'));
    await remediad.runWhere('hears that it fires', 'archive-1', ({ verifying }) => verifying?.against?.what.includes('firing') === true);
    await chain.comeBack('archive-1');
    expect(await remediad.ended('archive-1')).toMatchObject({ id, state: 'succeeded' });
    expect(await effectsOn('archive-1')).toHaveLength(1);
  });

  test('keeps a run from acting while it is down, and lets it act when it is back', async () => {
    const { remediad, alertmanager, alertmanagers } = chain;
    await alertmanager.stop();
    await chain.breakNode('archive-2');
    await alertmanagers[1]?.post(down('archive-2'));

    const held = await remediad.runWhere('holds', 'archive-2', ({ state }) => state === 'holding');
    expect(held.hold?.reason).toBe('unknown-firing');
    await sleep(1_000);
    expect(await effectsOn('archive-2')).toEqual([]);

    await alertmanager.restart();
    await alertmanager.post(down('archive-2'));
    await chain.comeBack('archive-2');
    expect(await remediad.ended('archive-2')).toMatchObject({ id: held.id, state: 'succeeded' });
    expect(await effectsOn('archive-2')).toHaveLength(1);
  });

  test('hands the case to a human, without an effect, when it stays down for longer than unknown_grace', async () => {
    const { remediad, alertmanager, alertmanagers, pager } = chain;
    await alertmanager.stop();
    await alertmanagers[1]?.post({ labels: { alertname: 'NodeLost', namespace: NAMESPACE, pod: 'archive-3' } });

    expect(await remediad.ended('archive-3')).toMatchObject({ state: 'escalated', acted: false, end: { reason: 'unknown-firing' } });
    const [message] = await pager.waitFor(1);
    expect(JSON.parse(message?.body ?? '')).toMatchObject({ event: 'trigger', report: { reason: 'unknown-firing' } });
    expect(await effectsOn('archive-3')).toEqual([]);
  });
});

describe('max_alerts', () => {
  test('resolves nothing that was only cut off, and loses nothing that is seen later', async () => {
    await using chain = await startChain({
      route: { group_by: ['alertname'], repeat_interval: '1s' },
      webhook: { max_alerts: 1 },
      rules: [ruleOf({ guards: { ...openGuards, max_unavailable: 3 } })],
    });
    const { remediad } = chain;
    // Seen first, and kept from acting: its alert must not count as resolved when the group says so.
    await remediad.pause('target:pod:sandbox/chain/archive-1', 'it waits');
    await chain.takeDown('archive-1');
    const waiting = await remediad.runWhere('holds', 'archive-1', ({ hold }) => hold?.reason === 'paused');

    await chain.breakNode('archive-2');
    await chain.alertmanager.post(down('archive-2'));
    await chain.takeDown('archive-0');
    await chain.comeBack('archive-0');
    expect(await remediad.ended('archive-0')).toMatchObject({ state: 'succeeded' });
    await eventually(
      'a group that says resolved while two alerts fire that were cut off',
      () => sentBy(chain).some(({ status, truncatedAlerts }) => status === 'resolved' && truncatedAlerts === 2),
      { withinMs: 15_000 },
    );

    const still = await remediad.run(waiting.id);
    expect(still).toMatchObject({ state: 'holding', hold: { reason: 'paused' } });
    expect(Object.values(still.episodes)).toMatchObject([{ status: 'firing' }]);

    await remediad.resume('target:pod:sandbox/chain/archive-1');
    await chain.comeBack('archive-1');
    expect(await remediad.ended('archive-1')).toMatchObject({ id: waiting.id, state: 'succeeded' });

    // Only now it moves up into what Alertmanager sends.
    await chain.comeBack('archive-2');
    expect(await remediad.ended('archive-2')).toMatchObject({ state: 'succeeded' });
    const effects = await chain.effects();
    expect(effects.map(({ pod }) => pod).sort()).toEqual(['archive-0', 'archive-1', 'archive-2']);
    expect(await remediad.incidents()).toEqual([]);
  });
});

describe('group_interval', () => {
  test('may be longer than stable_for: nothing is orphaned and no second rung is climbed before the resolve is sent', async () => {
    await using chain = await startChain({
      route: { group_interval: '4s' },
      rules: [ruleOf({ remediations: [{ use: 'restart' }, { use: 'again' }] })],
      remediations: [restart, { ...restart, name: 'again' }],
    });
    await chain.takeDown('archive-0');
    await chain.comeBack('archive-0');
    expect(await chain.remediad.ended('archive-0')).toMatchObject({ state: 'succeeded', rung: 0 });
    expect(sentBy(chain).map(({ status }) => status)).toEqual(['firing']);

    await eventually('the resolve to be sent', () => sentBy(chain).some(({ status }) => status === 'resolved'), { withinMs: 20_000 });
    // And a few rounds of the auditor behind it.
    await sleep(1_500);
    expect(await chain.effects()).toHaveLength(1);
    expect(await chain.remediad.runs()).toHaveLength(1);
    expect(await chain.remediad.incidents()).toEqual([]);
    expect(chain.pager.requests).toEqual([]);
  });
});
