import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { FAIL_POINTS } from '../../src/core/fail-point.ts';

const root = resolve(import.meta.dirname, '../..');

/** All TypeScript below the folder, as one text. */
function sourcesIn(...folder: string[]): string {
  return readdirSync(join(root, ...folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => readFileSync(join(root, ...folder, file), 'utf8'))
    .join('\n');
}

describe('failure points of docs/protocol.md', () => {
  const rows = [...readFileSync(join(root, 'docs/protocol.md'), 'utf8').matchAll(/^\| (F\d+) \|/gm)].map(([, row = '']) => row);
  const titles = sourcesIn('test', 'torture', 'failure-points').match(/'F\d+: /g) ?? [];

  test('are sixteen', () => {
    expect(rows).toEqual(Array.from({ length: 16 }, (_, index) => `F${index + 1}`));
  });

  test.each(rows)('%s has a test that breaks a real process', (row) => {
    expect(titles).toContain(`'${row}: `);
  });
});

describe.each(FAIL_POINTS)('fail point %s', (point) => {
  const placed = sourcesIn('src') + sourcesIn('test', 'torture');
  const tests = sourcesIn('test');

  test('stands somewhere in the code', () => {
    expect(placed).toContain(`failPoint('${point}')`);
  });

  test('breaks a process in some test', () => {
    expect(tests).toMatch(new RegExp(`['\`]${point.replace('.', '\\.')}(:kill|:stop|:throw|')`));
  });
});
