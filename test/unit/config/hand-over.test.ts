import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadConfig } from '../../../src/config/load.ts';
import { formatProblem } from '../../../src/config/report.ts';
import { vocabulary } from './vocabulary.ts';

const cwd = join(import.meta.dirname, '../../fixtures/config/hand-over');

test('a rule carries the policies that its remediations hand over to, and is warned of one that is not there', () => {
  const { config, problems, warnings } = loadConfig({ flags: {}, environment: {}, cwd, vocabulary });
  expect(problems.map(formatProblem)).toEqual([]);
  expect(Object.keys(config?.rules[0]?.edition.handOver ?? {})).toEqual(['storage-team']);
  expect(warnings.map(formatProblem)).toEqual([
    'rules.yaml:6:47: rules[0].remediations[1].use: it hands over to "night-shift", and there is no such escalation policy: the rule\'s own would be used (fix: add "night-shift" under "escalation_policies")',
  ]);
});
