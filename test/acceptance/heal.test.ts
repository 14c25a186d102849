import { afterAll, beforeAll, expect, test } from 'vitest';
import { startChain, type Chain } from './chain.ts';

let chain: Chain;
beforeAll(async () => {
  chain = await startChain();
});
afterAll(() => chain[Symbol.asyncDispose]());

test('a node that is down is restarted exactly once, and the run succeeds when the alert is gone and the node is well', async () => {
  await chain.takeDown('archive-0');
  await chain.comeBack('archive-0');

  const run = await chain.remediad.ended('archive-0');

  expect(run).toMatchObject({ state: 'succeeded', end: { reason: 'verified' }, acted: true });
  expect(await chain.effects()).toMatchObject([{ effect: 'delete-pod', pod: 'archive-0', run: run.id, repeated: false }]);
  expect(await chain.remediad.incidents()).toEqual([]);
  expect(chain.pager.requests).toEqual([]);
});
