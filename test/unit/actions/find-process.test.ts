import { expect, test } from 'vitest';
import { findCommand, readFound } from '../../../src/actions/kubernetes/find-process.ts';

const result = (over: object) => ({ exitCode: 0, stdout: '', stderr: '', truncated: false, ...over });

test('a process is looked for by its first argument or by its executable, never by the name that is cut to 15 characters', () => {
  expect(findCommand('archivechain-node', 'argv0')).toEqual(['pgrep', '-f', '^([^ ]*/)?archivechain-node( |$)']);
  expect(findCommand('archivechain-node', 'exe')).toEqual([
    'find',
    '/proc',
    '-maxdepth',
    '2',
    '-name',
    'exe',
    '-lname',
    '*/archivechain-node',
  ]);
});

test.each([
  ['archivechain-node', true],
  ['/usr/local/bin/archivechain-node --config /c', true],
  ['archivechain-node2', false],
  ['tail -f archivechain-node', false],
  ['/opt/archivechain-node.sh', false],
  ['grep archivechain-node', false],
])('the pattern on the command line %j', (line, fits) => {
  expect(new RegExp(findCommand('archivechain-node', 'argv0')[2]!).test(line)).toBe(fits);
});

test('a dot in a name is a dot', () => {
  expect(new RegExp(findCommand('node.js', 'argv0')[2]!).test('nodeXjs')).toBe(false);
});

test.each([
  ['pgrep that found two', 'argv0', result({ stdout: '1\n17\n' }), [1, 17]],
  ['pgrep that found none', 'argv0', result({ exitCode: 1 }), []],
  [
    'find that found one and might not look at another',
    'exe',
    result({ exitCode: 1, stdout: '/proc/7/exe\n', stderr: 'Permission denied' }),
    [7],
  ],
  ['noise between the ids', 'argv0', result({ stdout: 'warning\n7\n' }), [7]],
  ['no pgrep in the image', 'argv0', result({ exitCode: 127, stderr: 'not found\n' }), 'pgrep ended with 127: not found'],
  ['a bad pattern', 'argv0', result({ exitCode: 2, stderr: 'invalid' }), 'pgrep ended with 2: invalid'],
  ['a flood', 'exe', result({ truncated: true }), 'find found more processes than can be read'],
] as const)('%s', (_, match, output, found) => {
  expect(readFound(output, match)).toEqual(found);
});
