import { execFileSync, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { tempDir, type TempDir } from '../support/temp-dir.ts';

/** The scripts are tried in the shells themselves; in zsh and fish where they are installed. */
const root = resolve(import.meta.dirname, '../..');
const remediad = `${root}/bin/remediad`;
const shells = ['bash', 'zsh', 'fish'].filter((shell) => spawnSync(shell, ['--version']).status === 0);

let folder: TempDir;
beforeAll(async () => {
  folder = await tempDir();
  for (const shell of shells) writeFileSync(`${folder.path}/${shell}`, execFileSync(remediad, ['completion', shell]));
});
afterAll(() => folder[Symbol.asyncDispose]());

/** How a shell is asked what it would offer for the last of some words. */
const asked: Readonly<Record<string, (script: string) => readonly string[]>> = {
  // As the shell itself does, which splits words at `=`.
  bash: (script) => [
    '-c',
    `source ${script}; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _remediad; printf '%s\\n' "\${COMPREPLY[@]}"`,
    'bash',
  ],
  // Its line editor needs a terminal: in place of the widgets stands what they would be given.
  zsh: (script) => [
    '-f',
    '-c',
    `compdef() { :; }; source ${script}; shift
     offered() { for one in "$@"; do [[ $one == \${cur}* ]] && print -r -- $one; done; }
     compadd() { shift; offered "$@"; }; compset() { :; }; _describe() { offered "\${\${(P@)2}[@]%%:*}"; }; _files() { offered $cur*(N); }
     words=("$@"); CURRENT=$#; _remediad; :`,
    'zsh',
  ],
  fish: (script) => ['-c', `source ${script}; complete -C (string join ' ' -- $argv[2..-1])`],
};

function offered(shell: string, words: readonly string[]): string[] {
  const args = asked[shell]?.(`${folder.path}/${shell}`) ?? [];
  const given = shell === 'bash' ? words.flatMap((word) => word.split(/(?<=^--[^=]+)(=)/)) : words;
  const { stdout, stderr } = spawnSync(shell, [...args, 'x', remediad, ...given], { cwd: root, encoding: 'utf8', timeout: 20_000 });
  expect(stderr).toBe('');
  return stdout
    .split('\n')
    .map((line) => line.split('\t')[0]?.trim() ?? '')
    .filter((word) => word !== '');
}

const example = ['--config.file', 'examples/remediad.yaml'];
const rules = ['archivechain-low-peers', 'archivechain-node-down', 'archivechain-storage-high'];

test.each(
  shells.flatMap((shell) => [
    { shell, words: ['rul'], expected: ['rules'] },
    { shell, words: ['rules', ''], expected: ['show', 'test'] },
    { shell, words: ['rules', 'show', '--o'], expected: ['--output'] },
    { shell, words: ['rules', 'show', '-o', ''], expected: ['json', 'name', 'table'] },
    { shell, words: ['check', '--config.file', 'x', '-o', 'j'], expected: ['json'] },
    { shell, words: ['check', '--config.file', 'examples/remed'], expected: ['examples/remediad.yaml'] },
    { shell, words: ['rules', 'show', ...example, ''], expected: rules },
    { shell, words: ['runs', '--rul'], expected: ['--rule'] },
    { shell, words: ['schema', 'r'], expected: ['remediation', 'rules'] },
    { shell, words: ['explain', 'READ'], expected: ['README.md'] },
    { shell, words: ['version', ''], expected: [] },
  ]),
)('$shell completes $words', ({ shell, words, expected }) => {
  expect(offered(shell, words).toSorted()).toEqual(expected);
});

test.each(shells.filter((shell) => shell !== 'fish'))('%s completes the value behind "="', (shell) => {
  expect(offered(shell, ['check', '--output=j'])).toEqual(['json']);
});

test('whoever is no shell that is known is told those that are', () => {
  const { status, stderr } = spawnSync(remediad, ['completion', 'tcsh'], { encoding: 'utf8' });
  expect(status).toBe(2);
  expect(stderr).toContain('bash, zsh, fish');
});
