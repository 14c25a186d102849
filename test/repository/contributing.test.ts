import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '../..');
const page = readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8');
/** Of the table, without its head. */
const rows = [...page.matchAll(/^\| ([a-z][^|]+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$/gm)].slice(1);

/** The paths of a cell; of those with a part to fill in, the folder before it. */
const paths = (cell = ''): string[] =>
  [...cell.matchAll(/`([\w./-]+\/[^`]*)`/g)].map(([, path = '']) => path.replace(/[^/]*(?:NAME|AREA|…).*$/, ''));

const missing = (cells: readonly (string | undefined)[], folders: readonly string[]): string[] =>
  cells.flatMap(paths).filter((path) => !folders.some((folder) => existsSync(join(root, folder, path))));

test.each(rows.map(([, part = '', ...cells]) => ({ part, cells })))('CONTRIBUTING.md sends $part to files that exist', ({ cells }) => {
  const [file, lines, tests, pages] = cells;
  expect(missing([file, lines], ['src', ''])).toEqual([]);
  expect(missing([tests], ['test'])).toEqual([]);
  expect(missing([pages], [''])).toEqual([]);
});

test('CONTRIBUTING.md says of a dozen parts where they go', () => {
  expect(rows).toHaveLength(12);
});
