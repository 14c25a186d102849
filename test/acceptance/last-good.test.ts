import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { runRemediad, startRemediad, writeFiles, type Remediad } from '../support/daemon.ts';
import { eventually } from '../support/eventually.ts';
import { startSink } from '../support/http-sink.ts';
import { startRedis } from '../support/redis.ts';
import { tempDir } from '../support/temp-dir.ts';
import { NAMESPACE, restart, ruleOf } from './chain.ts';

/** A start with a configuration that is refused. */

const rule = (name: string, over: Readonly<Record<string, unknown>> = {}) =>
  ruleOf({ name, mode: 'observe', escalation: undefined, ...over });
const write = (remediad: Remediad, ...rules: unknown[]) => writeFiles(remediad.dir, { 'rules/rules.yaml': { rules } });
const good = { 'rules/rules.yaml': { rules: [rule('first')] }, 'remediations/restart.yaml': restart };

interface Status {
  readonly config: {
    readonly hash: string;
    readonly problem: string | null;
    readonly lastGood: boolean;
    readonly kept: readonly { readonly hash: string; readonly rules: number }[];
  };
}
const config = async (remediad: Remediad) => (await remediad.get<Status>('/api/v1/status')).config;
const ready = async (remediad: Remediad) => {
  const answer = await fetch(`${remediad.url}/-/ready`);
  return { status: answer.status, text: await answer.text() };
};
const alert = {
  status: 'firing',
  labels: { alertname: 'NodeDown', namespace: NAMESPACE, pod: 'archive-0' },
  annotations: {},
  startsAt: new Date().toISOString(),
  endsAt: '0001-01-01T00:00:00Z',
};

describe('a daemon that starts with a bad set after a good one', () => {
  test('runs on the last good one, says so everywhere, wakes a human once, and is well with the next good one', async () => {
    await using pager = await startSink();
    const receivers = ['pager', 'last-resort'].map((name) => ({ name, type: 'webhook', url: `${pager.url}/${name}`, secret_file: 'key' }));
    await using remediad = await startRemediad({
      config: { receivers, emergency_receiver: 'last-resort' },
      files: { ...good, key: 'the key of the receivers' },
    });
    const { hash } = await config(remediad);

    await write(remediad, rule('first', { mode: 'acts' }));
    await remediad.restart();
    const now = await config(remediad);
    expect(now).toMatchObject({ hash, lastGood: true, kept: [{ hash, rules: 1 }] });
    expect(now.problem).toMatch(/rules\/rules\.yaml:\d+:\d+: rules\[0\]\.mode: must be observe, approve or act, found "acts"/);
    expect(await ready(remediad)).toEqual({
      status: 503,
      text: expect.stringMatching(/running on the last good configuration since the start: .*rules\[0\]\.mode/s) as string,
    });
    expect(await remediad.metric('remediad_config_last_reload_successful')).toBe(0);
    expect((await remediad.command('status')).stdout).toContain('the last good one, loaded');
    await remediad.process.waitForLine(/running on the last good one.*rules\.yaml/);
    expect((await remediad.post({ version: '4', status: 'firing', receiver: 'all', alerts: [alert] })).status).toBe(200);
    await eventually('the alert to be taken by its rule', async () => (await remediad.runs()).some((run) => run.rule === 'first'));

    const [told] = await pager.waitFor(1);
    expect(told).toMatchObject({ path: '/last-resort', body: expect.stringContaining('"reason":"config-refused"') as string });
    await remediad.restart();
    await sleep(1_500);
    expect(pager.requests).toHaveLength(1);

    await write(remediad, rule('first'), rule('second', { matchers: ['alertname="Other"'] }));
    await eventually('the good set to be in force', async () => (await ready(remediad)).status === 200);
    const after = await config(remediad);
    expect(after).toMatchObject({ lastGood: false, problem: null, kept: [{ hash: after.hash, rules: 2 }, { hash }] });
    const both = await pager.waitFor(2);
    expect(both[1]).toMatchObject({ path: '/last-resort', body: expect.stringContaining('"event":"resolve"') as string });
  });

  test('observes if either of the two sets says so, and takes its addresses and store from the files', async () => {
    await using remediad = await startRemediad({ files: good });
    const text = { web: { listen_address: new URL(remediad.url).host }, storage: { path: 'data' } };
    const dry = { ...text, global: { fresh_store_hold: '0s', dry_run: true }, clusters: [{ name: 'new', sandbox: 'fleet.sock' }] };
    await writeFiles(remediad.dir, { 'remediad.yaml': { ...dry, receivers: [{ name: 'pager', type: 'pigeon' }] } });
    await remediad.restart();
    expect(await remediad.get('/api/v1/status')).toMatchObject({
      dryRun: true,
      config: { lastGood: true },
      clusters: [{ name: 'new' }],
    });
  });
});

describe('a daemon ends with all errors at start', () => {
  const serve = (dir: string) => runRemediad(['serve', '--config.file', join(dir, 'remediad.yaml')], { cwd: dir });

  test('when there is no last good set', async () => {
    await using folder = await tempDir();
    await writeFiles(folder.path, {
      'remediad.yaml': { web: { listen_address: '127.0.0.1:0' }, storage: { path: 'data' } },
      'rules/a.yaml': 'rules: [',
      'rules/b.yaml': { rules: [rule('first', { mode: 'acts' })] },
    });
    const { code, output } = await serve(folder.path);
    expect(code).toBe(1);
    expect(output).toMatch(/rules\/a\.yaml:1:\d+: /);
    expect(output).toMatch(/rules\/b\.yaml:\d+:\d+: rules\[0\]\.mode: /);
  });

  test('when the root file does not say for certain where the store is, whatever that holds', async () => {
    await using remediad = await startRemediad({ files: good });
    await remediad.terminate();
    const wrong = [
      ['web: [', /remediad\.yaml:1:\d+: /],
      [{ radis: { url: 'redis://store' } }, /radis: unknown key/],
      [{ web: { listen_address: 'nowhere' } }, /is no address to listen on/],
    ] as const;
    for (const [file, words] of wrong) {
      await writeFiles(remediad.dir, { 'remediad.yaml': file });
      const { code, output } = await serve(remediad.dir);
      expect(code).toBe(1);
      expect(output).toMatch(words);
    }
  });
});

test('of two replicas with different sets each says which it has, and one that cannot read its own keeps the incident open', async () => {
  await using redis = await startRedis();
  const shared = { redis: { url: `unix://${redis.socket}` } };
  const timing = { incidentClearMs: 3_000 };
  await using one = await startRemediad({ config: shared, timing, files: good });
  await using other = await startRemediad({
    config: shared,
    timing,
    files: { ...good, 'rules/rules.yaml': { rules: [rule('second')] } },
  });
  const hashes = [await config(one), await config(other)].map(({ hash }) => hash);
  expect(new Set(hashes).size).toBe(2);
  expect(await one.metric('remediad_config_hash')).toBe(Number.parseInt(hashes[0]!.slice(0, 12), 16));
  expect(await other.metric('remediad_config_hash')).toBe(Number.parseInt(hashes[1]!.slice(0, 12), 16));

  await write(one, rule('first', { mode: 'acts' }));
  await one.restart();
  // What came into force last, anywhere in the installation.
  expect(await config(one)).toMatchObject({ lastGood: true, kept: [{ hash: hashes[1] }, { hash: hashes[0] }] });
  await eventually('the incident', async () => (await one.incidents()).some(({ reason }) => reason === 'config-refused'));
  await other.restart();
  await sleep(5_000);
  expect((await other.incidents()).map(({ reason, state }) => [reason, state])).toEqual([['config-refused', 'open']]);
});
