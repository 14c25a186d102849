import { expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { Config } from '../../src/config/config.ts';
import type { SetStore } from '../../src/core/set-store.ts';
import type { BlobStore } from '../../src/core/store.ts';
import { registry } from '../../src/wiring/engine.ts';
import { Current, needRestart } from '../../src/wiring/in-force.ts';
import { tempDir } from '../support/temp-dir.ts';
import { writeFiles } from '../support/daemon.ts';
import { restart, ruleOf } from '../acceptance/chain.ts';

type Stored = BlobStore & Pick<SetStore, 'keepSet'>;
const noSets: Pick<SetStore, 'keepSet'> = { keepSet: () => Promise.resolve() };

/** A set of one rule of this name. */
async function setOf(name: string): Promise<Config> {
  await using folder = await tempDir();
  const rule = { ...ruleOf(), name, mode: 'observe', escalation: undefined };
  await writeFiles(folder.path, { 'rules/rules.yaml': { rules: [rule] }, 'remediations/restart.yaml': restart });
  const { config, problems } = loadConfig({ flags: {}, environment: {}, cwd: folder.path, vocabulary: registry });
  if (config === null) throw new Error(JSON.stringify(problems));
  return config;
}

test('of two sets that are put in force at the same time the later one stays, however long the store takes', async () => {
  const [first, second] = [await setOf('first'), await setOf('second')];
  const answers: (() => void)[] = [];
  const slow: Stored = {
    ...noSets,
    putBlob: () => new Promise<void>((resolve) => answers.push(resolve)),
    getBlob: () => Promise.resolve(null),
  };
  const loaded: string[] = [];
  const telemetry = { configLoaded: (hash: string) => void loaded.push(hash), configRefused: () => undefined };
  const current = new Current(first, slow, telemetry);

  const both = Promise.all([current.put(first, null), current.put(second, null)]);
  // Whoever is asked last answers first.
  for (let answered = 0; answered < 2; answered += 1) {
    const answer = await eventually('the store to be asked', () => answers.pop());
    answer();
  }
  await both;

  expect(loaded).toEqual([first.hash, second.hash]);
  expect(current.config.hash).toBe(second.hash);
});

test('a set that could not be stored keeps no later one from being put in force', async () => {
  const [first, second] = [await setOf('first'), await setOf('second')];
  let fails = true;
  const failing: Stored = {
    ...noSets,
    putBlob: () => (fails ? Promise.reject(new Error('the store is away')) : Promise.resolve()),
    getBlob: () => Promise.resolve(null),
  };
  const current = new Current(first, failing, { configLoaded: () => undefined, configRefused: () => undefined });
  await expect(current.put(second, null)).rejects.toThrow('the store is away');
  expect(current.config.hash).toBe(first.hash);
  fails = false;
  await current.put(second, null);
  expect(current.config.hash).toBe(second.hash);
});

test.each([
  ['installation', { installation: 'other' }],
  ['freshStoreHoldMs', { freshStoreHoldMs: 1 }],
  ['externalUrl', { externalUrl: 'https://remediad.test' }],
  ['storage', { storage: { path: '/elsewhere' } }],
] as const)('that %s changed is told: it counts after a restart', async (name, change) => {
  const started = await setOf('first');
  expect(needRestart(started, { ...started, ...change })).toEqual([name]);
});

test('what a reload puts in force needs no restart', async () => {
  const [started, wanted] = [await setOf('first'), await setOf('second')];
  expect(needRestart(started, { ...wanted, storage: started.storage, dryRun: !started.dryRun })).toEqual([]);
});
