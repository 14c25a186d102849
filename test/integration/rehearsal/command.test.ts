import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { runProgram } from '../../../src/cli/program.ts';
import { tempDir } from '../../support/temp-dir.ts';

const fails = 'test/fixtures/rule-tests/fails.yaml';

async function remediad(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const out: string[] = [];
  const err: string[] = [];
  const code = await runProgram(['test', ...args], {
    out: (text) => void out.push(text),
    err: (text) => void err.push(text),
    tty: false,
    env: { PATH: process.env['PATH'] },
  });
  return { code, out: out.join('\n'), err: err.join('\n') };
}

test('what is not as expected is told: expected, got, and which guard refuses with what', async () => {
  const { code, out } = await remediad(fails);
  expect(code).toBe(1);
  expect(`${out}\n`).toBe(await readFile('test/fixtures/rule-tests/fails.txt', 'utf8'));
});

test('the same file comes to the same end each time, to the letter', async () => {
  const first = await remediad(fails, '--debug');
  expect(await remediad(fails, '--debug')).toEqual(first);
  expect(first.out).toContain('00:00:00 UTC  r-1  Accepted for rule archivechain-node-down');
});

test.each(['several-alerts', 'observing-rung', 'gone-target', 'schedules', 'often', 'by-hand', 'approvals'])(
  'what %s.yaml demands comes to be',
  async (file) => {
    expect(await remediad(`test/fixtures/rule-tests/${file}.yaml`)).toMatchObject({ code: 0, out: expect.stringContaining('SUCCESS') });
  },
);

test('--diff marks what differs', async () => {
  const { out } = await remediad(fails, '--diff', '--run', '^an effect');
  expect(out).toContain('\n        - { action: kubernetes/delete-pod, target: archivechain-full-archive-1, result: done, by: 30s }');
  expect(out).toContain(
    '\n        + { rule: archivechain-node-down, target: archivechain-full-archive-1, state: holding, reason: too-few-healthy',
  );
});

test('--run chooses tests by their name; one that no name matches is told', async () => {
  expect(await remediad(fails, '--run', 'nothing of that name')).toEqual({
    code: 2,
    out: '',
    err: 'remediad: --run: no test has a name that matches "nothing of that name" (fix: there are 3, such as "an effect that a guard holds")',
  });
  expect(await remediad(fails, '--run', '(')).toMatchObject({ code: 2, err: expect.stringContaining('--run: ') });
});

test('for programs there are JSON and JUnit, which a file may get besides', async () => {
  await using folder = await tempDir();
  const file = join(folder.path, 'report.xml');
  const { out } = await remediad(fails, '-o', 'json', '--junit', file);
  const { files } = JSON.parse(out) as { files: { file: string; tests: { name: string; ok: boolean; failures: object[] }[] }[] };
  expect(files[0]?.tests.map(({ name, ok }) => [name, ok])).toEqual([
    ['an effect that a guard holds', false],
    ['nobody is woken', false],
    ['something happens to a pod that is not there', false],
  ]);
  expect(files[0]?.tests[2]?.failures).toEqual([
    { at: '5s', what: 'error', expected: [], got: [], why: ['there is no pod archivechain-prod/absent'] },
  ]);
  const xml = await readFile(file, 'utf8');
  expect((await remediad(fails, '-o', 'junit')).out).toBe(xml.trimEnd());
  expect(xml).toContain('<testsuites name="remediad test" tests="3" failures="3">');
  expect(xml).toContain('needs 2, max_unavailable: 1. Another member of StatefulSet');
  expect(await remediad(fails, '--junit', join(folder.path, 'no', 'such', 'folder'))).toMatchObject({ code: 1 });
});

test('a file that cannot be read fails, also in JUnit; the others are run all the same', async () => {
  const { code, out } = await remediad('no-such-file.yaml', fails, '--run', 'none');
  expect(code).toBe(1);
  expect(out).toContain('Testing no-such-file.yaml\n  FAILED:\n    no-such-file.yaml: the file cannot be read: it does not exist');
  expect(out).toContain(`Testing ${fails}\n  SUCCESS: 0 tests`);
  expect((await remediad('no-such-file.yaml', '-o', 'junit')).out).toContain('tests="1" failures="1"');
});

test('without a server for the store it says what to install', async () => {
  const path = process.env['PATH'];
  process.env['PATH'] = '';
  try {
    expect(await remediad(fails)).toMatchObject({ code: 1, err: expect.stringMatching(/redis-server|valkey-server/) });
  } finally {
    process.env['PATH'] = path;
  }
});

test('what an alert says stays text in every output', async () => {
  await using folder = await tempDir();
  const file = join(folder.path, 'hostile.yaml');
  await writeFile(
    file,
    `rule_files: [${resolve('rules/*.yaml')}]
remediation_files: [${resolve('remediations/*.yaml')}]
config_file: ${resolve('examples/remediad.yaml')}
tests:
  - name: "<b>&\\"\\u0007"
    alerts:
      - labels: { alertname: HighStorageUsage, namespace: chain, pod: "a\\u001b[31m" }
    expect: [{ at: 1m, runs: [] }]
`,
  );
  const text = await remediad(file);
  expect(text.code).toBe(1);
  const lines = [text.out, (await remediad(file, '-o', 'json')).out].join('\n').split('\n');
  expect(lines.filter((line) => /\p{Cc}/u.test(line))).toEqual([]);
  expect((await remediad(file, '-o', 'junit')).out).toContain('name="&lt;b&gt;&amp;&quot;\u{fffd}"');
});
