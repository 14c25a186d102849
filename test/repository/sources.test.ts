import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '../..');
const tracked = execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' })
  .split('\0')
  .filter((path) => path !== '' && statSync(join(root, path), { throwIfNoEntry: false })?.isFile() === true);
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const below = (...folders: string[]) => tracked.filter((path) => folders.some((folder) => path.startsWith(`${folder}/`)));

/** `path:line: text` of each line that matches. */
function hits(paths: readonly string[], pattern: RegExp): string[] {
  return paths.flatMap((path) =>
    read(path)
      .split('\n')
      .flatMap((line, i) => (pattern.test(line) ? [`${path}:${i + 1}: ${line.trim().slice(0, 120)}`] : [])),
  );
}

describe('tracked files', () => {
  test('name no package registry: mirrors differ from place to place', () => {
    const hosts = ['registry npmjs org', 'pypi org', 'proxy golang org', 'repo1 maven', 'deb debian org', 'crates io'];
    expect(hits(tracked, new RegExp(hosts.map((words) => words.replaceAll(' ', '\\.')).join('|'), 'i'))).toEqual([]);
  });

  test('name no path of the machine that they were written on', () => {
    expect(hits(tracked, new RegExp(`(^|[\\s'"\`(=:])/(${['work', 'farm', 'root', 'home/\\w+'].join('|')})/|\\.\\./shared\\b`))).toEqual(
      [],
    );
  });

  test('carry no mark of unfinished work in what ships', () => {
    const marks = ['TO', 'FIX', 'XX', 'HA'].map((start, i) => start + ['DO', 'ME', 'X', 'CK'][i]);
    expect(
      hits(below('src', 'rules', 'remediations', 'monitoring', 'bin'), new RegExp(`\\b(${marks.join('|')})\\b|not implemented`)),
    ).toEqual([]);
  });

  test('skip no test and single none out', () => {
    expect(
      hits(below('test'), /\b(it|test|describe)\.(skip|only|todo)\b/).filter((hit) => !hit.startsWith('test/repository/sources.test.ts')),
    ).toEqual([]);
  });
});

describe('src/core', () => {
  const core = below('src/core');

  test('is there', () => {
    expect(core.length).toBeGreaterThan(20);
  });

  test('leaves nothing out of coverage', () => {
    expect(hits(core, /(v8|c8|istanbul|node:coverage) (ignore|disable)/i)).toEqual([]);
  });

  test('turns no lint rule off and silences no type error', () => {
    expect(hits(core, /(oxlint|eslint)-disable|@ts-(ignore|nocheck|expect-error)/)).toEqual([]);
  });

  test('imports nothing dynamically, where lint does not look', () => {
    expect(hits(core, /\bimport\s*\(/)).toEqual([]);
  });
});

describe('versions', () => {
  const manifest = JSON.parse(read('package.json')) as { version: string; license: string; engines: { node: string } };
  const lock = JSON.parse(read('package-lock.json')) as {
    version: string;
    packages: Record<string, { resolved?: string; integrity?: string }>;
  };

  test('of package.json, the lock file and the changelog agree', () => {
    const [, latest] = /^## \[(\d+\.\d+\.\d+)\]/m.exec(read('CHANGELOG.md')) ?? [];
    expect([lock.version, latest]).toEqual([manifest.version, manifest.version]);
  });

  test('of Node in package.json and in the launcher agree', () => {
    const [, major] = /^>=(\d+)$/.exec(manifest.engines.node) ?? [];
    expect(read('bin/remediad')).toContain(`[ "$major" -ge ${major} ]`);
  });

  test('of the dependencies are exact', () => {
    const { dependencies, devDependencies, optionalDependencies } = JSON.parse(read('package.json')) as Record<
      string,
      Record<string, string>
    >;
    const all = Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies });
    expect(all.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
  });

  test('in the lock file come with a hash and without a place', () => {
    const packages = Object.entries(lock.packages).filter(([path]) => path !== '');
    expect(packages.filter(([, { resolved }]) => resolved !== undefined)).toEqual([]);
    expect(packages.filter(([, { integrity }]) => integrity === undefined)).toEqual([]);
  });

  test('stand beside the licence that package.json names', () => {
    expect(manifest.license).toBe('Apache-2.0');
    expect(read('LICENSE')).toMatch(/Apache License\s+Version 2\.0/);
  });
});
