import { expect, test } from 'vitest';
import type { WorkloadEntry } from '../../../src/core/edition.ts';
import { mayExec } from '../../../src/core/exec-allow.ts';

const edition = {
  execAllow: [
    ['df', '-h'],
    ['archivechain-cli', 'db', 'verify', '--db-path', '/data/[a-z]+'],
  ],
};
const entry = { peersCommand: ['archivechain-cli', 'network', 'peers'] } as unknown as WorkloadEntry;

test.each([
  ['a command of the list', ['df', '-h'], null, true],
  ['a pattern that spans its element', ['archivechain-cli', 'db', 'verify', '--db-path', '/data/archive'], null, true],
  ['a pattern that fits a part of its element only', ['archivechain-cli', 'db', 'verify', '--db-path', '/data/archive;id'], null, false],
  ['a pattern beside a second line', ['df', '-h\n'], null, false],
  ['more elements than listed', ['df', '-h', '/'], null, false],
  ['fewer elements than listed', ['df'], null, false],
  ['no command at all', [], null, false],
  ["the peers command of the target's own workload", ['archivechain-cli', 'network', 'peers'], entry, true],
  ['that of another workload', ['archivechain-cli', 'network', 'peers'], null, false],
  ['the peers command and more', ['archivechain-cli', 'network', 'peers', '--all'], entry, false],
  ['a command of nobody', ['sh', '-c', 'id'], entry, false],
])('exec of %s', (_, command, own, allowed) => {
  expect(mayExec(command, edition, own)).toBe(allowed);
});

test('a workload without a peers command allows none', () => {
  expect(mayExec(['df'], { execAllow: [] }, { ...entry, peersCommand: null })).toBe(false);
});
