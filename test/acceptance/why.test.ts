import { afterAll, beforeAll, expect, test } from 'vitest';
import type { WhyAnswer } from '../../src/core/why.ts';
import { down, openGuards, restart, ruleOf, startChain, type Chain } from './chain.ts';

/** `remediad why`: one page that answers why it did not act, for each way in which it may not have. */

let chain: Chain;
beforeAll(async () => {
  const handOver = { name: 'hand-over', steps: [{ name: 'over', escalate: 'oncall', message: 'nobody can mend this from here' }] };
  const cooling = { ...openGuards, cooldown: '30m', budgets: [{ max: 5, per: '1h', scope: 'target' }] };
  const rules = [
    ruleOf({ guards: cooling }),
    ruleOf({ name: 'node-lost', matchers: ['alertname="NodeLost"'], remediations: [{ use: 'hand-over' }] }),
    ruleOf({ name: 'node-slow', mode: 'observe', matchers: ['alertname="NodeSlow"', 'severity=~"critical|page"'] }),
  ];
  chain = await startChain({ rules, remediations: [restart, handOver] });
});
afterAll(() => chain[Symbol.asyncDispose]());

const why = async (what: string): Promise<string> => {
  const { code, stdout } = await chain.remediad.command('why', what);
  expect(code).toBe(0);
  return stdout;
};

test('nothing is known: it says so, whether anything reaches it at all, and what to check', async () => {
  const page = await why('archive-7');
  expect(page).toMatch(/^Nothing is known of archive-7\.\n/);
  expect(page).toMatch(/No webhook came to this process since it started, .* ago\./);
  expect(page).toMatch(/What to check:\n.*amtool alert query/);
});

test('an alert that reached it and that no rule takes is told with the rule that came nearest, matcher by matcher', async () => {
  await chain.alertmanager.post({ labels: { ...down('archive-6').labels, alertname: 'NodeSlow', severity: 'warning' } });
  await expect.poll(() => why('archive-6'), { timeout: 10_000 }).toContain('it reached us, and no rule took it.');
  const page = await why('chain/archive-6');
  expect(page).toContain('No rule takes it.');
  expect(page).toContain(
    'node-slow (mode observe) does not match: alertname="NodeSlow" matches; severity=~"critical|page" does not match "warning".',
  );
});

test('a paused run is told by its target with the brake, every verdict and when it is looked at next', async () => {
  await chain.remediad.pause('all', 'we look at it ourselves');
  await chain.takeDown('archive-0');
  await chain.remediad.runWhere('holds', 'archive-0', ({ state }) => state === 'holding');
  const page = await why('archive-0');
  expect(page).toMatch(/Rule node-down on pod:sandbox\/chain\/archive-0: Held since .* \(paused\): /);
  expect(page).toContain('node-down (mode act) takes it: alertname="NodeDown" matches.');
  expect(page).toMatch(/brake refuses \(paused\): all paused by test: we look at it ourselves, needs no brake\./);
  expect(page).toContain('Brake on all by test: we look at it ourselves.');
  expect(page).toMatch(/Budget \(target\): 0 of 5 per 1h used\./);
  await chain.remediad.resume('all');
  await chain.comeBack('archive-0');
  await chain.remediad.ended('archive-0');
});

test('after a success it says what was done, what covers it, and the cooldown and budget that the next one would meet', async () => {
  const page = await why('NodeDown');
  expect(page).toMatch(/Fixed by remediad and verified: delete pod chain\/archive-0/);
  expect(page).toMatch(/Covered: r-\w+ succeeded at .*; a report after that starts a new run\./);
  expect(page).toMatch(/Its cooldown lasts until /);
  expect(page).toMatch(/Budget \(target\): 1 of 5 per 1h used\./);
  expect(page).toMatch(/The ladder remembers rung 1 \(verified, /);
});

test('a run that was handed over is told with the incident that stands for it', async () => {
  await chain.alertmanager.post({ labels: { ...down('archive-1').labels, alertname: 'NodeLost' } });
  const { id } = await chain.remediad.ended('archive-1');
  const page = await why(id);
  expect(page).toMatch(/Handed to a human \(handed-over\): /);
  expect(page).toMatch(/Covered for as long as incident i-\w+ is not resolved\./);
  expect(page).toMatch(/Incident i-\w+ is open: P2 NodeLost/);
});

test('what only observed says so, and where its path ended', async () => {
  const fault = await chain.breakNode('archive-2');
  await chain.alertmanager.post({ labels: { ...down('archive-2').labels, alertname: 'NodeSlow', severity: 'page' } });
  await chain.remediad.ended('archive-2');
  const page = await why('chain/archive-2');
  expect(page).toMatch(/Rule node-slow on pod:sandbox\/chain\/archive-2, only observing: Only observed\. It would have acted: /);
  expect(page).toContain('The path ended on rung 1 of 1 (restart), step restart.');
  expect(page).toMatch(/Covered: r-\w+ observed it at /);
  await chain.sandbox.admin.lift(fault);
});

test('a run that a human cancelled is left alone, and the page says so', async () => {
  const { remediad } = chain;
  await remediad.pause('all', 'wait');
  await chain.takeDown('archive-3');
  const { id } = await remediad.runWhere('holds', 'archive-3', ({ state }) => state === 'holding');
  await fetch(`${remediad.url}/api/v1/runs/${id}/cancel`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ by: 'ada', why: 'by hand' }),
  });
  await remediad.ended('archive-3');
  expect(await why('archive-3')).toMatch(
    /Covered: a human stopped r-\w+ at .*; it is left alone until the alert resolves and fires anew\./,
  );
  await remediad.resume('all');
});

test('`-o json` and the API answer the same as data; by fingerprint too', async () => {
  const { stdout } = await chain.remediad.command('why', 'archive-1', '-o', 'json');
  const answer = JSON.parse(stdout) as WhyAnswer;
  expect(answer.cases[0]).toMatchObject({
    alert: { status: 'firing', labels: { alertname: 'NodeLost' } },
    rules: { rules: [{ rule: 'node-lost', takes: true }], others: 2 },
    slot: { slot: 'node-lost|pod:sandbox/chain/archive-1', dry: false, run: { state: 'escalated' }, cover: { kind: 'incident' } },
  });
  const fingerprint = answer.cases[0]?.alert?.fingerprint ?? '';
  const byAlert = await chain.remediad.get<WhyAnswer>(`/api/v1/why?of=${fingerprint}`);
  expect(byAlert.cases).toHaveLength(1);
  expect(byAlert.cases[0]?.slot?.run?.id).toBe(answer.cases[0]?.slot?.run?.id);
});

test('`status` tells the modes, the clusters, what is held for which reason, and the brakes', async () => {
  const { remediad } = chain;
  expect(await remediad.command('pause', '--why', 'maintenance', '--by', 'ada', '--for', '1h')).toMatchObject({ code: 0 });
  await chain.takeDown('archive-4');
  await remediad.runWhere('holds', 'archive-4', ({ state }) => state === 'holding');
  const { stdout } = await remediad.command('status');
  expect(stdout).toMatch(/\nmode +as the rules say\n/);
  expect(stdout).toMatch(/\nrules +1 observe, 2 act\n/);
  expect(stdout).toMatch(/\nclusters +sandbox \(sandbox\): answers\n/);
  expect(stdout).toMatch(/\nholds +1 paused\n/);
  expect(stdout).toMatch(/\nincidents +1 not resolved\n/);
  expect(stdout).toMatch(/\nbrakes +all \(ada until .* UTC: maintenance\)\n/);
  expect(await remediad.command('resume')).toMatchObject({ code: 0 });
});
