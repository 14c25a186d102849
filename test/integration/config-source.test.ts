import { mkdir, rename, rm, stat, symlink, unlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ConfigSource } from '../../src/config/config-source.ts';
import { readUnlessKnown } from '../../src/config/known-files.ts';
import { registry } from '../../src/wiring/engine.ts';
import { restart, ruleOf } from '../acceptance/chain.ts';
import { swapper } from '../support/config-map.ts';
import { writeFiles } from '../support/daemon.ts';
import { tempDir } from '../support/temp-dir.ts';

let folder: Awaited<ReturnType<typeof tempDir>>;
let now: number;
beforeEach(async () => {
  folder = await tempDir();
  now = Date.now();
});
afterEach(() => folder[Symbol.asyncDispose]());

const at = (...parts: string[]) => join(folder.path, ...parts);
/** As if everything had been left alone for a while: then what `stat` says must do. */
const source = () => new ConfigSource({ flags: {}, environment: {}, cwd: folder.path, vocabulary: registry }, () => now + 30_000);
const ruleNamed = (name: string) => ({ rules: [ruleOf({ name, mode: 'observe', escalation: undefined })] });
const rules = (from: ConfigSource) => {
  const { config, problems } = from.compile(from.look());
  return config?.rules.map(({ rule }) => rule) ?? problems.map(({ code }) => code);
};

describe('a change of the files is seen', () => {
  beforeEach(() => writeFiles(folder.path, { 'remediations/restart.yaml': restart, 'rules/a.yaml': ruleNamed('first') }));

  test('when a ConfigMap is swapped, again and again', async () => {
    await rm(at('rules'), { recursive: true });
    const swap = swapper(at('rules'));
    const from = source();
    const seen = new Set<string>();
    for (let turn = 0; turn < 300; turn += 1) {
      await swap({ 'a.yaml': ruleNamed(`rule-${turn}`) });
      seen.add(from.look().hash);
    }
    expect(seen.size).toBe(300);
    expect(rules(from)).toEqual(['rule-299']);
  });

  test('when a file is written in place with the same size and the time of before', async () => {
    const from = source();
    const before = from.look();
    const { mtime, size } = await stat(at('rules/a.yaml'));
    await writeFiles(folder.path, { 'rules/a.yaml': ruleNamed('third') });
    await utimes(at('rules/a.yaml'), mtime, mtime);
    expect((await stat(at('rules/a.yaml'))).size).toBe(size);
    expect(from.look().hash).not.toBe(before.hash);
    expect(rules(from)).toEqual(['third']);
  });

  test('when another file takes the inode, size and time of one that was removed', async () => {
    const from = source();
    const before = from.look();
    const { mtime, ino } = await stat(at('rules/a.yaml'));
    await unlink(at('rules/a.yaml'));
    for (let tries = 0; tries < 50; tries += 1) {
      await writeFiles(folder.path, { [`rules/${tries}.new`]: ruleNamed('third') });
      await utimes(at(`rules/${tries}.new`), mtime, mtime);
      if ((await stat(at(`rules/${tries}.new`))).ino !== ino && tries < 49) continue;
      await rename(at(`rules/${tries}.new`), at('rules/a.yaml'));
      break;
    }
    expect(from.look().hash).not.toBe(before.hash);
    expect(rules(from)).toEqual(['third']);
  });

  test('when an editor saves by renaming, and what it leaves beside the file is no rule', async () => {
    const from = source();
    const before = from.look();
    await writeFiles(folder.path, { 'rules/.a.yaml.swp': 'half', 'rules/a.yaml~': ruleNamed('third') });
    await symlink('somebody@here.1', at('rules/.#a.yaml'));
    expect(from.look().hash).toBe(before.hash);
    await rename(at('rules/a.yaml~'), at('rules/a.yaml'));
    expect(from.look().hash).not.toBe(before.hash);
    expect(rules(from)).toEqual(['third']);
  });

  test('when a file joins, goes and comes back, and its folder with it; what is as before has the hash of before', async () => {
    const from = source();
    const before = from.look();
    await writeFiles(folder.path, { 'rules/b.yaml': ruleNamed('second') });
    expect(rules(from)).toEqual(['first', 'second']);
    await unlink(at('rules/b.yaml'));
    expect(from.look().hash).toBe(before.hash);

    await rename(at('rules'), at('away'));
    expect(rules(from)).toEqual([]);
    expect(from.look().hash).not.toBe(before.hash);
    await mkdir(at('rules'));
    expect(rules(from)).toEqual([]);
    await writeFiles(folder.path, { 'rules/a.yaml': ruleNamed('first') });
    expect(from.look().hash).toBe(before.hash);
  });

  test('when the root file appears, cannot be read, and is well again', async () => {
    const from = source();
    const without = from.look();
    await writeFiles(folder.path, { 'remediad.yaml': { rule_files: ['rules/*.yaml', 'more/*.yaml'] } });
    const withIt = from.look();
    expect(withIt.hash).not.toBe(without.hash);
    expect(rules(from)).toEqual(['first']);
    await writeFiles(folder.path, { 'more/z.yaml': ruleNamed('last') });
    expect(rules(from)).toEqual(['last', 'first']);
    await writeFile(at('remediad.yaml'), 'rule_files: [');
    expect(rules(from)).toEqual(['bad-yaml']);
    await unlink(at('remediad.yaml'));
    expect(from.look().hash).toBe(without.hash);
  });
});

test('what changed while it was read is read again until nothing changes, so that no two sets are mixed', async () => {
  await writeFiles(folder.path, { 'remediations/restart.yaml': restart, 'rules/a.yaml': ruleNamed('first') });
  const from = source();
  expect(from.read()).toEqual(from.look());
});

test('a file that `stat` calls the same is read again while it is young, and after a minute whatever it says', async () => {
  await writeFiles(folder.path, { 'a.yaml': 'new' });
  const path = at('a.yaml');
  const first = readUnlessKnown(path, 'a.yaml', undefined, now);
  expect(first).toMatchObject({ text: { content: 'new' }, settled: false });
  const stale = { ...first, text: { content: 'old', hash: '' } };
  const again = (settled: boolean, afterMs: number) => readUnlessKnown(path, 'a.yaml', { ...stale, settled }, now + afterMs).text;
  expect(again(false, 1_000)).toMatchObject({ content: 'new' });
  expect(again(true, 59_000)).toMatchObject({ content: 'old' });
  expect(again(true, 61_000)).toMatchObject({ content: 'new' });
  expect(again(true, -61_000)).toMatchObject({ content: 'new' });
});
