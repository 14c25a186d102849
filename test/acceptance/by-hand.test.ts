import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { NAMESPACE, ruleOf, startChain, type Chain } from './chain.ts';

// Rules that a human or a clock starts. Each test has a node of its own.
const target = (pod: string) => ({ kind: 'Pod', namespace: NAMESPACE, find: { name: pod } });
const clocked = { matchers: undefined, schedule: '* * * * *', manual: true };

let chain: Chain;
beforeAll(async () => {
  chain = await startChain({
    rules: [
      ruleOf({ manual: true }),
      ruleOf({ name: 'only-alerts', matchers: ['alertname="Other"'] }),
      ruleOf({ ...clocked, name: 'each-minute', target: target('archive-6') }),
      ruleOf({ ...clocked, name: 'looks-each-minute', target: target('archive-7'), mode: 'observe' }),
    ],
  });
});
afterAll(() => chain[Symbol.asyncDispose]());

const effectsOn = async (pod: string) => (await chain.effects()).filter((effect) => effect.pod === pod);

test('a rule started by hand for a target acts on it once, and says how it ended', async () => {
  const { remediad } = chain;
  const said = await remediad.command('run', 'node-down', '--target', 'pod/chain/archive-0', '--by', 'ana', '--why', 'looks odd', '--wait');

  expect(said.output).toMatch(/^Started run r-\w+ of node-down\.\n/);
  expect(said.output).toMatch(/Fixed by remediad and verified: delete pod chain\/archive-0/);
  expect(said.code).toBe(0);
  const run = await remediad.ended('archive-0');
  expect(run).toMatchObject({ state: 'succeeded', trigger: { kind: 'manual', id: 'ana', why: 'looks odd' }, episodes: {} });
  expect(run.labels).toEqual({ alertname: 'NodeDown', namespace: NAMESPACE, pod: 'archive-0' });
  expect(await effectsOn('archive-0')).toMatchObject([{ effect: 'delete-pod', run: run.id }]);
  const shown = await remediad.command('runs', 'show', run.id);
  expect(shown.stdout).toContain('Started by hand of ana: looks odd.');
  expect(shown.stdout).toContain('Accepted for rule node-down on pod:sandbox/chain/archive-0 by hand of ana (looks odd).');
});

test('a dry run only observes, and its labels may be given one by one', async () => {
  const said = await chain.remediad.command('run', 'node-down', 'namespace=chain', 'pod=archive-1', '--dry-run', '--wait', '-o', 'json');
  expect(said.code).toBe(0);
  expect(JSON.parse(said.stdout)).toMatchObject({ state: 'observed', dry: 'flag', end: { would: 'effect' } });
  expect(await effectsOn('archive-1')).toEqual([]);
});

test('what a guard refuses is printed with its reason, and the same again is the same run', async () => {
  const { remediad } = chain;
  await remediad.pause('rule:node-down', 'not now');
  const ask = () => remediad.command('run', 'node-down', '--target', 'Pod/chain/archive-2');
  const first = await ask();
  expect(first.output).toMatch(/Held since .* \(paused\): /);
  expect(first.code).toBe(0);
  const id = /r-\w+/.exec(first.output)?.[0] ?? '';
  expect((await ask()).output).toContain(`Run ${id} of node-down is at it already, and no other was started.`);
  await remediad.resume('rule:node-down');
  expect(await remediad.ended('archive-2')).toMatchObject({ id, state: 'succeeded' });
});

test('a pod that does not exist wakes a human as ever, and the command fails', async () => {
  const said = await chain.remediad.command('run', 'node-down', '--target', 'Pod/chain/nobody', '--wait');
  expect(said.output).toMatch(/Handed to a human \(target-gone\)/);
  expect(said.code).toBe(1);
});

test.each([
  [['run', 'nothing'], 'there is no rule nothing', 1],
  [
    ['run', 'only-alerts', 'namespace=chain', 'pod=archive-3'],
    'rule only-alerts may not be started by hand: it does not say manual: true',
    1,
  ],
  [['run', 'node-down', 'namespace=chain'], 'the target cannot be told: target.find.name: labels.pod is missing', 1],
  [['run', 'node-down', '--target', 'chain/archive-3'], 'a target is Kind/namespace/name, found "chain/archive-3"', 1],
  [['run', 'node-down', '--target', 'Deployment/chain/archive-3'], 'the rule acts on the kind Pod, not on Deployment', 1],
  [
    ['run', 'each-minute', '--target', 'Pod/chain/archive-3'],
    'the rule would act on pod:sandbox/chain/archive-6, not on Pod/chain/archive-3',
    1,
  ],
  [['run', 'node-down', 'archive-3'], '"archive-3" is not label=value', 2],
  [['run'], "missing required argument 'rule'", 2],
])('%s is refused', async (args, message, code) => {
  const said = await chain.remediad.command(...args);
  expect(said.output).toContain(message);
  expect(said.code).toBe(code);
});

test('a schedule starts its rule by itself, once each minute, observed where the rule only observes', async () => {
  const { remediad } = chain;
  const run = await remediad.runWhere('a tick started', 'archive-6', ({ trigger }) => trigger.kind === 'schedule', 75_000);
  expect(run.trigger.id).toMatch(/:00\.000Z$/);
  expect(await remediad.ended('archive-6')).toMatchObject({ state: 'succeeded' });
  expect(await effectsOn('archive-6')).not.toEqual([]);
  const looked = await remediad.ended('archive-7');
  expect(looked).toMatchObject({ state: 'observed', dry: 'observe', trigger: { kind: 'schedule', id: run.trigger.id } });
  await eventually('it to be counted', async () => (await remediad.metric('remediad_ticks_total{result="started"}')) >= 2);
}, 120_000);
