import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { startProcess } from '../support/process.ts';

const program = resolve(import.meta.dirname, '../../bin/remediad');

async function shell(script: string): Promise<string> {
  await using process = await startProcess('/bin/sh', ['-c', script, program]);
  await process.waitForEnd(20_000);
  await eventually('the last of its output', () => process.drained, { withinMs: 5_000 });
  return process.output;
}

test('a command whose reader has gone ends as it would have, and says nothing of it', async () => {
  expect(await shell('{ sleep 0.1; "$0" schema config; echo "code $?" >&2; } | true')).toBe('code 0\n');
  expect(await shell('{ "$0" check --config.file=/none; echo "code $?" >&2; } | true')).toBe('code 1\n');
});

test('a command that cannot write what it found fails with one sentence', async () => {
  expect(await shell('"$0" schema config >/dev/full; echo "code $?"')).toMatch(/^remediad: cannot write the output: ENOSPC.*\ncode 1\n$/);
});

test('a command whose error output is closed fails as it would have', async () => {
  expect(await shell('{ "$0" nonsense; echo "code $?"; } 2>&-')).toBe('code 2\n');
});
