import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { openGuards, ruleOf, startChain, webhookOf, type Chain } from './chain.ts';

/** `remediad explain`: what a webhook would lead to now, on the world as it is, and nothing of it done. */

let chain: Chain;
beforeAll(async () => {
  const simple = { name: 'simple', matchers: ['alertname="Simple"', 'severity=~"critical|page"'] };
  const remediation = {
    name: 'restart',
    steps: [
      { name: 'pod', check: 'kubernetes/pod-status' },
      { name: 'restart', action: 'kubernetes/delete-pod' },
    ],
  };
  chain = await startChain({
    rules: [ruleOf(), ruleOf({ ...simple, guards: { ...openGuards, protected_namespaces: ['prod'] } })],
    remediations: [remediation],
  });
  // The Alertmanager of the chain is younger than it must be to tell that an alert does not fire.
  const { alertmanager: _young, ...config } = parse(await readFile(join(chain.remediad.dir, 'remediad.yaml'), 'utf8')) as Record<
    string,
    unknown
  >;
  await writeFile(join(chain.remediad.dir, 'explain.yaml'), stringify(config));
});
afterAll(() => chain[Symbol.asyncDispose]());

const explain = (file: string, ...more: string[]) =>
  chain.remediad.command('explain', file, `--config.file=${join(chain.remediad.dir, 'explain.yaml')}`, ...more);

async function payload(body: unknown): Promise<string> {
  const file = join(chain.remediad.dir, 'payload.json');
  await writeFile(file, JSON.stringify(body));
  return file;
}

test('it tells the rule that takes the alert, its steps, every verdict with what was found, and the plan; nothing is done', async () => {
  const fault = await chain.breakNode('archive-0');
  const { code, stdout } = await explain(await payload(webhookOf('archive-0')));
  expect(code).toBe(0);
  expect(stdout).toMatch(/^Alert [0-9a-f]{16}, firing: \{alertname="NodeDown", namespace="chain", pod="archive-0"\}\n/);
  expect(stdout).toContain('\n  node-down (mode act) takes it: alertname="NodeDown" matches.\n');
  expect(stdout).toMatch(
    /\nRule node-down on pod:sandbox\/chain\/archive-0:\n {2}It would now delete pod chain\/archive-0 \(uid \S+\)\.\n/,
  );
  expect(stdout).toMatch(/\n {2}Steps:\n {4}pod: failed \(pod archive-0 is Running, not ready\)\n/);
  expect(stdout).toMatch(/\n {4}health passes: 7 of 8 healthy/);
  expect(stdout).toContain('\n    cooldown does not apply: only the daemon knows, and it was not asked.\n');
  expect(stdout).toContain('were not asked: remediad why archive-0');
  expect(await chain.effects()).toEqual([]);
  expect(await chain.remediad.runs()).toEqual([]);
  await chain.sandbox.admin.lift(fault);
});

test.each(['0.25.0', '0.28.1', '0.33.1'])('what Alertmanager %s sent reads the same', async (version) => {
  const recorded = (name: string) => resolve(import.meta.dirname, `../fixtures/payloads/${version}/${name}.json`);
  const firing = await explain(recorded('firing'));
  expect(firing.stdout).toContain('simple (mode act) takes it: alertname="Simple" matches; severity=~"critical|page" matches.');
  expect(firing.stdout).toMatch(/\nRule simple on pod:sandbox\/prod\/web-0:\n {2}Handed to a human \(target-gone\): /);
  expect(firing.stdout).toMatch(/\n {4}protection refuses \(protected\): /);
  const resolved = await explain(recorded('resolved'));
  expect(resolved.stdout).toContain('It is resolved: runs that live for it are told, and none starts.');
  expect(resolved.stdout).not.toContain('Rule simple on');
});

test('alerts that are malformed are told as left out, the others are explained', async () => {
  const { alerts, ...envelope } = webhookOf('archive-1');
  const { output, code } = await explain(await payload({ ...envelope, alerts: [...alerts, { labels: 7 }] }), '-o', 'json');
  expect(code).toBe(0);
  expect(output).toContain('left out: ');
  expect(output).toContain('"takes": true');
});

test('a file that is no webhook is one sentence', async () => {
  expect(await explain(await payload({ version: '3' }))).toMatchObject({
    code: 1,
    output: expect.stringContaining('version: must be "4"') as string,
  });
});
