import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { swapper } from '../support/config-map.ts';
import { startRemediad, writeFiles, type Remediad, type RemediadOptions } from '../support/daemon.ts';
import { eventually } from '../support/eventually.ts';
import { restart, ruleOf } from './chain.ts';

/** What a daemon does by itself when its files change. */

const rule = (name: string, over: Readonly<Record<string, unknown>> = {}) =>
  ruleOf({ name, mode: 'observe', escalation: undefined, ...over });
const files = { 'rules/rules.yaml': { rules: [rule('first')] }, 'remediations/restart.yaml': restart };
const started = (options: RemediadOptions = {}) => startRemediad({ files, ...options });

interface Status {
  readonly config: { readonly hash: string; readonly loadedAt: number; readonly problem: string | null };
}
const config = async (remediad: Remediad) => (await remediad.get<Status>('/api/v1/status')).config;
const ready = async (remediad: Remediad) => (await fetch(`${remediad.url}/-/ready`)).status;
const write = (remediad: Remediad, ...rules: unknown[]) => writeFiles(remediad.dir, { 'rules/rules.yaml': { rules } });
const changed = (remediad: Remediad, from: string) =>
  eventually('another set to be in force', async () => ((await config(remediad)).hash === from ? undefined : config(remediad)));
const refused = (remediad: Remediad) => eventually('the set to be refused', async () => (await config(remediad)).problem);
const well = (remediad: Remediad) => eventually('the set to be taken', async () => (await ready(remediad)) === 200);
const count = (remediad: Remediad, line: RegExp) => remediad.process.output.split('\n').filter((one) => line.test(one)).length;

test('a ConfigMap that is swapped two hundred times ends with its last content in force, whatever was wrong in between', async () => {
  await using remediad = await started();
  await rm(join(remediad.dir, 'rules'), { recursive: true });
  const swap = swapper(join(remediad.dir, 'rules'));
  const good = (turn: number) => ({ 'rules.yaml': { rules: [rule(`rule-${turn}`)] } });
  for (let turn = 1; turn <= 200; turn += 1) {
    await swap(turn % 3 === 0 ? { 'rules.yaml': 'rules: [' } : good(turn));
    await sleep(turn % 40 === 0 ? 400 : 5);
  }
  // Many looks later.
  await sleep(2_000);
  await well(remediad);
  const { hash, problem } = await config(remediad);
  expect(problem).toBeNull();

  await swap({ 'rules.yaml': { rules: [rule('rule-200'), rule('one-more')] } });
  await changed(remediad, hash);
  await swap(good(200));
  await eventually('the set of before', async () => (await config(remediad)).hash === hash);

  await swap({ 'rules.yaml': 'rules: [' });
  expect(await refused(remediad)).toMatch(/rules\/rules\.yaml:\d+:\d+: /);
  expect((await config(remediad)).hash).toBe(hash);
  expect(await remediad.metric('remediad_config_last_reload_successful')).toBe(0);
  await swap(good(200));
  await well(remediad);
  expect(await remediad.metric('remediad_config_last_reload_successful')).toBe(1);
});

test('what changes nothing is told once and touches nothing', async () => {
  await using remediad = await started();
  const before = await config(remediad);
  await writeFiles(remediad.dir, { 'rules/rules.yaml': `# a remark\n${JSON.stringify({ rules: [rule('first')] })}` });
  await remediad.process.waitForLine(/configuration unchanged/);
  remediad.process.signal('SIGHUP');
  await eventually('the second answer', () => count(remediad, /configuration unchanged/) === 2);
  await sleep(500);
  expect(count(remediad, /configuration (unchanged|reloaded)/)).toBe(2);
  expect(await config(remediad)).toEqual(before);
});

test('a refused set is told once, however often it is looked at', async () => {
  await using remediad = await started();
  await write(remediad, rule('first', { mode: 'acts' }));
  await refused(remediad);
  await sleep(1_000);
  expect(count(remediad, /configuration not reloaded/)).toBe(1);
  expect(count(remediad, /not reloaded.*(stack|at .*\.ts:)/)).toBe(0);
});

test('a folder that is gone takes no rule away until somebody says so', async () => {
  await using remediad = await started();
  const { hash } = await config(remediad);
  await rename(join(remediad.dir, 'rules'), join(remediad.dir, 'away'));
  expect(await refused(remediad)).toContain('no file matches "rules/*.yaml" any more');
  expect((await config(remediad)).hash).toBe(hash);
  expect(await ready(remediad)).toBe(503);
  await mkdir(join(remediad.dir, 'rules'));
  await sleep(500);
  expect((await config(remediad)).hash).toBe(hash);
  await rename(join(remediad.dir, 'away', 'rules.yaml'), join(remediad.dir, 'rules', 'rules.yaml'));
  await well(remediad);
  expect((await config(remediad)).hash).toBe(hash);

  await rm(join(remediad.dir, 'rules'), { recursive: true });
  await refused(remediad);
  expect((await fetch(`${remediad.url}/-/reload`, { method: 'POST' })).status).toBe(200);
  expect((await config(remediad)).hash).not.toBe(hash);
  expect(await ready(remediad)).toBe(200);
});

test('a file that grows while it is written is taken when it is whole', async () => {
  await using remediad = await started({ timing: { configLookMs: 400 } });
  const { hash } = await config(remediad);
  const text = JSON.stringify({ rules: [rule('first'), rule('second')] }, null, 1);
  for (let part = 1; part <= 20; part += 1) {
    await writeFiles(remediad.dir, { 'rules/rules.yaml': text.slice(0, Math.ceil((text.length * part) / 20)) });
    await sleep(100);
  }
  await changed(remediad, hash);
  expect(count(remediad, /configuration not reloaded/)).toBe(0);
  expect(count(remediad, /configuration reloaded.*rulesBefore=1 rules=2/)).toBe(1);
});

test('the watch is switched off by a flag, and a reload that is asked for works all the same', async () => {
  await using remediad = await started({ env: { REMEDIAD_CONFIG_WATCH: 'false' } });
  const { hash } = await config(remediad);
  await write(remediad, rule('second'));
  await sleep(1_000);
  expect((await config(remediad)).hash).toBe(hash);
  remediad.process.signal('SIGHUP');
  await changed(remediad, hash);
});
