import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { startProcess } from '../support/process.ts';
import { tempDir } from '../support/temp-dir.ts';

const root = resolve(import.meta.dirname, '../..');

/** Runs .ci/run beside a Makefile whose `test` does this. */
async function ci(...recipe: string[]) {
  await using folder = await tempDir();
  await mkdir(join(folder.path, '.ci'));
  await copyFile(join(root, '.ci/run'), join(folder.path, '.ci/run'));
  await writeFile(join(folder.path, 'Makefile'), `test:\n${recipe.map((line) => `\t@${line}\n`).join('')}`);
  await using child = await startProcess(join(folder.path, '.ci/run'), [], { cwd: '/' });
  return { code: await child.waitForEnd(), lines: child.output.trim().split('\n') };
}

test.each([
  ['all passed', 'echo 12 passed, 0 failed', '12 passed, 0 failed', 0],
  ['something failed, although make adds a line', 'echo 12 passed, 3 failed; exit 1', '12 passed, 3 failed', 2],
  ['it broke before the end', 'exit 1', '0 passed, 1 failed', 2],
])('the last line of a run tells the sum when %s', async (_, recipe, last, expected) => {
  const { code, lines } = await ci(recipe);
  expect(lines.at(-1)).toBe(last);
  expect(code).toBe(expected);
});
