import { globSync, readFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { Vocabulary } from '../../src/config/compile/vocabulary.ts';
import { loadConfig } from '../../src/config/load.ts';
import { formatDuration, parseDuration } from '../../src/core/duration.ts';
import { registry } from '../../src/wiring/engine.ts';
import { SCHEMA_NAMES, schemaNamed, type SchemaName } from '../../src/wiring/schemas.ts';
import { validatorOf } from '../support/json-schema.ts';
import { vocabulary } from '../unit/config/vocabulary.ts';

const root = resolve(import.meta.dirname, '../..');
const read = (file: string): unknown => parse(readFileSync(join(root, file), 'utf8'));
const files = (...patterns: string[]) => globSync(patterns, { cwd: root }).toSorted();

const shipped: Record<SchemaName, string[]> = {
  config: ['examples/remediad.yaml', 'examples/demo/remediad.yaml'],
  rules: [...files('rules/*.yaml'), 'examples/demo/rules.yaml'],
  remediation: files('remediations/*.yaml', 'examples/demo/remediations/*.yaml'),
  tests: files('rules/tests/*.yaml', 'test/fixtures/rule-tests/*.yaml'),
};
/** Written for a smaller world of actions and checks. */
const good: Record<SchemaName, string[]> = {
  config: files('test/fixtures/config/{good,hand-over}/remediad.yaml', 'test/fixtures/broken/base/remediad.yaml'),
  rules: files('test/fixtures/config/{good/rules/*,hand-over/rules}.yaml', 'test/fixtures/broken/base/acting/rules.yaml'),
  remediation: files('test/fixtures/config/good/remediations/*.yaml', 'test/fixtures/broken/base/{.,deep}/*.yaml').filter(
    (file) => basename(file) !== 'remediad.yaml',
  ),
  tests: [],
};

type Validators = Record<SchemaName, ReturnType<typeof validatorOf>>;
const all = (known: Vocabulary) => Object.fromEntries(SCHEMA_NAMES.map((name) => [name, validatorOf(schemaNamed(name, known))]));
const [ofProduct, ofFixtures] = [all(registry), all(vocabulary)] as [Validators, Validators];

describe.each(SCHEMA_NAMES)('the schema of %s', (name) => {
  test.each(shipped[name])('takes %s', (file) => {
    expect(ofProduct[name](read(file))).toEqual([]);
  });

  test.each(good[name])('takes %s', (file) => {
    expect(ofFixtures[name](read(file))).toEqual([]);
  });
});

/** What a schema can see of a file. */
const structural = new Set(['unknown-key', 'missing-key', 'wrong-type', 'no-target', 'no-matcher', 'unknown-action', 'unknown-collector']);
const kinds = { rules: 'rules', remediations: 'remediation', config: 'config' } as const;

describe('the schemas and the loader agree about the broken files', () => {
  const folder = join(root, 'test/fixtures/broken');
  const broken = files('test/fixtures/broken/{rules,remediations,config}/*.yaml').map((path) => {
    const kind = basename(dirname(path)) as keyof typeof kinds;
    const file = `${kind}/${basename(path)}`;
    const own = kind === 'rules' ? { ruleFiles: [file], remediationFiles: [] } : { ruleFiles: [], remediationFiles: [file] };
    const loaded = loadConfig({
      flags: { 'config.file': kind === 'config' ? file : 'base/remediad.yaml' },
      environment: {},
      cwd: folder,
      vocabulary,
      ...(kind === 'config' ? {} : own),
    });
    const problems = loaded.problems.filter((problem) => problem.file === file && problem.path !== '');
    return { file, path, schema: kinds[kind], problems, sound: loaded.problems.length === 0 };
  });

  test.each(broken.filter(({ problems }) => problems.some(({ code }) => structural.has(code))))(
    '$file is refused, for its shape is wrong',
    ({ path, schema }) => {
      expect(ofFixtures[schema](read(path))).not.toEqual([]);
    },
  );

  test.each(broken.filter(({ sound }) => sound))('$file is taken: nothing in it is an error', ({ path, schema }) => {
    expect(ofFixtures[schema](read(path))).toEqual([]);
  });
});

test('whatever duration the loader reads, the schema takes; what it does not read, the schema refuses', () => {
  const recipe = (wait: string) => ({ name: 'a', steps: [{ name: 'b', wait }] });
  const text = fc.oneof(
    fc.integer({ min: 1000, max: 86_400_000 }).map(formatDuration),
    fc.string({ unit: fc.constantFrom('1', '20', 'h', 'm', 's', 'ms', 'd', ' '), maxLength: 6 }),
  );
  fc.assert(
    fc.property(text, (wait) => {
      expect(ofFixtures.remediation(recipe(wait)).length === 0).toBe(isDuration(wait));
    }),
  );
});

function isDuration(text: string): boolean {
  try {
    return parseDuration(text) >= 0;
  } catch {
    return false;
  }
}
