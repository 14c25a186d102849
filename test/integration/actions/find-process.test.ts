import { execFile } from 'node:child_process';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findCommand, readFound, type Match } from '../../../src/actions/kubernetes/find-process.ts';
import { needBinary } from '../../support/binary.ts';
import { eventually } from '../../support/eventually.ts';
import { startProcess } from '../../support/process.ts';
import { tempDir } from '../../support/temp-dir.ts';

/** 17 characters, as the name that the kernel cuts; with a part of this test's own, since the machine is shared. */
const NAME = `chain-${String(process.pid).padStart(11, '0')}`;

const tool = { argv0: 'pgrep', exe: 'find' } as const;

function runFinder(match: Match): Promise<number[] | string> {
  const [, ...args] = findCommand(NAME, match);
  return new Promise((resolve) => {
    execFile(needBinary(tool[match]), args, (error, stdout, stderr) => {
      const exitCode = error === null ? 0 : Number(error.code);
      resolve(readFound({ exitCode, stdout, stderr, truncated: false }, match));
    });
  });
}

test.each(['argv0', 'exe'] as const)(
  'the real tools find a real process with a long name by %s, every one of it and no other',
  async (match) => {
    expect(NAME).toHaveLength(17);
    await using folder = await tempDir();
    const program = join(folder.path, NAME);
    await copyFile(needBinary('sleep'), program);
    expect(await runFinder(match)).toEqual([]);
    await using first = await startProcess(program, ['60']);
    await using other = await startProcess(needBinary('sleep'), ['60']);
    expect(
      await eventually('the process to be found', async () => ((await runFinder(match)).length > 0 ? runFinder(match) : null)),
    ).toEqual([first.pid]);
    await using second = await startProcess(program, ['61']);
    const both = [first.pid, second.pid].sort((a, b) => a - b);
    await eventually('both to be found', async () => JSON.stringify(await runFinder(match)) === JSON.stringify(both));
    expect(both).not.toContain(other.pid);
  },
);
