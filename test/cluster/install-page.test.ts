import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { helm, kubectl } from './chart.ts';

// What docs/install.md has its reader type, as far as helm and kubectl are concerned: subcommands and flags that there are.

const page = readFileSync(resolve(import.meta.dirname, '../../docs/install.md'), 'utf8');
const commands = [...page.matchAll(/```sh\n([^]*?)```|`((?:helm|kubectl) [^`]+)`/g)]
  .flatMap(([, block = '', inline = '']) => `${block.replaceAll('\\\n', ' ')}\n${inline}`.split(/\n|\| /))
  .map((line) => line.trim().replaceAll(/ +/g, ' '))
  .filter((line) => /^(helm|kubectl) /.test(line));

/** Without what is run in the pod, and by the shell in between. */
const own = (line: string): string => (line.split(' -- ')[0] ?? '').replaceAll(/\$\([^)]*\)/g, '');
const flagsOf = (line: string): string[] => [...own(line).matchAll(/ (--?[a-z][a-z-]*)/g)].map(([, flag = '']) => flag);

/** The words before the first argument that is no flag and no value of one. */
function helpOf(line: string): Promise<{ code: number | NodeJS.Signals; output: string }> {
  const [program, ...words] = own(line)
    .replaceAll(/--namespace \S+/g, '')
    .split(/\s+/);
  const subcommand = words[0] === 'create' ? words.slice(0, words[1] === 'secret' ? 3 : 2) : words.slice(0, 1);
  return program === 'helm' ? helm([...subcommand, '--help']) : kubectl('', ...subcommand, '--help');
}

describe('docs/install.md', () => {
  test('has commands of both', () => {
    for (const program of ['helm', 'kubectl']) expect(commands.filter((line) => line.startsWith(program)).length).toBeGreaterThan(1);
  });

  test.each([...new Set(commands)])('%s', async (line) => {
    const help = await helpOf(line);
    expect(help).toMatchObject({ code: 0 });
    const common = line.startsWith('kubectl') ? (await kubectl('', 'options')).output : '';
    for (const flag of flagsOf(line)) expect(help.output + common).toMatch(new RegExp(`${flag}\\b`));
  });
});
