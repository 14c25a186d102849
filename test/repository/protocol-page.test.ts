import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { FAIL_POINTS } from '../../src/core/fail-point.ts';

const root = resolve(import.meta.dirname, '../..');
const page = readFileSync(join(root, 'docs/protocol.md'), 'utf8');
const folder = join(root, 'src/adapters/store/scripts');
const scripts = new Map(
  readdirSync(folder)
    .filter((file) => file.endsWith('.lua'))
    .map((file) => [file.slice(0, -'.lua'.length), readFileSync(join(folder, file), 'utf8')]),
);

/** The text between two headings. */
const section = (from: string, to: string) => page.slice(page.indexOf(`## ${from}`), page.indexOf(`## ${to}`));
const inCodeMarks = (text: string) => [...text.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code);

describe('docs/protocol.md', () => {
  test('has a row for each script that is run, and for no other', () => {
    const shared = new Set([...scripts.values()].flatMap((text) => /^--- uses (.*)$/m.exec(text)?.[1]?.split(' ') ?? []));
    const run = [...scripts.keys()].filter((name) => !shared.has(name));
    const rows = section('Scripts', 'Failure points').matchAll(/^\| (`.*?) \| /gm);
    const told = [...rows].flatMap(([, cell = '']) => inCodeMarks(cell.replaceAll(/\([^)]*\)/g, '')));
    expect(new Set(told)).toEqual(new Set(run));
  });

  test('names every kind of key that a script makes', () => {
    const made = [...scripts.values()].flatMap((text) => [...text.matchAll(/\bK\(\w+, '([\w:]+)'/g)].map(([, name = '']) => name));
    const told = inCodeMarks(section('Keys', 'Scripts')).flatMap((code) => [code, code.replace(/:<.*$/s, '')]);
    expect([...new Set(made)].filter((name) => !told.includes(name))).toEqual([]);
  });

  test('names every fail point, and no other', () => {
    const told = inCodeMarks(section('Failure points', 'Run\n')).filter((code) => /^[a-z]+\.[a-z]+$/.test(code));
    expect(new Set(told)).toEqual(new Set(FAIL_POINTS));
  });
});
