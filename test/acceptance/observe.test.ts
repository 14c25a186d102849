import { Redis } from 'ioredis';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ObservedReport } from '../../src/cli/observed.ts';
import { down, openGuards, ruleOf, startChain, type Chain, type ChainOptions } from './chain.ts';

/** What auditors get of a daemon that only observes, over real webhooks: all that it would have done, and nothing of it done. */

const ladder = [{ use: 'restart' }, { use: 'harder' }];
const remediations: NonNullable<ChainOptions['remediations']> = [
  {
    name: 'restart',
    steps: [
      { name: 'pod', check: 'kubernetes/pod-status' },
      { name: 'restart', action: 'kubernetes/delete-pod' },
      { name: 'once-more', action: 'kubernetes/delete-pod' },
    ],
  },
  { name: 'harder', steps: [{ name: 'again', action: 'kubernetes/delete-pod' }] },
  { name: 'hand-over', steps: [{ name: 'over', escalate: 'oncall', message: '=HYPERLINK("http://127.0.0.1","nobody can mend this")' }] },
];
const guards = { ...openGuards, budgets: [{ max: 1, per: '1h', scope: 'rule' }] };

/** `archive-0` would be restarted, `archive-1` is stopped by the budget, `archive-2` is handed over. */
async function observe(options: ChainOptions): Promise<Chain> {
  const chain = await startChain({ remediations, ...options });
  await chain.takeDown('archive-0');
  await chain.remediad.ended('archive-0');
  await chain.takeDown('archive-1');
  await chain.remediad.ended('archive-1');
  await chain.alertmanager.post({ labels: { ...down('archive-2').labels, alertname: 'NodeLost' } });
  await chain.remediad.ended('archive-2');
  return chain;
}

const rulesIn = (mode: 'observe' | 'act') => [
  ruleOf({ mode, remediations: ladder, guards }),
  ruleOf({ name: 'node-lost', mode, matchers: ['alertname="NodeLost"'], remediations: [{ use: 'hand-over' }], guards }),
];

describe.each([
  ['mode: observe', { rules: rulesIn('observe') }, 'observe'],
  ['global.dry_run', { rules: rulesIn('act'), config: { global: { dry_run: true } } }, 'flag'],
] as const)('%s', (_name, options, dry) => {
  let chain: Chain;
  beforeAll(async () => {
    chain = await observe(options);
  });
  afterAll(() => chain[Symbol.asyncDispose]());

  const report = async (...more: string[]): Promise<ObservedReport> => {
    const { code, stdout } = await chain.remediad.command('runs', '--observed', '--since', '1h', '-o', 'json', ...more);
    expect(code).toBe(0);
    return JSON.parse(stdout) as ObservedReport;
  };

  test('the report tells what would have been done, with the answer of the API server and where the path ended', async () => {
    const { runs } = await report();
    expect(runs).toHaveLength(3);
    expect(runs[0]).toMatchObject({
      dry,
      rule: 'node-down',
      state: 'observed',
      would: 'effect',
      effect: expect.stringMatching(/^delete pod chain\/archive-0 /) as string,
      server: 'the server accepts it',
      reached: {
        rung: 0,
        rungs: 2,
        remediation: 'restart',
        step: 'restart',
        missed: ['restart/once-more: kubernetes/delete-pod', 'harder/again: kubernetes/delete-pod'],
      },
    });
  });

  test('what a guard refused, with its reason and what had been planned', async () => {
    const { runs } = await report('--rule', 'node-down');
    expect(runs).toHaveLength(2);
    expect(runs[1]).toMatchObject({
      would: 'escalate',
      reason: 'budget-spent',
      server: null,
      refusals: [
        { guard: 'budget', reason: 'budget-spent', have: expect.stringContaining('1 of 1') as string, times: expect.any(Number) as number },
      ],
    });
  });

  test('and over all: what each rule came to, who refused, how near the budgets it came', async () => {
    const { summary } = await report();
    expect(summary).toMatchObject({
      incompleteBefore: null,
      total: { runs: 3, effect: 1, escalate: 2, ask: 0, nothing: 0, open: 0 },
      rules: [
        { rule: 'node-down', effect: 1, escalate: 1, stoppedByBudget: 1 },
        { rule: 'node-lost', effect: 0, escalate: 1, stoppedByBudget: 0 },
      ],
      refusals: [{ guard: 'budget', reason: 'budget-spent', runs: 1 }],
      busiestTarget: { target: 'pod:sandbox/chain/archive-0', effects: 1 },
    });
    expect(summary.budgets.find(({ rule }) => rule === 'node-down')).toMatchObject({ scope: 'rule', max: 1, peak: 1, on: 'node-down' });
  });

  test('as a table that ends with the summary', async () => {
    const { stdout } = await chain.remediad.command('runs', '--observed', '--since', '30d');
    expect(stdout).toMatch(/^ACCEPTED \(UTC\) +RUN +RULE +TARGET +WOULD +REASON +REFUSED BY +EFFECT/);
    expect(stdout).toMatch(/archive-1 +escalate +budget-spent +budget \(budget-spent\)/);
    expect(stdout).toMatch(/\nFrom .*: 3 runs: 1 would act, 2 would wake a human\.\n/);
    expect(stdout).toMatch(/are forgotten: what was accepted earlier may be missing here\./);
    expect(stdout).toMatch(/\n {2}node-down: 2 runs: 1 would act, 1 would wake a human\. A budget would have stopped 1\.\n/);
  });

  test('as CSV in which nothing runs as a formula', async () => {
    const { stdout } = await chain.remediad.command('runs', '--observed', '-o', 'csv');
    const lines = stdout.split('\r\n');
    expect(lines[0]).toMatch(
      /^run,accepted_at,ended_at,rule,priority,cluster,namespace,target,alertname,fingerprint,dry,state,would,reason,/,
    );
    expect(lines).toHaveLength(5);
    expect(stdout).not.toMatch(/(^|,)"?=/m);
    expect(stdout).toContain('=HYPERLINK(""http://127.0.0.1""');
  });

  test('`runs show` tells where the path ended', async () => {
    const { runs } = await report();
    const { stdout } = await chain.remediad.command('runs', 'show', runs[0]?.run ?? '');
    expect(stdout).toContain(
      'The path ended on rung 1 of 2 (restart), step restart. Never came to restart/once-more: kubernetes/delete-pod',
    );
  });

  test('nothing happened to the fleet, nobody was told, and of the store only the key space of dry runs was touched', async () => {
    expect(await chain.effects()).toEqual([]);
    expect(await chain.remediad.incidents()).toEqual([]);
    expect(chain.pager.requests).toEqual([]);
    const redis = new Redis(join(chain.remediad.dir, 'data/store/redis.sock'));
    const keys = await redis.keys('*');
    redis.disconnect();
    const names = keys.map((key) => key.slice('{remediad}:'.length));
    const left = (space: string) =>
      names.filter((name) => new RegExp(`^${space}(?:active|lock|wait|rel|bud|budper|cool|subject|slot)(?::|$)`).test(name));
    expect(left('')).toEqual([]);
    expect(left('dry:').map((name) => name.split(':')[1])).toEqual(expect.arrayContaining(['bud', 'slot', 'subject']));
  });
});

test('a time that is none and a flag that does not fit are told as such', async () => {
  await using chain = await startChain();
  expect(await chain.remediad.command('runs', '--observed', '--since', 'last week')).toMatchObject({
    code: 2,
    output: expect.stringContaining('--since: "last week" is neither a duration (7d) nor a time') as string,
  });
  expect(await chain.remediad.command('runs', '-o', 'csv')).toMatchObject({ code: 2 });
  expect(await chain.remediad.command('runs', '--observed', '--since', '1h', '--until', '2h')).toMatchObject({ code: 2 });
  expect(await chain.remediad.command('runs', '--observed')).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^No run only observed in this time\.\n/) as string,
  });
});
