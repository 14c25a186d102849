import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeFiles } from '../support/daemon.ts';
import { eventually } from '../support/eventually.ts';
import { down, restart, ruleOf, startChain, type Chain } from './chain.ts';

const patient = { name: 'patient', steps: [{ name: 'pause', wait: '3s' }, ...restart.steps] };
const acting = [ruleOf(), ruleOf({ name: 'node-slow', matchers: ['alertname="NodeSlow"'], remediations: [{ use: 'patient' }] })];
const slow = (pod: string) => ({ labels: { ...down(pod).labels, alertname: 'NodeSlow' } });

let chain: Chain;
beforeAll(async () => {
  chain = await startChain({ rules: acting, remediations: [restart, patient] });
});
afterAll(() => chain[Symbol.asyncDispose]());

const write = (rules: readonly unknown[]) => writeFiles(chain.remediad.dir, { 'rules/rules.yaml': { rules } });
const effectsOn = async (pod: string) => (await chain.effects()).filter((effect) => effect.pod === pod);
const reload = () => fetch(`${chain.remediad.url}/-/reload`, { method: 'POST' });

test('a rule that is switched to observe stops what runs at its next effect, at the next SIGHUP', async () => {
  const { remediad, alertmanager } = chain;
  const fault = await chain.breakNode('archive-0');
  await alertmanager.post(slow('archive-0'));
  const { id } = await remediad.runWhere('waits before it acts', 'archive-0', ({ state }) => state === 'sleeping');
  await write(acting.map((rule) => ({ ...rule, mode: 'observe' })));
  remediad.process.signal('SIGHUP');
  await remediad.process.waitForLine(/configuration reloaded/);

  await eventually('the run to end', async () => (await remediad.run(id)).end, { withinMs: 15_000 });
  expect(await remediad.run(id)).toMatchObject({ state: 'observed', acted: false, end: { reason: 'observe-only', would: 'effect' } });
  await sleep(1_000);
  expect(await effectsOn('archive-0')).toEqual([]);
  expect(await remediad.incidents()).toEqual([]);
  await chain.sandbox.admin.lift(fault);
  await alertmanager.resolve(slow('archive-0'));
});

test('a broken set is refused with its faults and leaves the one in force, and the next good one is taken', async () => {
  const { remediad } = chain;
  await write(acting);
  expect((await reload()).status).toBe(200);
  await write([...acting, ruleOf({ name: 'other', mode: 'acts' })]);

  const refused = await reload();
  expect(refused.status).toBe(500);
  expect(await refused.text()).toMatch(/^failed to reload config: .*rules\/rules\.yaml:\d+:\d+: rules\[2\]\.mode: .*\n$/);
  expect((await fetch(`${remediad.url}/-/ready`)).status).toBe(503);
  expect(await remediad.metric('remediad_config_last_reload_successful')).toBe(0);
  expect((await remediad.command('status')).stdout).toContain('the newest was refused');

  await chain.takeDown('archive-1');
  await chain.comeBack('archive-1');
  expect(await remediad.ended('archive-1')).toMatchObject({ state: 'succeeded' });
  expect(await effectsOn('archive-1')).toHaveLength(1);

  await write(acting);
  expect((await reload()).status).toBe(200);
  expect((await fetch(`${remediad.url}/-/ready`)).status).toBe(200);
  expect(await remediad.metric('remediad_config_last_reload_successful')).toBe(1);
});

test('a rule that is added takes an alert that fires already, before Alertmanager tells of it again', async () => {
  const { remediad, alertmanager, tap } = chain;
  const stuck = { labels: { ...down('archive-4').labels, alertname: 'NodeStuck' } };
  const rejected = 'remediad_alerts_rejected_total{reason="not-matched"}';
  const before = await remediad.metric(rejected);
  const fault = await chain.breakNode('archive-4');
  await alertmanager.post(stuck);
  await eventually('it to be left out', async () => (await remediad.metric(rejected)) > before);
  const told = () => tap.requests.filter(({ body }) => body.includes('NodeStuck')).length;
  await eventually('the tap to hear of it', () => told() === 1);

  await write([...acting, ruleOf({ name: 'node-stuck', matchers: ['alertname="NodeStuck"'] })]);
  expect((await reload()).status).toBe(200);
  await remediad.runWhere('has acted', 'archive-4', ({ acted }) => acted);
  expect(told()).toBe(1);
  expect(await remediad.metric('remediad_alerts_rematched_total')).toBe(1);

  await chain.sandbox.admin.lift(fault);
  await alertmanager.resolve(stuck);
  expect(await remediad.ended('archive-4')).toMatchObject({ rule: 'node-stuck', state: 'succeeded' });
  expect(await effectsOn('archive-4')).toHaveLength(1);
});

test('the budget of the installation is the one that was read last', async () => {
  const { remediad } = chain;
  const own = async () => {
    const { data } = (await (await fetch(`${remediad.url}/api/v1/budgets`)).json()) as { data: { rule: string | null }[] };
    return data.filter(({ rule }) => rule === null);
  };
  expect(await own()).toEqual([{ rule: null, scope: 'installation', max: 20, perMs: 600_000 }]);
  const file = join(remediad.dir, 'remediad.yaml');
  await writeFile(file, `${await readFile(file, 'utf8')}\nbudget: { max: 1, per: 1h }\n`);
  expect((await reload()).status).toBe(200);
  expect(await own()).toEqual([{ rule: null, scope: 'installation', max: 1, perMs: 3_600_000 }]);

  await chain.takeDown('archive-2');
  await chain.comeBack('archive-2');
  expect(await remediad.ended('archive-2')).toMatchObject({ state: 'succeeded' });
  await chain.takeDown('archive-3');
  expect(await remediad.ended('archive-3')).toMatchObject({ state: 'escalated', acted: false, end: { reason: 'budget-spent' } });
});
