/**
 * Runs the checks and then every test project, each of them even if an earlier one failed, and ends with the line `N passed, N failed`.
 * A check, and a project that breaks without a failed test (coverage, a crash, no tests found), counts as one test; so does it as a failed
 * one when any of its tests was skipped, for nothing is known of what was not run.
 *
 * usage: node scripts/test.ts [check | unit | integration | acceptance | torture | cluster]...      default: all but cluster
 */
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NONE, readReport, sum, type Tally } from './report.ts';

const MINUTE = 60_000;

const checks = [
  { name: 'types', command: ['tsc', '--noEmit'] },
  { name: 'lint', command: ['oxlint'] },
  { name: 'format', command: ['oxfmt', '--check'] },
  { name: 'unused code', command: ['knip', '--no-progress'] },
];

const projects = [
  { name: 'unit', flags: ['--coverage'] },
  { name: 'integration', flags: [] },
  { name: 'acceptance', flags: [] },
  { name: 'torture', flags: [] },
  // Needs the binaries of a control plane: `make cluster-test` gets them.
  { name: 'cluster', flags: [] },
];

const wanted = process.argv.slice(2);
const known = ['check', ...projects.map(({ name }) => name)];
const strange = wanted.filter((name) => !known.includes(name));
if (strange.length > 0) {
  console.error(`no such part: ${strange.join(', ')}; there are ${known.join(', ')}`);
  process.exit(2);
}
const isWanted = (name: string): boolean => (wanted.length === 0 ? name !== 'cluster' : wanted.includes(name));

const folder = await mkdtemp(join(tmpdir(), 'rmd-'));
let total = NONE;
try {
  if (isWanted('check')) for (const { name, command } of checks) total = sum(total, await check(name, command));
  for (const { name, flags } of projects) if (isWanted(name)) total = sum(total, await runProject(name, flags));
} finally {
  await rm(folder, { recursive: true, force: true });
}

for (const failure of total.failures) console.log(`\nFAILED ${failure}`);
console.log(`\n${total.passed} passed, ${total.failures.length} failed`);
process.exitCode = total.failures.length === 0 ? 0 : 1;

async function check(name: string, command: readonly string[]): Promise<Tally> {
  console.log(`\n== ${name}`);
  const problem = await run(command, 5 * MINUTE);
  if (problem === null) console.log('ok');
  return problem === null ? { ...NONE, passed: 1 } : { ...NONE, failures: [`${name}: ${command.join(' ')} ${problem}`] };
}

async function runProject(name: string, flags: readonly string[]): Promise<Tally> {
  console.log(`\n== ${name} tests`);
  const file = join(folder, `${name}.json`);
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
  const problem = await run(['vitest', 'run', '--project', name, ...reporters, ...flags], 20 * MINUTE);
  const report = await readReport(name, file);
  const skipped = report.skipped === 0 ? [] : [`${name} tests: ${report.skipped} skipped; run them or take them out`];
  const tally = { ...report, failures: [...report.failures, ...skipped] };
  if (problem === null || tally.failures.length > 0) return tally;
  return { ...tally, failures: [`${name} tests: vitest ${problem} although no test failed; see above`] };
}

/** null = it ended with 0; else what happened. */
function run([command = '', ...args]: readonly string[], timeoutMs: number): Promise<string | null> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'], timeout: timeoutMs });
    child.once('error', (error) => resolve(`could not be started: ${error.message}`));
    child.once('close', (code, signal) => {
      if (code === 0) resolve(null);
      else resolve(signal === null ? `ended with ${code}` : `was ended by ${signal} (limit ${timeoutMs / MINUTE} minutes)`);
    });
  });
}
