import { existsSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { runProgram } from '../../src/cli/program.ts';

// Image, chart and the pages about them: what they say of each other, and of the rest, is so.

const root = resolve(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(resolve(root, path), 'utf8');
const { version } = JSON.parse(read('package.json')) as { version: string };
const dockerfile = read('Dockerfile');
const values = parse(read('helm/remediad/values.yaml')) as Tree;
const pages = ['docs/quick-start.md', 'docs/install.md', 'helm/remediad/README.md'];

interface Tree {
  readonly [name: string]: unknown;
}
const isTree = (value: unknown): value is Tree => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Free-form values, which have no keys of the chart's own. */
const whole = ['resources', 'podSecurityContext'];

/** Paths of all values, `a.b`, with their defaults. */
function leaves(tree: Tree, prefix = ''): [string, unknown][] {
  return Object.entries(tree).flatMap(([name, value]): [string, unknown][] => {
    const path = `${prefix}${name}`;
    return isTree(value) && Object.keys(value).length > 0 && !whole.includes(path) ? leaves(value, `${path}.`) : [[path, value]];
  });
}

/** Lines of the shell blocks of a page, those that go on joined. */
function commandsOf(page: string): string[] {
  const blocks = [...read(page).matchAll(/```sh\n([^]*?)```/g)].map(([, block = '']) => block.replaceAll(/(\\|\|)\n\s*/g, '$1 '));
  return blocks.flatMap((block) => block.split('\n')).filter((line) => line !== '');
}

describe('the image', () => {
  test('bears the version of the package', () => {
    expect(dockerfile).toContain(`org.opencontainers.image.version="${version}"`);
  });

  test('runs as the number that the chart says', () => {
    const { runAsUser, runAsGroup, fsGroup } = values['podSecurityContext'] as Tree;
    expect(/^USER (\d+):(\d+)$/m.exec(dockerfile)?.slice(1)).toEqual([`${runAsUser as number}`, `${runAsGroup as number}`]);
    expect(fsGroup).toBe(runAsGroup);
    expect(runAsUser).toBeGreaterThan(0);
  });

  test('is built of files that are there and that its builder is given', () => {
    const given = [...read('.dockerignore').matchAll(/^!(.+)$/gm)].map(([, path = '']) => path);
    expect(given.filter((path) => !existsSync(resolve(root, path)))).toEqual([]);
    const copied = [...dockerfile.matchAll(/^COPY (?!--)(.+) \S+$/gm)].flatMap(([, paths = '']) => paths.split(' '));
    expect(copied.filter((path) => path !== '.' && !given.includes(path))).toEqual([]);
    for (const [, script = ''] of dockerfile.matchAll(/^RUN (scripts\/\S+)/gm))
      expect(statSync(resolve(root, script)).mode & 0o111).not.toBe(0);
    expect(dockerfile).toMatch(/^RUN scripts\/image\/tree\.sh/m);
  });
});

describe('the chart', () => {
  test('bears the version of the package', () => {
    expect(parse(read('helm/remediad/Chart.yaml'))).toMatchObject({ version, appVersion: version });
  });

  test.each(['rules', 'remediations'])('has no %s of its own, only a link', (part) => {
    expect(readlinkSync(resolve(root, 'helm/remediad', part))).toBe(`../../${part}`);
  });

  test('documents each value with its default, and no other', () => {
    const rows = [...read('helm/remediad/README.md').matchAll(/^\| `([^`]+)` \| (.+?) \|/gm)].map(([, path = '', text = '']) => [
      path,
      text,
    ]);
    expect(rows.map(([path]) => path)).toEqual(leaves(values).map(([path]) => path));
    const told = rows.filter(([path = '']) => !whole.includes(path));
    const defaults = leaves(values).filter(([path]) => !whole.includes(path));
    expect(told).toEqual(
      defaults.map(([path, value]) => [path, `\`${typeof value === 'string' && value !== '' ? value : JSON.stringify(value)}\``]),
    );
  });

  test('knows each value in its schema, and no other', () => {
    const { properties } = JSON.parse(read('helm/remediad/values.schema.json')) as { properties: Tree };
    const known = Object.entries(properties).flatMap(([name, schema]) => {
      const inner = (schema as { properties?: Tree }).properties;
      return inner === undefined ? [name] : Object.keys(inner).map((key) => `${name}.${key}`);
    });
    // Helm itself hands `global` to every chart.
    expect(new Set(known)).toEqual(new Set([...leaves(values).map(([path]) => path), 'global']));
  });
});

describe.each(pages)('%s', (page) => {
  const text = read(page);

  test('speaks of values that there are', () => {
    const known = new Set(leaves(values).map(([path]) => path));
    const set = commandsOf(page).flatMap((line) =>
      [...line.matchAll(/--set "?(\S+)/g)].flatMap(([, list = '']) => list.split(/,(?![^{]*\})/)),
    );
    const settings = set.map((one) => one.split('=')[0] ?? '');
    const named = [...text.matchAll(/`([a-zA-Z]+\.[a-zA-Z]+)[`:]/g)]
      .map(([, path = '']) => path)
      .filter((path) => Object.hasOwn(values, path.split('.')[0] ?? ''));
    const unknown = [...settings, ...named].filter((path) => !known.has(path) && !whole.includes(path.split('.')[0] ?? ''));
    expect(unknown.filter((path) => !path.startsWith('config.'))).toEqual([]);
  });

  test('speaks of files that there are', () => {
    const files = [...text.matchAll(/(?<![\w/.-])(?:helm|examples|scripts|docs|monitoring)\/[\w./-]*\w/g)].map(([path]) => path);
    expect(files.length).toBeGreaterThan(0);
    expect(files.filter((path) => !existsSync(resolve(root, path)))).toEqual([]);
  });

  test('leads to pages and headings that there are', () => {
    const folder = resolve(root, page, '..');
    const links = [...text.matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)/g)].map(([, path = '', anchor = '']) => ({
      path: resolve(folder, path),
      anchor,
    }));
    expect(links.filter(({ path }) => !existsSync(path))).toEqual([]);
    const missing = links.filter(({ path, anchor }) => anchor !== '' && !headingsOf(readFileSync(path, 'utf8')).includes(anchor));
    expect(missing).toEqual([]);
  });
});

describe.each(pages.filter((page) => page.startsWith('docs/')))('%s', (page) => {
  test('speaks of commands and flags that remediad has', async () => {
    const commands = commandsOf(page).flatMap((line) => [...line.matchAll(/(?:-- |^)remediad ([a-z]+)(.*)$/g)]);
    expect(commands.length).toBeGreaterThan(1);
    for (const [, name = '', rest = ''] of commands) {
      let help = '';
      const io = { out: (said: string) => void (help += said), err: (said: string) => void (help += said), tty: false, env: {} };
      expect(await runProgram([name, '--help'], io), help).toBe(0);
      for (const [flag] of rest.matchAll(/--[a-z.-]+/g)) expect(help).toContain(flag);
    }
  });

  test('names the version of the package in images', () => {
    const tags = [...read(page).matchAll(/\/remediad:(\d[\w.-]*)/g)].map(([, tag]) => tag);
    expect(new Set(tags)).toEqual(new Set([version]));
  });
});

/** As GitHub makes them. */
const headingsOf = (page: string): string[] =>
  [...page.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
