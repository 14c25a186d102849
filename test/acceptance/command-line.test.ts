import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Run } from '../../src/core/run.ts';
import { down, restart, ruleOf, startChain, type Chain, type ChainOptions } from './chain.ts';

// One run that has succeeded, and one that a human has to end.
let chain: Chain;
let healed: string;
let handed: string;
beforeAll(async () => {
  const handOver = { name: 'hand-over', steps: [{ name: 'over', escalate: 'oncall', message: 'nobody can mend this from here' }] };
  const rules: ChainOptions['rules'] = [
    ruleOf(),
    ruleOf({ name: 'node-lost', matchers: ['alertname="NodeLost"'], remediations: [{ use: 'hand-over' }] }),
  ];
  chain = await startChain({ rules, remediations: [restart, handOver] });
  await chain.takeDown('archive-0');
  await chain.comeBack('archive-0');
  healed = (await chain.remediad.ended('archive-0')).id;
  await chain.alertmanager.post({ labels: { ...down('archive-1').labels, alertname: 'NodeLost' } });
  handed = (await chain.remediad.ended('archive-1')).id;
});
afterAll(() => chain[Symbol.asyncDispose]());

const said = (...args: string[]) => chain.remediad.command(...args);

test('`runs` lists them as a table, the newest first', async () => {
  const { code, stdout } = await said('runs');
  expect(code).toBe(0);
  const [head, ...rows] = stdout.trimEnd().split('\n');
  expect(head).toMatch(/^RUN +RULE +TARGET +STATE +REASON +MODE +AGE$/);
  expect(rows).toEqual([
    expect.stringMatching(new RegExp(`^${handed} +node-lost +pod:sandbox/chain/archive-1 +escalated +handed-over +\\d+s$`)),
    expect.stringMatching(new RegExp(`^${healed} +node-down +pod:sandbox/chain/archive-0 +succeeded +verified +\\d+s$`)),
  ]);
});

test('`runs --state -o json` prints what the API says', async () => {
  const { code, stdout } = await said('runs', '--state', 'succeeded', '-o', 'json');
  expect(code).toBe(0);
  expect((JSON.parse(stdout) as Run[]).map(({ id, state }) => [id, state])).toEqual([[healed, 'succeeded']]);
});

test('`runs show` tells one run as a story', async () => {
  const { code, stdout } = await said('runs', 'show', healed);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^r-\S+ {2}node-down {2}pod:sandbox\/chain\/archive-0\n/);
  expect(stdout).toMatch(/\nEffects:\n.*delete pod chain\/archive-0/);
  expect(stdout).toMatch(/\nVerdicts:\n/);
  expect(stdout).toMatch(/\nStory:\n(.*\n)+.*Succeeded\. /);
});

test('a run that does not exist is one sentence and exit code 1', async () => {
  expect(await said('runs', 'show', 'r-ffff')).toMatchObject({
    code: 1,
    output: 'remediad: no run r-ffff: it never was, or it ended too long ago\n',
  });
});

test('`status` tells what is there, and a pause with who set it, until `resume` lifts it', async () => {
  expect((await said('pause', 'rule:node-down', '--why', 'rehearsal', '--by', 'ada', '--for', '1h')).stdout).toMatch(
    /^Paused rule:node-down until \S+Z\. Lift it with: remediad resume rule:node-down\n$/,
  );
  const { code, stdout } = await said('status');
  expect(code).toBe(0);
  expect(stdout).toMatch(/^store +embedded, installation remediad$/m);
  expect(stdout).toMatch(/^clusters +sandbox \(sandbox\): answers$/m);
  expect(stdout).toMatch(/^incidents +1 not resolved$/m);
  expect(stdout).toMatch(/^brakes +rule:node-down \(ada until .* UTC: rehearsal\)$/m);

  expect(await said('resume', 'rule:node-down')).toMatchObject({ code: 0, stdout: 'Resumed rule:node-down.\n' });
  expect(JSON.parse((await said('status', '-o', 'json')).stdout)).toMatchObject({ brakes: [], counts: { incidentsOpen: 1 } });
  expect(await said('resume', 'rule:node-down')).toMatchObject({ code: 1, output: 'remediad: no brake is set on rule:node-down\n' });
});

test('a pause of a rule that is not there is set, with a word about it; a rule that is not there is not started', async () => {
  const { code, output } = await said('pause', 'rule:node-dwn', '--why', 'rehearsal');
  expect(code).toBe(0);
  expect(output).toContain('WARNING: no rule "node-dwn" is in force: did you mean "node-down"?\n');
  expect((await said('pause', 'namespace:sandbx/chain', '--why', 'rehearsal')).output).toContain(
    'WARNING: there is no cluster "sandbx": did you mean "sandbox"?\n',
  );
  expect((await said('pause', 'namespace:sandbox/chain', '--why', 'rehearsal')).output).not.toContain('WARNING');
  for (const scope of ['rule:node-dwn', 'namespace:sandbx/chain', 'namespace:sandbox/chain']) await said('resume', scope);
  expect(await said('run', 'node-dwn')).toMatchObject({
    code: 1,
    output: 'remediad: there is no rule node-dwn: did you mean "node-down"?\n',
  });
});

test('a command that is misused ends with exit code 2, one that finds no daemon with 1', async () => {
  const [withoutWhy, unknownFlag, nobody] = await Promise.all([
    said('pause', 'all'),
    said('runs', '--limitless'),
    said('status', '--url', 'http://127.0.0.1:9'),
  ]);
  expect(withoutWhy).toMatchObject({ code: 2, output: expect.stringContaining('--why') as string });
  expect(unknownFlag).toMatchObject({ code: 2, output: expect.stringContaining('--limitless') as string });
  expect(nobody).toMatchObject({
    code: 1,
    output: expect.stringMatching(/^remediad: cannot reach http:\/\/127\.0\.0\.1:9 .*is the daemon running\?/) as string,
  });
});
