import { join } from 'node:path';
import { expect, test } from 'vitest';
import { actsFrom } from '../../../src/config/compile/workloads.ts';
import { loadConfig } from '../../../src/config/load.ts';
import type { GuardPolicy } from '../../../src/core/edition.ts';
import type { Problem } from '../../../src/config/problem.ts';
import { formatPath, sortProblems } from '../../../src/config/problem.ts';
import { formatCheck, formatCheckJson, formatProblem } from '../../../src/config/report.ts';
import { vocabulary } from './vocabulary.ts';

const problem: Problem = {
  file: 'rules/a.yaml',
  line: 3,
  column: 5,
  path: 'rules[0].mode',
  code: 'bad-value',
  message: 'must be act',
  fix: 'did you mean "act"?',
};

test('a problem is one line that an editor can jump to', () => {
  expect(formatProblem(problem)).toBe('rules/a.yaml:3:5: rules[0].mode: must be act (fix: did you mean "act"?)');
  expect(formatProblem({ ...problem, fix: '', path: '' })).toBe('rules/a.yaml:3:5: must be act');
  expect(formatProblem({ ...problem, line: 0, column: 0, path: '' })).toBe('rules/a.yaml: must be act (fix: did you mean "act"?)');
  expect(formatProblem({ ...problem, file: '', line: 0, path: '--log.level', fix: '' })).toBe('--log.level: must be act');
});

test('check prints each file with what it found', () => {
  const files = [
    { file: 'remediad.yaml', kind: 'config' as const, count: 1 },
    { file: 'rules/a.yaml', kind: 'rules' as const, count: 3 },
    { file: 'rules/b.yaml', kind: 'rules' as const, count: 1 },
    { file: 'remediations/c.yaml', kind: 'remediation' as const, count: 1 },
  ];
  const flag: Problem = { ...problem, file: '', line: 0, column: 0, path: '--log.level', message: 'must be info', fix: '' };
  const warning: Problem = { ...problem, file: 'rules/b.yaml', message: 'looks odd', fix: '' };
  expect(formatCheck({ config: null, process: null, files, problems: [flag, problem], warnings: [warning] })).toBe(`  FAILED:
--log.level: must be info
Checking remediad.yaml
  SUCCESS: configuration found

Checking rules/a.yaml
  FAILED:
rules/a.yaml:3:5: rules[0].mode: must be act (fix: did you mean "act"?)

Checking rules/b.yaml
  SUCCESS: 1 rule found
  WARNING:
rules/b.yaml:3:5: rules[0].mode: looks odd

Checking remediations/c.yaml
  SUCCESS: 1 remediation found
`);
});

test('check says from how many healthy members on a rule acts', () => {
  const cwd = join(import.meta.dirname, '../../fixtures/config/good');
  expect(
    formatCheck(loadConfig({ flags: {}, environment: {}, cwd, vocabulary }))
      .split('\n')
      .slice(-5),
  ).toEqual([
    'What the rules may do',
    '  archivechain-node-down: of 3 archivechain restarts an unhealthy member with 2 healthy or more, a healthy one with 3',
    '  observed: of 3 archivechain restarts an unhealthy member with 2 healthy or more, a healthy one with 3',
    '  observed: of 2 gateway restarts an unhealthy member with 1 healthy or more, a healthy one with 2',
    '',
  ]);
});

test.each([
  [{ maxUnavailable: null, minHealthy: null, quorum: 'off' }, 'StatefulSet', 3, 0, 1],
  [{ maxUnavailable: null, minHealthy: null, quorum: 'majority' }, 'StatefulSet', 5, 0, 4],
  [{ maxUnavailable: null, minHealthy: null, quorum: 'majority' }, 'Deployment', 5, 0, 1],
  [{ maxUnavailable: { count: 1 }, minHealthy: { percent: 50 }, quorum: 'majority' }, 'StatefulSet', 3, 2, 3],
  [{ maxUnavailable: { count: 5 }, minHealthy: { count: 2 }, quorum: 'off' }, 'Deployment', 3, 2, 3],
  [{ maxUnavailable: { count: 1 }, minHealthy: null, quorum: 'majority' }, 'StatefulSet', 2, 1, 3],
] as const)('%j lets a %s of %i act from %i and %i on', (guards, kind, replicas, unhealthy, healthy) => {
  expect(actsFrom(guards as unknown as GuardPolicy, { kind, replicas })).toEqual({ unhealthy, healthy });
});

test('programs get the same as JSON', () => {
  expect(JSON.parse(formatCheckJson({ problems: [problem], warnings: [] }))).toEqual({ errors: [problem], warnings: [] });
});

test('paths read as in the file, whatever the keys are', () => {
  expect(formatPath(['rules', 0, 'target', 'find'])).toBe('rules[0].target.find');
  expect(formatPath(['workloads', 'a b', 'on-call'])).toBe('workloads["a b"].on-call');
  expect(formatPath([])).toBe('');
});

test('problems stand in the order of files, lines and columns', () => {
  const at = (file: string, line: number, column: number): Problem => ({ ...problem, file, line, column });
  const sorted = [at('a', 1, 1), at('a', 1, 9), at('a', 10, 1), at('b', 2, 1)];
  expect(sortProblems([...sorted].reverse())).toEqual(sorted);
});
