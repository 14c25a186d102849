import { expect, test } from 'vitest';
import { harmless, table } from '../../../src/cli/table.ts';

test('columns are as wide as their widest cell', () => {
  expect(table(['run', 'state'], [['r-1', 'holding'], ['r-1a2b']])).toBe('RUN      STATE\nr-1      holding\nr-1a2b');
});

test('what steers a terminal is written out, and lines stay lines', () => {
  expect(harmless('a\u001B[2Jb\nc\u009B31md\u202Ee')).toBe('a\\u001b[2Jb\nc\\u009b31md\\u202ee');
});

test('JSON stays the same JSON', () => {
  const data = { pod: 'x\u009B2J\u202Ey', lines: 'a\nb' };
  expect(JSON.parse(harmless(JSON.stringify(data, null, 2)))).toEqual(data);
});
