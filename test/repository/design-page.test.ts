import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { routes } from '../../src/adapters/http/routes/index.ts';
import { runProgram } from '../../src/cli/program.ts';
import { LINT_NAMES } from '../../src/config/lint/index.ts';
import { loadConfig } from '../../src/config/load.ts';
import { rootSections } from '../../src/config/schema/root.ts';
import { registry } from '../../src/wiring/engine.ts';
import { tempDir } from '../support/temp-dir.ts';

const root = resolve(import.meta.dirname, '../..');
const page = readFileSync(join(root, 'docs/design.md'), 'utf8');

/** The text of a section, by its number. */
const section = (number: number) => page.slice(page.indexOf(`\n## ${number}. `), page.indexOf(`\n## ${number + 1}. `));
const yamlOf = (number: number) => /```yaml\n([^]*?)```/.exec(section(number))?.[1] ?? '';
const inCodeMarks = (text: string) => [...text.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code);

/** What the examples refer to. */
const around = `
receivers:
  - { name: pagerduty-chain, type: pagerduty, routing_key_file: key }
  - { name: pagerduty-leads, type: pagerduty, routing_key_file: key }
  - { name: incidents-webhook, type: webhook, url: "https://hooks.example/", secret_file: key }
workloads:
  archive:
    kind: StatefulSet
    name: archive
    container: node
    process: node
    ports: { metrics: 9999 }
    health_path: /health
    peers_command: [peers]
    replicas: 3
`;

describe('docs/design.md', () => {
  test('shows a rule, a remediation and policies that load without a fault', async () => {
    await using folder = await tempDir();
    const write = (path: string, text: string) => writeFileSync(join(folder.path, path), text);
    for (const name of ['rules', 'remediations']) mkdirSync(join(folder.path, name));
    write('remediad.yaml', `${yamlOf(12)}${around}`);
    write('rules/example.yaml', yamlOf(7));
    write('remediations/node-recovery.yaml', yamlOf(8));
    for (const name of ['crash-loop.yaml', 'restart-pod.yaml'])
      write(`remediations/${name}`, readFileSync(join(root, 'remediations', name), 'utf8'));
    const { config, problems, warnings } = loadConfig({ flags: {}, environment: {}, cwd: folder.path, vocabulary: registry });
    expect({ problems, warnings }).toEqual({ problems: [], warnings: [] });
    expect(config?.rules.map(({ rule }) => rule)).toEqual(['archivechain-node-down']);
  });

  test('names every folder of src in its layout', () => {
    const layout = section(5);
    const folders = readdirSync(join(root, 'src'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
    const adapters = readdirSync(join(root, 'src/adapters'));
    const named = [...folders.map(({ name }) => name), ...adapters].map((name) => `${name}/`);
    expect(named.filter((name) => !layout.includes(name))).toEqual([]);
  });

  test('names every section of remediad.yaml', () => {
    expect(Object.keys(rootSections).filter((name) => !inCodeMarks(section(6)).includes(name))).toEqual([]);
  });

  test('names every lint', () => {
    expect(LINT_NAMES.filter((name) => !inCodeMarks(section(6)).includes(name))).toEqual([]);
  });

  test('names every command', async () => {
    const lines: string[] = [];
    await runProgram(['--help'], { out: (text) => lines.push(text), err: () => undefined, tty: false, env: {} });
    const commands = [...lines.join('\n').matchAll(/^ {2}([a-z]+)(?: |$)/gm)]
      .map(([, name = '']) => name)
      .filter((name) => name !== 'help');
    const [, told = ''] = /`remediad (serve [^`]*)`/.exec(section(15)) ?? [];
    expect(new Set(told.split(' | '))).toEqual(new Set(commands));
  });

  test('names every route', () => {
    const told = section(15);
    expect(routes.map(({ url }) => url.replace('/api/v1', '')).filter((path) => !told.includes(path))).toEqual([]);
  });

  test('names every dependency', () => {
    const { dependencies, devDependencies, optionalDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Record<
      string,
      Record<string, string>
    >;
    const names = Object.keys({ ...dependencies, ...devDependencies, ...optionalDependencies });
    expect(names.filter((name) => !section(19).includes(name))).toEqual([]);
  });
});
