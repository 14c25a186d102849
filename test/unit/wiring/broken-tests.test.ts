import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { formatProblem } from '../../../src/config/report.ts';
import { readTests } from '../../../src/wiring/rehearsal/read.ts';
import { BROKEN, expectedIn } from '../../support/broken.ts';

const folder = BROKEN;
const files = readdirSync(join(folder, 'tests')).map((name) => `tests/${name}`);

const expected = expectedIn('expected-tests.txt');

describe('a broken file of tests is refused with everything that is wrong in it, where and why', () => {
  test.each(files)('%s', (file) => {
    const { tests, problems } = readTests(file, folder);
    expect(problems.map((problem) => formatProblem(problem).replaceAll(`${join(folder, '../../..')}/`, ''))).toEqual(expected.get(file));
    expect(tests).toEqual([]);
  });

  test('and no expectation is left without its file', () => {
    expect([...expected.keys()].sort()).toEqual(files.toSorted());
  });
});
