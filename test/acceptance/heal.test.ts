import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { down, NAMESPACE, ruleOf, startChain, type Chain } from './chain.ts';

// Two Alertmanagers that do not know each other, and a second rule that only looks. Each test has a node of its own.
let chain: Chain;
beforeAll(async () => {
  const watched = ruleOf({ name: 'node-slow', matchers: ['alertname="NodeSlow"'], mode: 'observe', escalate_after: '1s' });
  chain = await startChain({ alertmanagers: 2, rules: [ruleOf(), watched] });
});
afterAll(() => chain[Symbol.asyncDispose]());

const effectsOn = async (pod: string) => (await chain.effects()).filter((effect) => effect.pod === pod);

test('a node that is down is restarted exactly once, and the run succeeds when the alert is gone and the node is well', async () => {
  const { remediad, alertmanager } = chain;
  await chain.breakNode('archive-0');
  await alertmanager.post(down('archive-0'));
  await eventually('archive-0 to be ready', () => chain.ready('archive-0'), { withinMs: 15_000 });
  // Well, but not yet gone: Alertmanager still has the alert.
  const verifying = await remediad.runWhere('verifies', 'archive-0', ({ state }) => state === 'verifying');
  expect(verifying.effects).toMatchObject([{ id: '0/restart/1', action: 'kubernetes/delete-pod', result: 'done' }]);
  await alertmanager.resolve(down('archive-0'));

  const run = await remediad.ended('archive-0');

  expect(run).toMatchObject({ state: 'succeeded', end: { reason: 'verified' }, acted: true, locks: [], dueAt: null });
  expect(await effectsOn('archive-0')).toMatchObject([{ effect: 'delete-pod', run: run.id, repeated: false }]);
  expect(run.audit.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['accepted', 'intent', 'result', 'ended']));
  expect(await remediad.incidents()).toEqual([]);
  expect(chain.pager.requests).toEqual([]);
  expect(await remediad.metric('remediad_effects_total{action="kubernetes/delete-pod",result="done"}')).toBe(1);
  expect(await remediad.metric('remediad_runs_ended_total{outcome="succeeded"}')).toBe(1);
});

test('one alert that two Alertmanagers send at once has one effect', async () => {
  await chain.takeDown('archive-1');
  await chain.comeBack('archive-1');

  const run = await chain.remediad.ended('archive-1');

  expect(run.state).toBe('succeeded');
  const sent = chain.tap.requests.filter(({ body }) => body.includes('"status":"firing"') && body.includes('archive-1'));
  expect(sent.length, 'both Alertmanagers sent it').toBeGreaterThanOrEqual(2);
  expect(await effectsOn('archive-1')).toHaveLength(1);
  const all = await chain.remediad.runs();
  expect(all.filter(({ target }) => target.find.value === 'archive-1')).toHaveLength(1);
});

test('the resolve of an alert that was never seen firing is counted, and nothing else comes of it', async () => {
  const { remediad, alertmanager, tap } = chain;
  const before = await remediad.runs();
  const unknown = 'remediad_alerts_rejected_total{reason="unknown-episode"}';
  expect(await remediad.metric(unknown)).toBe(0);
  await chain.connect(false);
  await alertmanager.post(down('archive-2'));
  await eventually('Alertmanager to send it elsewhere', () => tap.requests.some(({ body }) => body.includes('archive-2')));
  await chain.connect(true);
  await alertmanager.resolve(down('archive-2'));

  await eventually('the resolve to be counted', async () => (await remediad.metric(unknown)) === 1);
  expect(await remediad.runs()).toEqual(before);
  expect(await effectsOn('archive-2')).toEqual([]);
});

test('a rule that observes has no effect, opens no incident and pages nobody', async () => {
  const { remediad, alertmanager } = chain;
  const fault = await chain.breakNode('archive-3');
  await alertmanager.post({ labels: { alertname: 'NodeSlow', namespace: NAMESPACE, pod: 'archive-3' } });

  const run = await remediad.ended('archive-3');

  expect(run).toMatchObject({ state: 'observed', dry: 'observe', end: { would: 'effect', reason: 'observe-only' } });
  // `escalate_after` passes, and several rounds of the auditor with it.
  await sleep(2_000);
  expect(await effectsOn('archive-3')).toEqual([]);
  expect(await remediad.incidents()).toEqual([]);
  expect(chain.pager.requests).toEqual([]);
  expect((await remediad.runs()).filter(({ rule }) => rule === 'node-slow')).toHaveLength(1);
  await chain.sandbox.admin.lift(fault);
});

test('a run that meets a pause holds with its reason, and acts once when it is lifted', async () => {
  const { remediad } = chain;
  expect(await remediad.command('pause', '--why', 'we look at it ourselves', '--by', 'ada')).toMatchObject({ code: 0 });
  await chain.takeDown('archive-4');
  const held = await remediad.runWhere('holds', 'archive-4', ({ state }) => state === 'holding');
  expect(held.hold).toMatchObject({ reason: 'paused', detail: expect.stringContaining('ada: we look at it ourselves') as string });
  await sleep(1_000);
  expect(await effectsOn('archive-4')).toEqual([]);

  expect(await remediad.command('resume', '--by', 'ada')).toMatchObject({ code: 0, stdout: 'Resumed all.\n' });
  await chain.comeBack('archive-4');

  expect(await remediad.ended('archive-4')).toMatchObject({ state: 'succeeded' });
  expect(await effectsOn('archive-4')).toHaveLength(1);
});
