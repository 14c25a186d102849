import { existsSync } from 'node:fs';
import { copyFile, mkdir, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startProcess } from '../support/process.ts';
import { tempDir, type TempDir } from '../support/temp-dir.ts';

const script = resolve(import.meta.dirname, '../../scripts/setup.sh');
const SERVERS = ['redis-server', 'prometheus-alertmanager', 'amtool', 'prometheus', 'promtool'];

let folder: TempDir;
const at = (...parts: string[]) => join(folder.path, ...parts);

beforeEach(async () => {
  folder = await tempDir();
  for (const name of ['scripts', 'path', 'node_modules']) await mkdir(at(name));
  await copyFile(script, at('scripts/setup.sh'));
  for (const name of ['sh', 'dirname', 'grep', 'sed', 'touch', 'chmod', 'rm', 'cat']) await symlink(`/usr/bin/${name}`, at('path', name));
  await writeFile(at('package-lock.json'), '{}');
  await writeFile(at('node_modules/.package-lock.json'), '{}');
  await program('npm', 'mkdir -p node_modules');
  await program('id', 'echo 0');
});
afterEach(() => folder[Symbol.asyncDispose]());

/** A program that notes in `calls` how it was called, and then does this. */
const program = (name: string, does = '') =>
  writeFile(at('path', name), `#!/bin/sh\nPATH=/usr/bin:/bin\necho "${name} $*" >>"${at('calls')}"\n${does}\n`, { mode: 0o755 });

async function setup(...args: string[]) {
  await using child = await startProcess(at('scripts/setup.sh'), args, {
    cwd: '/',
    env: { PATH: at('path'), POLICY_RC_D: at('policy-rc.d') },
  });
  const code = await child.waitForEnd();
  const calls = existsSync(at('calls')) ? (await readFile(at('calls'), 'utf8')).trim().split('\n') : [];
  return { code, output: child.output.trim(), calls };
}

const installServers = (...names: string[]) => Promise.all(names.map((name) => program(name)));

describe('make setup', () => {
  test('does nothing and says nothing when all is there', async () => {
    await installServers(...SERVERS);
    expect(await setup()).toEqual({ code: 0, output: '', calls: [] });
  });

  test('takes valkey-server and an Alertmanager of its own name', async () => {
    await installServers('valkey-server', 'alertmanager', 'amtool', 'prometheus', 'promtool');
    expect(await setup()).toEqual({ code: 0, output: '', calls: [] });
  });

  test.each([
    ['missing', () => rm(at('node_modules'), { recursive: true })],
    ['older than the lock file', () => utimes(at('node_modules/.package-lock.json'), 1, 1)],
  ])('installs the packages when they are %s, and not again', async (_, make) => {
    await installServers(...SERVERS);
    await make();
    const first = await setup();
    expect(first.code).toBe(0);
    expect(first.calls).toEqual([expect.stringMatching(/^npm install --no-save /)]);
    expect((await setup()).calls).toEqual(first.calls);
  });

  test('fails when npm fails', async () => {
    await program('npm', 'echo no network >&2; exit 1');
    await utimes(at('node_modules/.package-lock.json'), 1, 1);
    const { code, output } = await setup();
    expect(code).toBe(1);
    expect(output).toMatch(/no network\nsetup: npm install failed, see above$/);
  });

  test('installs what is missing as root, says so, lets nothing start, and leaves no policy behind', async () => {
    await program('apt-cache', 'echo "  Candidate: 1.0"');
    await program('apt-get', `[ "$1" != install ] || sh "${at('policy-rc.d')}" || echo "policy said $?"`);
    await program('systemctl');
    const { code, output, calls } = await setup();
    expect(code).toBe(0);
    expect(output).toContain('setup: installing with apt-get (no service is started): redis-server prometheus-alertmanager prometheus');
    expect(output).toContain('policy said 101');
    expect(calls).toContain('apt-get install -y -qq --no-install-recommends redis-server prometheus-alertmanager prometheus');
    expect(calls.filter((call) => call.startsWith('systemctl'))).toEqual([
      'systemctl disable redis-server',
      'systemctl disable prometheus-alertmanager',
      'systemctl disable prometheus',
    ]);
    expect(existsSync(at('policy-rc.d'))).toBe(false);
  });

  test('takes its policy away even when apt-get fails', async () => {
    await program('apt-cache', 'echo "  Candidate: 1.0"');
    await program('apt-get', 'exit 100');
    const { code, output } = await setup();
    expect(code).toBe(1);
    expect(output).toContain('apt-get install redis-server prometheus-alertmanager prometheus failed');
    expect(existsSync(at('policy-rc.d'))).toBe(false);
  });

  test('leaves a policy that was there as it is', async () => {
    await writeFile(at('policy-rc.d'), '#!/bin/sh\nexit 101\n');
    await program('apt-cache', 'echo "  Candidate: 1.0"');
    await program('apt-get');
    expect((await setup()).code).toBe(0);
    expect(existsSync(at('policy-rc.d'))).toBe(true);
  });

  test('reads the package lists when they do not know the packages, and takes valkey where there is no redis', async () => {
    await program(
      'apt-cache',
      `[ -f "${at('updated')}" ] && [ "$2" != redis-server ] && echo "  Candidate: 1.0" || echo "  Candidate: (none)"`,
    );
    await program('apt-get', `[ "$1" != update ] || touch "${at('updated')}"`);
    const { code, calls } = await setup('demo');
    expect(code).toBe(0);
    expect(calls.filter((call) => call.startsWith('apt-get'))).toEqual([
      'apt-get update -qq',
      'apt-get install -y -qq --no-install-recommends valkey-server prometheus-alertmanager',
    ]);
  });

  test.each([
    ['neither', [], ['openssl', 'unzip']],
    ['Python, which unpacks as well', ['python3'], ['openssl']],
    ['both', ['openssl', 'unzip'], []],
  ])('gets for tests on a cluster what they need: %s is there', async (_, there, missing) => {
    await program('apt-cache', 'echo "  Candidate: 1.0"');
    await program('apt-get');
    await installServers(...SERVERS, ...there);
    expect((await setup()).calls).toEqual([]);
    const { code, calls } = await setup('cluster');
    expect(code).toBe(0);
    const installs = calls.filter((call) => call.startsWith('apt-get install'));
    expect(installs).toEqual(missing.length === 0 ? [] : [`apt-get install -y -qq --no-install-recommends ${missing.join(' ')}`]);
  });

  test('does not need Prometheus for the demo', async () => {
    await installServers('redis-server', 'prometheus-alertmanager');
    expect(await setup('demo')).toEqual({ code: 0, output: '', calls: [] });
  });

  test.each([
    ['root', async () => Promise.all([program('id', 'echo 1000'), program('apt-get')])],
    ['apt-get', async () => undefined],
  ])('gives one sentence with the command when there is no %s', async (_, make) => {
    await make();
    const { code, output, calls } = await setup();
    expect(code).toBe(1);
    expect(output.split('\n')).toEqual([
      'setup: not on PATH: redis-server prometheus-alertmanager prometheus; install them (on Debian: sudo apt-get install --no-install-recommends redis-server prometheus-alertmanager prometheus), no service needs to run',
    ]);
    expect(calls.filter((call) => call.startsWith('apt'))).toEqual([]);
  });
});
