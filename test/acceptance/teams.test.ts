import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeFiles } from '../support/daemon.ts';
import { eventually } from '../support/eventually.ts';
import { down, fleetOf, ruleOf, startChain, type Chain } from './chain.ts';

const teams = [
  { name: 'chain', namespaces: ['chain'], receivers: ['pager'], highest_mode: 'act' },
  { name: 'edge', namespaces: ['edge'] },
];
const rules = [ruleOf({ team: 'chain' })];

let chain: Chain;
beforeAll(async () => {
  chain = await startChain({ rules, config: { teams }, fleet: fleetOf({ namespace: 'edge', name: 'edge', replicas: 1 }) });
});
afterAll(() => chain[Symbol.asyncDispose]());

test("a rule acts in its team's namespaces, and a label leads it nowhere else", async () => {
  const { remediad, alertmanager, sandbox, pager } = chain;
  await chain.takeDown('archive-0');
  await sandbox.admin.breakPod('edge', 'edge-0', { kind: 'not-ready', until: 'deleted' });
  await alertmanager.post({ labels: { ...down('edge-0').labels, namespace: 'edge' } });

  expect(await remediad.ended('edge-0')).toMatchObject({ state: 'escalated', acted: false, end: { reason: 'outside-team' } });
  const [told] = await pager.waitFor(1);
  expect(JSON.parse(told?.body ?? '')).toMatchObject({ event: 'trigger', report: { reason: 'outside-team', team: 'chain' } });
  await chain.comeBack('archive-0');
  expect(await remediad.ended('archive-0')).toMatchObject({ state: 'succeeded' });
  expect((await chain.effects()).map(({ pod }) => pod)).toEqual(['archive-0']);
  const accepted = (await remediad.audit()).filter(({ kind }) => kind === 'accepted');
  expect(accepted.map(({ data }) => data['team'])).toEqual(['chain', 'chain']);
  expect((await remediad.command('status')).stdout).toContain('chain (1 rules, at most act, in chain)');
});

test('what goes beyond a team is refused at load, and the rules of before stay', async () => {
  const { remediad } = chain;
  const beyond = ruleOf({ name: 'edge-down', team: 'edge', target: { kind: 'Pod', namespace: 'chain', find: { name: '${labels.pod}' } } });
  await writeFiles(remediad.dir, { 'rules/rules.yaml': { rules: [...rules, beyond] } });
  const problem = await eventually('the set to be refused', async () => {
    const { config } = await remediad.get<{ config: { problem: string | null } }>('/api/v1/status');
    return config.problem;
  });
  expect(problem).toContain('rules[1].target.namespace: namespace "chain" is none of team edge\'s');
  expect(problem).toContain('rules[1].mode: mode act is looser than the highest of team edge, observe');
  expect(problem).toContain('policy oncall tells pager, a receiver of chain');
});
