import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { NONE, readReport, sum } from '../../scripts/report.ts';
import { startProcess } from '../support/process.ts';
import { tempDir } from '../support/temp-dir.ts';

const result = (status: string, fullName: string, failureMessages: string[] = []) => ({ status, fullName, failureMessages });

async function tally(testResults: unknown) {
  await using folder = await tempDir();
  const path = join(folder.path, 'report.json');
  await writeFile(path, JSON.stringify({ testResults }));
  return await readReport('unit', path);
}

test('a report counts passed, failed and skipped tests', async () => {
  const assertionResults = [result('passed', 'a'), result('failed', 'b', ['boom\n  at here']), result('pending', 'c'), result('todo', 'd')];
  const { passed, skipped, failures } = await tally([
    { name: `${process.cwd()}/test/x.test.ts`, status: 'failed', message: '', assertionResults },
  ]);
  expect({ passed, skipped }).toEqual({ passed: 1, skipped: 2 });
  expect(failures).toEqual(['unit test/x.test.ts > b\n    boom\n      at here']);
});

test('a file that failed without a failed test counts as one', async () => {
  const { failures } = await tally([
    { name: 'x', status: 'failed', message: 'Cannot find module', assertionResults: [result('passed', 'a')] },
  ]);
  expect(failures).toHaveLength(1);
  expect(failures[0]).toContain('Cannot find module');
});

test('a missing or broken report is a failure', async () => {
  expect((await readReport('unit', '/does/not/exist.json')).failures[0]).toContain('unit tests: no report: ENOENT');
  expect((await tally(undefined)).failures).toHaveLength(1);
});

test('sums add every part', () => {
  const one = { passed: 1, skipped: 2, failures: ['x'] };
  expect(sum(one, sum(NONE, { passed: 3, skipped: 0, failures: ['y'] }))).toEqual({ passed: 4, skipped: 2, failures: ['x', 'y'] });
});

test('the runner refuses a part that does not exist', async () => {
  await using child = await startProcess(process.execPath, ['scripts/test.ts', 'untit']);
  expect(await child.waitForEnd()).toBe(2);
  expect(child.output).toContain('no such part: untit; there are check, unit, integration, acceptance, torture, cluster');
});
