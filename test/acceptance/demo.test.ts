import { mkdir, readdir, symlink } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { leftovers, TEST_FILE_MARK } from '../support/leftovers.ts';
import { startProcess, type Process } from '../support/process.ts';
import { tempDir } from '../support/temp-dir.ts';

const program = resolve(import.meta.dirname, '../../bin/remediad');
const started = () => leftovers(process.env[TEST_FILE_MARK] ?? '').map(({ command }) => command);

/** Whatever it leaves behind would lie in `dir`. */
const startDemo = (dir: string, env: Readonly<Record<string, string>> = {}): Promise<Process> =>
  startProcess(program, ['demo'], { env: { TMPDIR: dir, ...env }, endWith: 'SIGTERM', graceMs: 30_000 });

/** What is told of one node, without its times; lines that were wrapped are put together again. */
function storyOf(node: string, output: string): string {
  const told = [...output.replaceAll(/\n {18,}/g, ' ').matchAll(/^ *\+[\d.]+s {2}(\S+) +(.*)$/gm)];
  return told.flatMap(([, about, text = '']) => (about === node ? [text] : [])).join('\n');
}

test('tells how three nodes break and what becomes of them, sums it up, and leaves nothing behind', async () => {
  await using folder = await tempDir();
  await using demo = await startDemo(folder.path);

  expect(await demo.waitForEnd(150_000), demo.output).toBe(0);

  expect(started()).toEqual([]);
  expect(await readdir(folder.path)).toEqual([]);
  expect(demo.stdout).toMatch(/^demo: 3 alerts, 2 healed and verified, 1 handed to a human, 4 effects in \d+ s\n$/m);
  expect(demo.stdout.trimEnd().split('\n').at(-1)).toMatch(/^demo: /);
  expect(demo.stdout).not.toContain('\u001b');
  expect(demo.stdout.split('\n').filter((line) => line.length > 100)).toEqual([]);

  expect(storyOf('archive-1', demo.stdout)).toMatch(
    /ArchiveChainNodeDown fires[^]*Step health: failed, .* answers 503\.\nActs: delete pod chain\/archive-1 [^]*clear and healthy[^]*Succeeded\./,
  );
  expect(storyOf('archive-2', demo.stdout)).toMatch(
    /Holds \(expected\): .*statefulset:demo\/chain\/archive is held by run r-\d+[^]*Nothing holds it any more\.[^]*Acts: delete pod chain\/archive-2 [^]*Succeeded\./,
  );
  expect(storyOf('relay-3', demo.stdout)).toMatch(
    /Acts: send SIGUSR1 [^]*Rung 1, peer-recovery, is over \(ineffective\)[^]*Acts: delete pod [^]*Hands over to a human \(ladder-end\)[^]*Pager: rings \(signature checked\): .*ladder-end[^]*Pager: tried: delete pod/,
  );
}, 180_000);

test('ends everything that it started when it is interrupted in the middle', async () => {
  await using folder = await tempDir();
  await using demo = await startDemo(folder.path);
  await demo.waitForLine(/Acts: /, 60_000);
  expect(started().length).toBeGreaterThan(3);

  demo.signal('SIGINT');

  expect(await demo.waitForEnd(30_000), demo.output).toBe(130);
  expect(started()).toEqual([]);
  expect(await readdir(folder.path)).toEqual([]);
  expect(demo.output).toContain('interrupted: everything that the demo started is ended');
}, 120_000);

test('what it started ends with it even when it is killed', async () => {
  await using folder = await tempDir();
  await using demo = await startDemo(folder.path);
  await demo.waitForLine(/Acts: /, 60_000);

  await demo.kill();

  await eventually('all that it started to end', () => started().length === 0, { withinMs: 30_000, everyMs: 100 });
}, 120_000);

test.each([
  [
    'an Alertmanager',
    ['redis-server'],
    "remediad: the demo needs a real Alertmanager, and there is none on PATH: `make demo` as root installs Debian's, or run `apt-get install prometheus-alertmanager`\n",
  ],
  ['a store', ['prometheus-alertmanager'], expect.stringMatching(/^remediad: no valkey-server or redis-server on PATH: install one .*\n$/)],
])('says in one sentence that it needs %s', async (_what, there, sentence) => {
  await using folder = await tempDir();
  const path = join(folder.path, 'path');
  await mkdir(path);
  await symlink(process.execPath, join(path, 'node'));
  for (const tool of ['readlink', 'dirname', 'uname', ...there]) await symlink(`/usr/bin/${tool}`, join(path, tool));
  await using demo = await startDemo(path, { PATH: path });

  expect(await demo.waitForEnd(30_000)).toBe(1);

  expect(demo.output).toEqual(sentence);
  expect((await readdir(path)).filter((name) => name.startsWith('remediad'))).toEqual([]);
});
