import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { freePort } from '../../src/cli/demo/free-port.ts';
import { startProcess } from '../support/process.ts';
import { tempDir } from '../support/temp-dir.ts';

// The page that leads an operator from a rule with mistakes to one that is paused, command by command in one shell. Only the address and the
// folder are others, what is installed is installed, and what runs in the background is ended by the shell's end too.

const root = resolve(import.meta.dirname, '../..');
const page = readFileSync(join(root, 'docs/first-rule.md'), 'utf8');

/** Each command block, with what the page shows of its output. */
const blocks = [...page.matchAll(/```sh\n([^]*?)```(?:\n\n```text\n([^]*?)```)?/g)].map(([, command = '', shown = '']) => ({
  command,
  shown,
}));

/** Of a line that the page shows, `…` may be anything, and so may the blanks be that align a table. */
function patternOf(line: string): RegExp {
  const literal = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`).replaceAll(/ {3,}/g, ' {3,}');
  return new RegExp(`^${line.trimEnd().split('…').map(literal).join('.*')}`, 'm');
}

test('its commands do what the page shows', { timeout: 240_000 }, async () => {
  await using folder = await tempDir();
  const port = await freePort();
  const script = blocks
    .map(({ command }, index) => `echo "== ${index}"\n${command}`)
    .join('\n')
    .replace('make setup\n', '')
    .replaceAll('/tmp/first-rule', join(folder.path, 'first-rule'))
    .replaceAll('127.0.0.1:8484', `127.0.0.1:${port}`);
  await using shell = await startProcess('bash', ['-c', `trap 'kill $(jobs -p) 2>/dev/null' EXIT\n${script}`], {
    cwd: root,
    env: { REMEDIAD_URL: `http://127.0.0.1:${port}`, REMEDIAD_WEB_LISTEN_ADDRESS: `127.0.0.1:${port}` },
  });
  const code = await shell.waitForEnd(220_000);
  const outputs = shell.output.split(/^== \d+\n/m).slice(1);
  expect({ code, blocks: outputs.length, output: shell.output }).toMatchObject({ code: 0, blocks: blocks.length });
  for (const [index, { shown }] of blocks.entries()) {
    for (const line of shown.split('\n').filter((text) => text.trim() !== '')) expect(outputs[index]).toMatch(patternOf(line));
  }
  const [, , checkedAgain, , , , paused] = outputs;
  expect(checkedAgain).not.toMatch(/FAILED|WARNING/);
  expect(paused).toMatch(/brake refuses \(paused\): rule:web-down paused by .*: we rehearse/);
});
