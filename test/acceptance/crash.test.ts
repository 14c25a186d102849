import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { down, startChain, webhookOf, type Chain } from './chain.ts';

// One daemon dies again and again in the middle of its work, on one store. Each time it has a node of its own to heal.
let chain: Chain;
beforeAll(async () => {
  chain = await startChain();
});
afterAll(() => chain[Symbol.asyncDispose]());

const effectsOn = async (pod: string) => (await chain.effects()).filter((effect) => effect.pod === pod);

async function healedOnce(pod: string): Promise<void> {
  await chain.comeBack(pod);
  const run = await chain.remediad.ended(pod);
  expect(run).toMatchObject({ state: 'succeeded', acted: true });
  expect(await effectsOn(pod)).toMatchObject([{ run: run.id, repeated: false }]);
  const runs = await chain.remediad.runs();
  expect(runs.filter(({ target }) => target.find.value === pod)).toHaveLength(1);
  expect(await chain.remediad.incidents()).toEqual([]);
}

describe('a daemon that is killed', () => {
  test.each([
    ['between the write of an alert and its hint', 'accept.after', 'archive-0'],
    ['between the GO and the call', 'begin.after', 'archive-2'],
    ['between the answer to the call and its record', 'finish.before', 'archive-3'],
    ['right before it writes the end', 'end.before', 'archive-5'],
  ])('%s goes on where it was: one effect, and the run succeeds', async (_when, point, pod) => {
    const { remediad } = chain;
    await remediad.restart({ REMEDIAD_FAIL_POINT: `${point}:kill` });
    await chain.takeDown(pod);
    if (point === 'end.before') await chain.comeBack(pod);
    expect(await remediad.process.waitForEnd(20_000)).toBe('SIGKILL');

    await remediad.restart();

    await healedOnce(pod);
  });

  test('the moment it has answered 200 never hears of the alert again: one effect, and the run succeeds', async () => {
    const { remediad } = chain;
    await chain.connect(false);
    await chain.takeDown('archive-1');
    expect(await remediad.post(webhookOf('archive-1'))).toMatchObject({ status: 200 });

    await remediad.restart();

    await healedOnce('archive-1');
    await chain.connect(true);
  });

  test('while its call is on the way finds out whether it arrived: one effect, and the run succeeds', async () => {
    const { remediad, sandbox } = chain;
    const calls = async () => (await sandbox.admin.calls())['delete pods'] ?? 0;
    const before = await calls();
    await sandbox.admin.breakApi({ kind: 'slow', verb: 'delete', resource: 'pods', times: 1, ms: 600 });
    await chain.takeDown('archive-6');
    await eventually('the call to be sent', async () => (await calls()) > before, { withinMs: 15_000 });
    await remediad.restart();

    await healedOnce('archive-6');
  });
});

test('a daemon that is told to end lets the call at work end and records it, exits 0, and its successor goes on', async () => {
  const { remediad, sandbox, alertmanager } = chain;
  const calls = async () => (await sandbox.admin.calls())['delete pods'] ?? 0;
  const before = await calls();
  await sandbox.admin.breakApi({ kind: 'slow', verb: 'delete', resource: 'pods', times: 1, ms: 600 });
  await chain.breakNode('archive-7');
  await alertmanager.post(down('archive-7'));
  await eventually('the call to be sent', async () => (await calls()) > before, { withinMs: 15_000 });

  expect(await remediad.terminate()).toBe(0);
  expect(remediad.process.output).toContain('remediad ends');
  expect(await effectsOn('archive-7')).toHaveLength(1);

  await remediad.restart();
  const [run] = await remediad.runs();
  expect(run?.effects.map(({ result }) => result)).toEqual(['done']);
  await healedOnce('archive-7');
});
