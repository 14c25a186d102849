import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { cp, readFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { silentLog, silentTelemetry } from '../../../src/cli/silent.ts';
import { readTests } from '../../../src/wiring/rehearsal/read.ts';
import { openStage, type Stage } from '../../../src/wiring/rehearsal/rehearse.ts';
import { startNode } from '../../support/process.ts';
import { loadShipped } from '../../support/shipped-rules.ts';
import { tempDir } from '../../support/temp-dir.ts';

const root = resolve(import.meta.dirname, '../../..');
const main = resolve(root, 'src/main.ts');
const folder = resolve(root, 'rules/tests');
const files = readdirSync(folder).filter((file) => file.endsWith('.yaml'));

interface TestsFile {
  readonly tests: readonly {
    readonly mode?: string;
    readonly expect: readonly {
      readonly effects?: readonly object[];
      readonly incidents?: readonly object[];
      readonly runs?: readonly Run[];
    }[];
  }[];
}
interface Run {
  readonly rule: string;
  readonly state?: string;
}

test('the shipped rules do what their tests say, by the command that operators use', { timeout: 300_000 }, async () => {
  await using command = await startNode(main, ['test', ...files.map((file) => `${folder}/${file}`), '-o', 'json']);
  expect({ end: await command.waitForEnd(280_000), output: command.output }).toMatchObject({ end: 0 });
});

test('every shipped rule is tested: as it is shipped, where it acts or hands over, where a guard holds it, and at its end', () => {
  for (const { rule, edition } of loadShipped().config?.rules ?? []) {
    const { tests } = parse(readFileSync(`${folder}/${rule}.yaml`, 'utf8')) as TestsFile;
    const runs = tests.flatMap((one) => one.expect.flatMap((checkpoint) => checkpoint.runs ?? []));
    const states = new Set(runs.map(({ state }) => state));
    expect(
      runs.every((run) => run.rule === rule),
      rule,
    ).toBe(true);
    expect([...states], rule).toEqual(expect.arrayContaining(['observed', 'escalated', 'holding', 'skipped']));
    expect(
      tests.some(({ mode }) => mode === undefined),
      `${rule} as it is shipped`,
    ).toBe(true);
    const mayAct = edition.ladder.some(({ steps }) => steps.some(({ word }) => word === 'action'));
    expect(
      tests.some(({ expect: all }) => all.some(({ effects = [] }) => effects.length > 0)),
      `${rule} acts`,
    ).toBe(mayAct);
    expect(
      tests.some(({ expect: all }) => all.some(({ incidents = [] }) => incidents.length > 0)),
      `${rule} wakes`,
    ).toBe(true);
  }
});

let stage: Stage;
beforeAll(async () => void (stage = await openStage(silentLog, silentTelemetry)));
afterAll(() => stage[Symbol.asyncDispose]());

test('the file that the page shows comes to what the page says', { timeout: 60_000 }, async () => {
  await using place = await tempDir();
  for (const part of ['rules', 'remediations', 'examples']) await cp(`${root}/${part}`, `${place.path}/${part}`, { recursive: true });
  const page = await readFile(`${root}/docs/testing-rules.md`, 'utf8');
  await writeFile(`${place.path}/rules/tests/page.yaml`, /^```yaml\n(.*?)^```/ms.exec(page)?.[1] ?? '');
  const { tests, problems } = readTests('rules/tests/page.yaml', place.path);
  expect(problems).toEqual([]);
  for (const one of tests) expect(await stage.run(one)).toMatchObject({ failures: [] });
  expect(tests).not.toEqual([]);
});

const down = 'archivechain-node-down';
const peers = 'archivechain-low-peers';

/** What is replaced by what, in which file, and the test that notices. */
const mutants: readonly (readonly [file: string, from: string, to: string, rule: string, noticed: string])[] = [
  [
    'rules/archivechain.yaml',
    'alertname="ArchiveChainNodeDown"',
    'alertname="ArchiveChainNodesDown"',
    down,
    'as it is shipped it only observes',
  ],
  [
    'rules/archivechain.yaml',
    'find: { name: "${labels.pod}" }',
    'find: { name: "${labels.app}" }',
    down,
    'as it is shipped it only observes',
  ],
  [
    'rules/archivechain.yaml',
    'max_unavailable: 1',
    'max_unavailable: 2',
    down,
    'while another member is away it holds, and in the end a human is told',
  ],
  [
    'rules/archivechain.yaml',
    'min_age: 2m',
    'min_age: 0s',
    down,
    'a node that the kubelet has just restarted is left alone for two minutes',
  ],
  [
    'rules/archivechain.yaml',
    '      - use: restart-pod\n',
    '',
    down,
    'what a restart does not mend climbs the ladder once and then wakes a human',
  ],
  [
    'rules/archivechain.yaml',
    'escalate_after: 5m',
    'escalate_after: 50m',
    down,
    'while another member is away it holds, and in the end a human is told',
  ],
  ['rules/archivechain.yaml', 'min_peers: 5', 'min_peers: 3', peers, 'as it is shipped it only observes'],
  [
    'remediations/node-recovery.yaml',
    'if: "!steps.health.ok"',
    'if: steps.pod.phase == "Running"',
    down,
    'a node that is well but lost its peers is told to look for new ones',
  ],
  [
    'remediations/node-recovery.yaml',
    'use: crash-loop',
    'use: restart-pod',
    down,
    'a container that crashes again and again is handed over with its last words',
  ],
  [
    'remediations/node-recovery.yaml',
    'escalate: chain-storage',
    'escalate: chain-oncall',
    down,
    'one that cannot be scheduled goes to those who own the storage',
  ],
  [
    'remediations/peer-recovery.yaml',
    'signal: SIGUSR1',
    'signal: SIGUSR2',
    peers,
    'a node with four peers is told once to look for new ones, and verified',
  ],
];

test.each(mutants)('%s: with %j as %j a test of %s fails', { timeout: 120_000 }, async (file, from, to, rule, noticed) => {
  await using place = await tempDir();
  for (const part of ['rules', 'remediations', 'examples']) await cp(`${root}/${part}`, `${place.path}/${part}`, { recursive: true });
  const text = await readFile(`${place.path}/${file}`, 'utf8');
  expect(text).toContain(from);
  await writeFile(`${place.path}/${file}`, text.replace(from, to));
  const { tests, problems } = readTests(`rules/tests/${rule}.yaml`, place.path);
  expect(problems).toEqual([]);
  const wanted = tests.find(({ document }) => document.name === noticed);
  expect((await stage.run(wanted!)).failures).not.toEqual([]);
});
