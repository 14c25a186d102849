import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compileAll } from '../../../src/config/compile/compile-all.ts';
import type { Problem } from '../../../src/config/problem.ts';
import { readRoot, settingOf } from '../../../src/config/root.ts';
import { rootSections } from '../../../src/config/schema/root.ts';
import { ruleSchema } from '../../../src/config/schema/rule.ts';
import { stepSchemas } from '../../../src/config/schema/remediation.ts';
import { readYaml, type YamlSource } from '../../../src/config/yaml-source.ts';
import { vocabulary } from './vocabulary.ts';

function source(file: string, value: unknown): YamlSource {
  const read = readYaml(file, JSON.stringify(value));
  if (!('value' in read)) throw new Error('JSON is YAML');
  return read;
}

const words = [
  '',
  'a',
  '5m',
  '-1',
  '${labels.a}',
  '${',
  'steps.a.ok',
  'alertname="A"',
  'act',
  'P0',
  'never',
  '66%',
  'constructor',
  'kubernetes/delete-pod',
];
const leaf = fc.oneof(
  fc.constantFrom(...words),
  fc.integer(),
  fc.double({ min: -1e9, max: 1e9, noNaN: true }),
  fc.boolean(),
  fc.constant(null),
);
const anything = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    leaf,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('name', 'use', 'with', 'check', 'find', 'toString'), tie('value')),
  ),
})).value;
const mapOf = (keys: readonly string[]) => fc.dictionary(fc.constantFrom(...keys), anything, { noNullPrototype: true });

const rule = mapOf(Object.keys(ruleSchema.shape));
const step = mapOf([...new Set(Object.values(stepSchemas).flatMap((schema) => Object.keys(schema.shape)))]);
const remediation = fc.record({ name: leaf, params: anything, steps: fc.array(fc.oneof(step, anything), { maxLength: 4 }) });
const root = mapOf(Object.keys(rootSections));

test('whatever stands in the files, loading tells problems and never breaks', () => {
  fc.assert(
    fc.property(
      fc.oneof(root, anything),
      fc.array(fc.oneof(rule, anything), { maxLength: 3 }),
      fc.array(fc.oneof(remediation, anything), { maxLength: 3 }),
      (top, rules, remediations) => {
        const problems: Problem[] = [];
        const warnings: Problem[] = [];
        const read = readRoot(source('remediad.yaml', top), problems, []);
        const sources = {
          rules: [source('rules.yaml', { rules })],
          remediations: remediations.map((one, index) => source(`${index}.yaml`, one)),
        };
        compileAll(sources, settingOf(read), vocabulary, problems, warnings);
        for (const { line, column, message } of [...problems, ...warnings]) {
          expect(line).toBeGreaterThan(0);
          expect(column).toBeGreaterThan(0);
          expect(message).not.toBe('');
        }
      },
    ),
    { numRuns: 300 },
  );
});
