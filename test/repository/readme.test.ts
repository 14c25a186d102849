import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(resolve(root, path), 'utf8');
const readme = read('README.md');

/** As GitHub makes them of headings. */
const anchorsOf = (page: string): string[] =>
  [...page.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );

describe('the README', () => {
  const links = [...readme.matchAll(/\]\(([^)#]*)(?:#([^)]*))?\)/g)].map(([, path = '', anchor = '']) => ({ path, anchor }));

  test.each(links)('leads to $path $anchor, which is there', ({ path, anchor }) => {
    expect(existsSync(resolve(root, path))).toBe(true);
    if (anchor !== '') expect(anchorsOf(read(path))).toContain(anchor);
  });

  test('begins with the sentence of the design', () => {
    const [sentence = ''] = /^> [^]*?\n\n/m.exec(read('docs/design.md')) ?? [];
    const words = (text: string) => text.replaceAll(/[>\s]+/g, ' ').trim();
    expect(words(readme)).toContain(words(sentence));
  });

  test('speaks of targets that the Makefile has', () => {
    const targets = [...readme.matchAll(/^\$ make (\w+)/gm)].map(([, target]) => target);
    expect(targets).toEqual(['demo', 'test']);
    for (const target of targets) expect(read('Makefile')).toMatch(new RegExp(`^${target}:`, 'm'));
  });

  test('fits on a screen', () => {
    expect(readme.split('\n').length).toBeLessThan(80);
  });
});
