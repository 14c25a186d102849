import { copyFile, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { startProcess } from '../support/process.ts';
import { tempDir } from '../support/temp-dir.ts';

const root = resolve(import.meta.dirname, '../..');
const TOOLS = ['echo', 'false', 'bash', 'make', 'mktemp', 'tee', 'grep', 'tail', 'rm', 'dirname', 'env', 'sh'];

interface Machine {
  /** What `make test` and `make cluster-test` do. */
  readonly test: string;
  readonly cluster?: string;
  readonly go?: boolean;
}

/** Runs .ci/run beside a Makefile of such targets, with Go on PATH or not. */
async function ci({ test: recipe, cluster = 'false', go = true }: Machine) {
  await using folder = await tempDir();
  const at = (...parts: string[]) => join(folder.path, ...parts);
  await mkdir(at('.ci'));
  await mkdir(at('path'));
  await copyFile(join(root, '.ci/run'), at('.ci/run'));
  await writeFile(at('Makefile'), `test:\n\t@${recipe}\ncluster-test:\n\t@${cluster}\n`);
  for (const name of TOOLS) await symlink(`/usr/bin/${name}`, at('path', name));
  // Only looked for, never run.
  if (go) await writeFile(at('path/go'), '#!/bin/sh\n', { mode: 0o755 });
  await using child = await startProcess(at('.ci/run'), [], { cwd: '/', env: { PATH: at('path') } });
  return { code: await child.waitForEnd(), lines: child.output.trim().split('\n') };
}

test.each([
  ['all passed', 'echo 12 passed, 0 failed', 'echo 5 passed, 0 failed', '17 passed, 0 failed', 0],
  ['something failed, although make adds a line', 'echo 12 passed, 3 failed; exit 1', 'echo 5 passed, 0 failed', '17 passed, 3 failed', 2],
  ['a test on the cluster failed', 'echo 12 passed, 0 failed', 'echo 4 passed, 1 failed; exit 1', '16 passed, 1 failed', 2],
  ['it broke before the end', 'exit 1', 'echo 5 passed, 0 failed', '5 passed, 1 failed', 2],
  ['the control plane could not be built', 'echo 12 passed, 0 failed', 'echo no network; exit 1', '12 passed, 1 failed', 2],
])('the last line of a run tells the sum when %s', async (_, recipe, cluster, last, expected) => {
  const { code, lines } = await ci({ test: recipe, cluster });
  expect(lines.at(-1)).toBe(last);
  expect(code).toBe(expected);
});

test('a run without Go says what it leaves out', async () => {
  const { code, lines } = await ci({ test: 'echo 12 passed, 0 failed', go: false });
  expect(lines.slice(-2)).toEqual([
    expect.stringMatching(/^Left out: the tests on a Kubernetes control plane.* go, /),
    '12 passed, 0 failed',
  ]);
  expect(code).toBe(0);
});
