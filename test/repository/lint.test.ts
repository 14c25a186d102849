import { execFile } from 'node:child_process';
import { mkdir, symlink, writeFile, copyFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import { tempDir } from '../support/temp-dir.ts';

/** One small file that breaks a rule of the house, and the words of the finding that must come of it. */
interface Case {
  readonly path: string;
  readonly text: string;
  readonly rule: string;
  /** Part of the message or help: what to do instead. */
  readonly says?: string;
}

const purity = (name: string, use: string, says: string): Case => ({
  path: `src/core/uses-${name}.ts`,
  text: `export const value: unknown = ${use};\n`,
  rule: 'eslint(no-restricted-globals)',
  says,
});

const foreign = (path: string, from: string, says: string): Case => ({
  path,
  text: `export * from '${from}';\n`,
  rule: 'eslint(no-restricted-imports)',
  says,
});

const lines = (count: number) => Array.from({ length: count }, (_, i) => `export const line${i} = ${i};\n`).join('');
const CORE = 'core imports only core, zod, cel-js and re2js';
const STAR = 'import core and never each other';
const ADAPTER = 'never another adapter';

const broken: readonly Case[] = [
  purity('date', 'new Date()', 'take `now` (ms since the epoch) as an argument'),
  purity('date-now', 'Date.now()', 'take `now` (ms since the epoch) as an argument'),
  purity('performance', 'performance.now()', 'take `now` (ms since the epoch) as an argument'),
  purity('set-timeout', 'setTimeout(() => 1, 2)', 'return a command with a time'),
  purity('set-interval', 'setInterval(() => 1, 2)', 'return a command with a time'),
  purity('set-immediate', 'setImmediate(() => 1)', 'return a command with a time'),
  purity('queue-microtask', 'queueMicrotask(() => {})', 'core is synchronous'),
  purity('process', 'process.env', 'config/ reads flags and environment'),
  purity('fetch', 'fetch("http://localhost")', 'let an adapter fetch'),
  purity('web-socket', 'new WebSocket("ws://localhost")', 'let an adapter connect'),
  purity('console', 'console', 'app/ logs and cli/ prints'),
  purity('crypto', 'crypto.randomUUID()', 'take the id or the hash function as an argument'),
  purity('buffer', 'Buffer.from("x")', 'use strings'),
  purity('require', 'require("node:fs")', 'core imports statically'),
  purity('global', 'global', 'pass it as an argument'),
  purity('global-this', 'globalThis', 'pass it as an argument'),
  {
    path: 'src/core/guards/dice.ts',
    text: 'export const dice = (): number => Math.random();\n',
    rule: 'eslint(no-restricted-properties)',
    says: 'take the random number or the id as an argument',
  },
  {
    path: 'src/core/timestamp.ts',
    text: 'export const now = (): number => Date.now();\n',
    rule: 'eslint(no-restricted-properties)',
    says: 'take `now` (ms since the epoch) as an argument',
  },
  foreign('src/core/reads-files.ts', 'node:fs', CORE),
  foreign('src/core/guards/reads-files.ts', 'fs/promises', CORE),
  foreign('src/core/queues.ts', 'bullmq', CORE),
  foreign('src/core/guards/queues.ts', 'ioredis', CORE),
  foreign('src/core/reaches-out.ts', '../app/use-case.ts', CORE),
  foreign('src/core/guards/reaches-out.ts', '../../adapters/store/store.ts', CORE),
  foreign('src/core/reaches-up.ts', '../wiring.ts', CORE),
  { ...foreign('src/core/types-too.ts', '', CORE), text: "export type { Queue } from 'bullmq';\n" },
  foreign('src/app/acts.ts', '../actions/delete-pod.ts', STAR),
  foreign('src/app/stores.ts', '../adapters/store/store.ts', STAR),
  foreign('src/app/wires.ts', '../wiring.ts', STAR),
  foreign('src/app/handlers/stores.ts', '../../adapters/store/store.ts', STAR),
  foreign('src/actions/checks.ts', '../checks/pod-ready.ts', STAR),
  foreign('src/checks/acts.ts', '../actions/delete-pod.ts', STAR),
  foreign('src/collectors/config.ts', '../config/load.ts', STAR),
  foreign('src/config/app.ts', '../app/use-case.ts', STAR),
  foreign('src/config/cli.ts', '../cli/serve.ts', STAR),
  foreign('src/adapters/http/stores.ts', '../store/store.ts', ADAPTER),
  foreign('src/adapters/http/app.ts', '../../app/use-case.ts', ADAPTER),
  foreign('src/adapters/store/scripts/http.ts', '../../http/server.ts', ADAPTER),
  foreign('src/adapters/store/scripts/app.ts', '../../../app/use-case.ts', ADAPTER),
  foreign('src/adapters/loose.ts', './store/store.ts', ADAPTER),
  { path: 'src/app/default.ts', text: 'const x = 1;\nexport default x;\n', rule: 'import(no-default-export)' },
  { path: 'src/app/prints.ts', text: "console.log('x');\nexport {};\n", rule: 'eslint(no-console)' },
  { path: 'src/core/cycle-a.ts', text: "import { b } from './cycle-b.ts';\nexport const a: number = b;\n", rule: 'import(no-cycle)' },
  { path: 'src/core/cycle-b.ts', text: "import { a } from './cycle-a.ts';\nexport const b: number = a;\n", rule: 'import(no-cycle)' },
  { path: 'src/core/too-long.ts', text: lines(301), rule: 'eslint(max-lines)' },
  {
    path: 'src/core/long-function.ts',
    text: `export function long(): number {\n  let sum = 0;\n${'  sum += 1;\n'.repeat(58)}  return sum;\n}\n`,
    rule: 'eslint(max-lines-per-function)',
  },
  {
    path: 'src/core/deep.ts',
    text: 'export function deep(n: number): number {\n  if (n > 1) {\n    if (n > 2) {\n      if (n > 3) {\n        if (n > 4) return 5;\n      }\n    }\n  }\n  return n;\n}\n',
    rule: 'eslint(max-depth)',
  },
  {
    path: 'src/core/half-a-switch.ts',
    text: "export function half(x: 'a' | 'b'): number {\n  switch (x) {\n    case 'a':\n      return 1;\n  }\n  return 2;\n}\n",
    rule: 'typescript(switch-exhaustiveness-check)',
  },
  {
    path: 'src/app/floating.ts',
    text: 'const later = async (): Promise<number> => 1;\nexport function start(): void {\n  later();\n}\n',
    rule: 'typescript(no-floating-promises)',
  },
  { path: 'src/app/any.ts', text: 'export const x = (y: any): unknown => y;\n', rule: 'typescript(no-explicit-any)' },
  { path: 'src/app/bang.ts', text: 'export const x = (y?: string): string => y!;\n', rule: 'typescript(no-non-null-assertion)' },
];

/** Files that come near to a rule and may not be reported. */
const fine: Readonly<Record<string, string>> = {
  'src/core/reasons.ts': "import { z } from 'zod';\nimport { RE2JS } from 're2js';\nexport const all = [z, RE2JS];\n",
  'src/core/guards/list.ts': "import { all } from '../reasons.ts';\nimport { one } from './one.ts';\nexport const list = [...all, one];\n",
  'src/core/guards/one.ts': "import { Environment } from '@marcbachmann/cel-js';\nexport const one = Environment;\n",
  'src/app/use-case.ts':
    "import { EventEmitter } from 'node:events';\nimport { all } from '../core/reasons.ts';\nexport const now = (): unknown => [Date.now(), all, EventEmitter];\n",
  'src/app/handlers/park.ts':
    "import { one } from '../../core/guards/one.ts';\nimport { now } from '../use-case.ts';\nexport const park = [one, now];\n",
  'src/adapters/store/store.ts':
    "import { one } from '../../core/guards/one.ts';\nimport { script } from './scripts/accept.ts';\nexport const store = [one, script];\n",
  'src/adapters/store/scripts/accept.ts':
    "import { all } from '../../../core/reasons.ts';\nimport { key } from '../keys.ts';\nexport const script = [all, key];\n",
  'src/adapters/store/keys.ts': 'export const key = 1;\n',
  'src/cli/serve.ts': "import { now } from '../app/use-case.ts';\nexport const serve = now;\n",
  'src/wiring.ts':
    "import { store } from './adapters/store/store.ts';\nimport { park } from './app/handlers/park.ts';\nexport const wiring = [store, park];\n",
  'src/core/just-fits.ts': lines(300),
  'src/core/whole-switch.ts':
    "export function whole(x: 'a' | 'b'): number {\n  switch (x) {\n    case 'a':\n      return 1;\n    case 'b':\n      return 2;\n  }\n}\n",
  'test/unit/long.test.ts': lines(400),
};

interface Finding {
  readonly code: string;
  readonly message: string;
  readonly help?: string;
  readonly filename: string;
}

const root = resolve(import.meta.dirname, '../..');
let findings: Finding[] = [];

beforeAll(async () => {
  await using folder = await tempDir();
  for (const name of ['.oxlintrc.json', 'tsconfig.json', 'package.json']) await copyFile(join(root, name), join(folder.path, name));
  await symlink(join(root, 'node_modules'), join(folder.path, 'node_modules'));
  const files = [...broken.map(({ path, text }): [string, string] => [path, text]), ...Object.entries(fine)];
  await Promise.all(files.map(([path, text]) => write(join(folder.path, path), text)));
  findings = await lint(folder.path);
}, 60_000);

describe('lint reports', () => {
  test.each(broken)('$path for $rule', ({ path, rule, says = '' }) => {
    const found = findings.filter(({ filename, code }) => filename === path && code === rule);
    expect(found.map(({ message, help }) => `${message} ${help ?? ''}`).join('\n')).toContain(says);
    expect(found).not.toEqual([]);
  });
});

describe('lint accepts', () => {
  test.each(Object.keys(fine))('%s', (path) => {
    expect(findings.filter(({ filename }) => filename === path)).toEqual([]);
  });
});

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}

async function lint(cwd: string): Promise<Finding[]> {
  const bin = join(root, 'node_modules/.bin');
  const env = { ...process.env, PATH: `${dirname(process.execPath)}:${bin}:${process.env['PATH'] ?? ''}` };
  const run = promisify(execFile)(join(bin, 'oxlint'), ['--format=json'], { cwd, env, maxBuffer: 64 * 1024 * 1024 });
  // It ends with 1 because it finds something; what it found is on its standard output all the same.
  const { stdout } = await run.catch((error: { stdout: string }) => error);
  return (JSON.parse(stdout) as { diagnostics: Finding[] }).diagnostics;
}
