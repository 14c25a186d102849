import { mkdir, symlink } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { needBinary } from '../support/binary.ts';
import { runRemediad, startRemediad, writeFiles, type Said } from '../support/daemon.ts';
import { startProcess } from '../support/process.ts';
import { startRedis } from '../support/redis.ts';
import { tempDir } from '../support/temp-dir.ts';
import { NAMESPACE, restart, ruleOf } from './chain.ts';

const program = resolve(import.meta.dirname, '../../bin/remediad');
const loopback = { listen_address: '127.0.0.1:0' };

interface Given {
  readonly config?: Readonly<Record<string, unknown>>;
  readonly files?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts a daemon that must not start, in a folder of its own. */
async function serve({ config = {}, files = {}, env = {} }: Given): Promise<Said> {
  await using folder = await tempDir();
  await writeFiles(folder.path, { 'remediad.yaml': { web: loopback, storage: { path: 'data' }, ...config }, ...files });
  return await runRemediad(['serve', '--config.file', 'remediad.yaml'], { cwd: folder.path, env });
}

/** What a refusal says: its lines, without what was logged on the way. */
const refusal = ({ output }: Said): string[] =>
  output
    .trimEnd()
    .split('\n')
    .filter((line) => !line.startsWith('time='));

describe('remediad refuses to start, with exit code 1 and one clear sentence,', () => {
  test('on an address that others reach when it has no credentials', async () => {
    const said = await serve({ config: { web: { listen_address: '0.0.0.0:0' } } });

    expect(said.code).toBe(1);
    expect(refusal(said)).toEqual([
      'remediad: remediad.yaml:2:19: web.listen_address: refusing to listen on 0.0.0.0:0 without credentials: whoever gets there could pause or run everything (fix: set web.bearer_token_file, or listen on 127.0.0.1)',
    ]);
  });

  test('where there is no server for its store, with the line that installs one', async () => {
    await using folder = await tempDir();
    const bin = join(folder.path, 'bin');
    await mkdir(bin);
    for (const name of ['dirname', 'readlink', 'uname']) await symlink(needBinary(name), join(bin, name));

    const said = await serve({ env: { PATH: bin } });

    expect(said.code).toBe(1);
    expect(refusal(said)).toEqual([
      expect.stringMatching(/^remediad: no valkey-server or redis-server on PATH: install one \(`apt-get install/),
    ]);
  });

  test('in a directory that was removed under it', async () => {
    await using folder = await tempDir();
    const gone = join(folder.path, 'gone');
    await mkdir(gone);
    await using process = await startProcess('sh', ['-c', 'rmdir "$PWD" && exec "$0" serve', program], { cwd: gone });

    expect(await process.waitForEnd(20_000)).toBe(1);
    expect(process.output).toContain('remediad: the working directory does not exist any more: start remediad in one that does\n');
    expect(process.output).not.toMatch(/^ +at /m);
  });

  test('with a token that no request could show', async () => {
    const config = { web: { ...loopback, bearer_token_file: 'tokens' } };
    const said = await serve({ config, files: { tokens: 'good-one\n\nmy token\n' } });

    expect(said.code).toBe(1);
    expect(refusal(said)).toEqual([
      'remediad: remediad.yaml:3:22: web.bearer_token_file: line 3 of the file holds a space, so no request can show that token (fix: write one token a line, without spaces)',
    ]);
  });

  test('with a cluster whose credentials cannot be used', async () => {
    const clusters = [{ name: 'prod', kubeconfig: 'prod.kubeconfig', context: 'prod' }];
    const staging = { name: 'staging', context: { cluster: 'c', user: 'u' } };

    const said = await serve({ config: { clusters }, files: { 'prod.kubeconfig': { contexts: [staging] } } });

    expect(said.code).toBe(1);
    expect(refusal(said)).toEqual([
      expect.stringMatching(/^remediad: cluster prod: .*prod.kubeconfig has no context "prod", only staging$/),
    ]);
  });

  test('in a cluster when it does not run in one', async () => {
    const said = await serve({ config: { clusters: [{ name: 'prod', in_cluster: true }] }, env: { KUBERNETES_SERVICE_HOST: '' } });

    expect(said.code).toBe(1);
    expect(refusal(said)).toEqual([expect.stringMatching(/^remediad: cluster prod: in_cluster needs remediad to run in a pod/)]);
  });

  test('on the storage of another daemon, which goes on', async () => {
    await using first = await startRemediad();

    const said = await runRemediad(['serve', '--config.file', join(first.dir, 'remediad.yaml'), '--web.listen-address', '127.0.0.1:0']);

    expect(said.code).toBe(1);
    expect(refusal(said)).toEqual([
      `remediad: another remediad (pid ${first.process.pid}) uses the store in ${join(first.dir, 'data/store')}: stop it, or give this one a storage path of its own`,
    ]);
    expect((await fetch(`${first.url}/-/ready`)).status).toBe(200);
  });

  test('on an address that is taken, instead of working on unreached', async () => {
    await using first = await startRemediad();
    const { host } = new URL(first.url);

    const said = await serve({ config: { web: { listen_address: host } } });

    expect(said.code).toBe(1);
    expect(refusal(said)).toEqual([`remediad: ${host} is taken (EADDRINUSE): stop what listens there, or set web.listen_address`]);
  });

  test('on an external store that would forget', async () => {
    await using redis = await startRedis(['--appendonly', 'no']);

    const said = await serve({ config: { redis: { url: `unix://${redis.socket}` } } });

    expect(said.code).toBe(1);
    expect(refusal(said)).toEqual([expect.stringMatching(/^remediad: .*append.?only.*: /)]);
  });

  test('with what only tests may set', async () => {
    const envs: Readonly<Record<string, string>>[] = [{ REMEDIAD_FAIL_POINT: 'claim.after:kill' }, { REMEDIAD_TIMING: '{}' }];
    const all = await Promise.all(envs.map(async (env) => ({ name: Object.keys(env)[0], ...(await serve({ env })) })));
    for (const { name, ...said } of all) {
      expect(said.code).toBe(1);
      expect(refusal(said)).toEqual([`remediad: ${name} is set: that is for tests, and needs REMEDIAD_TEST=1`]);
    }
  });
});

test('a broken configuration refuses to start with every fault at once, each with its place and its fix', async () => {
  const said = await serve({
    config: { receivers: [{ name: 'pager', type: 'carrier-pigeon' }], colour: 'blue' },
    files: {
      'rules/rules.yaml': { rules: [ruleOf({ mode: 'acts' }), ruleOf({ name: 'other', remediations: [{ use: 'restrat' }] })] },
      'remediations/restart.yaml': { ...restart, steps: [{ name: 'go', action: 'kubernetes/delete-pods' }] },
    },
  });

  expect(said.code).toBe(1);
  const lines = refusal(said).join('\n').replace('remediad: ', '').split('\n');
  for (const line of lines) expect(line).toMatch(/^(remediad\.yaml|rules\/rules\.yaml|remediations\/restart\.yaml):\d+:\d+: .+/);
  expect(lines).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/^remediad\.yaml:\d+:\d+: colour: /),
      expect.stringMatching(/^remediad\.yaml:\d+:\d+: receivers\[0\]/),
      expect.stringMatching(/^rules\/rules\.yaml:\d+:\d+: rules\[0\]\.mode: /),
      expect.stringMatching(/^rules\/rules\.yaml:\d+:\d+: .*restrat.*did you mean "restart"/),
      expect.stringMatching(/^remediations\/restart\.yaml:\d+:\d+: .*delete-pods.*did you mean "kubernetes\/delete-pod"/),
    ]),
  );
});

test('a configuration is checked without its clusters', async () => {
  await using folder = await tempDir();
  const clusters = [{ name: 'prod', kubeconfig: 'not-here.kubeconfig', context: 'prod' }];
  await writeFiles(folder.path, { 'remediad.yaml': { clusters, rule_files: [], remediation_files: [] } });
  expect(await runRemediad(['check', '--config.file', 'remediad.yaml'], { cwd: folder.path })).toMatchObject({ code: 0 });
});

test('with a token file remediad serves others too, and whoever asks must show it', async () => {
  await using remediad = await startRemediad({
    config: { web: { listen_address: '0.0.0.0:0', bearer_token_file: 'token' } },
    files: { token: 'open-sesame\n' },
  });
  const [, port] = await remediad.process.waitForLine(/remediad is ready.*url=http:\/\/0\.0\.0\.0:(\d+)/);
  const url = `http://127.0.0.1:${port}`;
  const labels = { alertname: 'NodeDown', namespace: NAMESPACE, pod: 'archive-0' };
  const alert = { status: 'firing', labels, annotations: {}, startsAt: '2026-01-01T00:00:00Z', endsAt: '0001-01-01T00:00:00Z' };
  const post = async (authorization?: string) => {
    const headers = { 'content-type': 'application/json', ...(authorization === undefined ? {} : { authorization }) };
    const body = JSON.stringify({ version: '4', status: 'firing', receiver: 'all', alerts: [alert] });
    return (await fetch(`${url}/api/v1/webhooks/alertmanager`, { method: 'POST', headers, body })).status;
  };
  expect(await post()).toBe(401);
  expect(await post('Bearer sesame')).toBe(401);
  expect(await post('Bearer open-sesame')).toBe(200);

  expect(await runRemediad(['runs', '--url', url])).toMatchObject({ code: 1, output: expect.stringContaining('--token-file') as string });
  const shown = await runRemediad(['runs', '--url', url, '--token-file', join(remediad.dir, 'token')]);
  expect(shown).toMatchObject({ code: 0, output: 'No runs.\n' });
});
