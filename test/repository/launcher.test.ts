import { copyFile, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { arch } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startProcess } from '../support/process.ts';
import { tempDir, type TempDir } from '../support/temp-dir.ts';

const launcher = resolve(import.meta.dirname, '../../bin/remediad');
const PLATFORM_NODE = `node_modules/node-linux-${arch()}/bin/node`;

let folder: TempDir;
beforeEach(async () => {
  folder = await tempDir();
  await mkdir(join(folder.path, 'app/bin'), { recursive: true });
  await copyFile(launcher, join(folder.path, 'app/bin/remediad'));
});
afterEach(() => folder[Symbol.asyncDispose]());

const inApp = (...parts: string[]) => join(folder.path, 'app', ...parts);

async function put(path: string, text: string): Promise<void> {
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(path, text, { mode: 0o755 });
}

/** A program that says it is this version of Node, and else prints its name and arguments. */
const fakeNode = (path: string, version: string) =>
  put(path, `#!/bin/sh\nif [ "$1" = --version ]; then echo ${version}; else echo "${path}" "$@"; fi\n`);

/** Runs the launcher with a PATH on which only the usual tools and `node`, if put there, can be found. */
async function launch(file = inApp('bin/remediad'), args: readonly string[] = []) {
  const tools = join(folder.path, 'tools');
  await mkdir(tools, { recursive: true });
  for (const name of ['sh', 'readlink', 'dirname', 'uname']) await symlink(`/usr/bin/${name}`, join(tools, name)).catch(() => undefined);
  await using child = await startProcess(file, args, { cwd: '/', env: { PATH: `${join(folder.path, 'path')}:${tools}` } });
  const code = await child.waitForEnd();
  return { code, output: child.output.trim() };
}

const withSources = () => Promise.all([put(inApp('src/main.ts'), ''), mkdir(inApp('node_modules'), { recursive: true })]);

describe('the launcher', () => {
  test('runs the sources of a checkout with the Node on PATH when that is new enough', async () => {
    await withSources();
    await fakeNode(join(folder.path, 'path/node'), 'v24.0.0');
    await fakeNode(inApp(PLATFORM_NODE), 'v24.21.0');
    const { code, output } = await launch(undefined, ['check', 'a file']);
    expect(code).toBe(0);
    expect(output).toBe(`${join(folder.path, 'path/node')} ${inApp('src/main.ts')} check a file`);
  });

  test.each(['v20.20.2', 'v23.11.0', 'not a version'])('takes the installed Node when the one on PATH says %s', async (version) => {
    await withSources();
    await fakeNode(join(folder.path, 'path/node'), version);
    await fakeNode(inApp(PLATFORM_NODE), 'v24.21.0');
    expect((await launch()).output).toBe(`${inApp(PLATFORM_NODE)} ${inApp('src/main.ts')}`);
  });

  test('takes the installed Node when there is none on PATH', async () => {
    await withSources();
    await fakeNode(inApp(PLATFORM_NODE), 'v26.0.0');
    expect((await launch()).output).toBe(`${inApp(PLATFORM_NODE)} ${inApp('src/main.ts')}`);
  });

  test('works through a chain of symlinks, relative ones too', async () => {
    await withSources();
    await fakeNode(inApp(PLATFORM_NODE), 'v24.21.0');
    await symlink('app/bin/remediad', join(folder.path, 'one'));
    await symlink(join(folder.path, 'one'), join(folder.path, 'two'));
    expect((await launch(join(folder.path, 'two'))).output).toBe(`${inApp(PLATFORM_NODE)} ${inApp('src/main.ts')}`);
  });

  test('runs dist of an installed package, with the Node that stands beside it', async () => {
    await put(inApp('dist/main.js'), '');
    const beside = join(folder.path, `node-linux-${arch()}/bin/node`);
    await fakeNode(beside, 'v24.21.0');
    expect((await launch()).output).toBe(`${beside} ${inApp('dist/main.js')}`);
  });

  test('names make setup when nothing is installed', async () => {
    await withSources();
    await rm(inApp('node_modules'), { recursive: true });
    const { code, output } = await launch();
    expect(code).toBe(1);
    expect(output).toBe(`remediad: nothing is installed yet: run \`make setup\` in ${inApp()}`);
  });

  test('says what it looked for when there is no Node that is new enough', async () => {
    await withSources();
    await fakeNode(join(folder.path, 'path/node'), 'v20.20.2');
    const { code, output } = await launch();
    expect(code).toBe(1);
    expect(output).toContain('no Node 24 or later');
    expect(output).toContain('make setup');
    expect(output.split('\n')).toHaveLength(1);
  });

  test('says what is missing from a broken package', async () => {
    const { code, output } = await launch();
    expect(code).toBe(1);
    expect(output).toBe(`remediad: ${inApp('dist/main.js')} is missing: the installation is incomplete`);
  });

  test('becomes the program, so that signals reach it and its exit code is ours', async () => {
    await withSources();
    await put(
      inApp(PLATFORM_NODE),
      '#!/bin/sh\n[ "$1" = --version ] && echo v24.21.0 && exit\ntrap "exit 42" TERM\necho pid $$\nwhile :; do sleep 0.02; done\n',
    );
    await using child = await startProcess(inApp('bin/remediad'), [], { cwd: '/', env: { PATH: '/usr/bin:/bin' } });
    expect(Number((await child.waitForLine(/^pid (\d+)$/))[1])).toBe(child.pid);
    child.signal('SIGTERM');
    expect(await child.waitForEnd()).toBe(42);
  });
});
