import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadConfig, type Loaded } from '../../../src/config/load.ts';
import { PROBLEM_CODES, type ProblemCode } from '../../../src/config/problem.ts';
import { formatProblem } from '../../../src/config/report.ts';
import { vocabulary } from './vocabulary.ts';
import { BROKEN, expectedIn } from '../../support/broken.ts';

const folder = BROKEN;
const kinds = ['rules', 'remediations', 'config'] as const;
const files = kinds.flatMap((kind) => readdirSync(join(folder, kind)).map((name) => ({ kind, name, file: `${kind}/${name}` })));

const expected = expectedIn('expected.txt');

/** Remediations that a file needs besides those that all may use. */
const also: Readonly<Record<string, readonly string[]>> = {
  'remediations/use-too-deep.yaml': ['two', 'three', 'four', 'five'],
  'remediations/runs-into-circle.yaml': ['circle-a', 'circle-b'],
};

/** What no file of a configuration here can have, and why. */
const elsewhere: Partial<Record<ProblemCode, string>> = {
  'too-large': 'it takes a megabyte: yaml-source.test.ts',
  'too-many': 'it takes a thousand others: hostile-files.test.ts',
  'unknown-rule': 'of a file of tests, which is no part of a configuration',
};

function load({ kind, file }: (typeof files)[number]): Loaded {
  const base = ['base/restart.yaml', 'base/reconnect.yaml', ...(also[file] ?? []).map((name) => `base/deep/${name}.yaml`)];
  const options = { environment: {}, cwd: folder, vocabulary };
  if (kind === 'config') return loadConfig({ ...options, flags: { 'config.file': file } });
  const own = kind === 'rules' ? { ruleFiles: [file], remediationFiles: base } : { ruleFiles: [], remediationFiles: [...base, file] };
  return loadConfig({ ...options, ...own, flags: { 'config.file': 'base/remediad.yaml' } });
}

describe('a broken file is refused with everything that is wrong in it, where and why', () => {
  test.each(files)('$file', (file) => {
    const { config, problems, warnings } = load(file);
    expect([...problems.map(formatProblem), ...warnings.map((one) => `warning: ${formatProblem(one)}`)]).toEqual(expected.get(file.file));
    expect(config === null).toBe(problems.length > 0);
  });

  test('and no expectation is left without its file', () => {
    expect([...expected.keys()].sort()).toEqual(files.map(({ file }) => file).sort());
  });

  test('and nothing that can be wrong is left without its file', () => {
    const told = new Set(files.map(load).flatMap(({ problems, warnings }) => [...problems, ...warnings].map(({ code }) => code)));
    expect(PROBLEM_CODES.filter((code) => !told.has(code))).toEqual(Object.keys(elsewhere));
  });

  test('and what they stand beside is sound', () => {
    const base = ['base/restart.yaml', 'base/reconnect.yaml'];
    const { problems, warnings } = loadConfig({
      flags: { 'config.file': 'base/remediad.yaml' },
      environment: {},
      cwd: folder,
      vocabulary,
      ruleFiles: [],
      remediationFiles: base,
    });
    expect([...problems, ...warnings]).toEqual([]);
  });
});
