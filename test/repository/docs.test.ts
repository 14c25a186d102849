import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { pages } from '../../scripts/pages.ts';
import { GUARDS } from '../../src/core/guards/index.ts';
import { reasons } from '../../src/core/reasons.ts';

const docs = resolve(import.meta.dirname, '../../docs');
const page = (name: string) => readFile(join(docs, name), 'utf8');

describe('the pages made from the code', () => {
  test.each(Object.entries(pages()))('docs/%s is up to date (make docs)', async (name, text) => {
    expect(await page(name)).toBe(text);
  });

  test('tell every reason', async () => {
    const text = await page('reasons.md');
    expect(Object.keys(reasons).filter((reason) => !text.includes(`| \`${reason}\` |`))).toEqual([]);
  });
});

describe('the table of guards in docs/design.md', () => {
  /** Name, phases, reasons and consequence of each row of §9. */
  async function rows() {
    const text = await page('design.md');
    const section = text.slice(text.indexOf('## 9. '), text.indexOf('## 10. '));
    return [...section.matchAll(/^\| (\w+) (ap|a|p) \| (.*) \| (.*) \|$/gm)].map(([, name = '', phases = '', refuses = '']) => ({
      name,
      phases,
      refuses,
    }));
  }

  /** The words that "Not built yet" names after this beginning. */
  async function notBuilt(beginning: string): Promise<string[]> {
    const [, line = ''] = new RegExp(`^- ${beginning} (.*)$`, 'm').exec(await page('design.md')) ?? [];
    return [...line.matchAll(/`([\w-]+)`/g)].map(([, name = '']) => name);
  }

  test('lists the guards of the code in their order, with the phases that they have', async () => {
    const missing = await notBuilt('the guards');
    const documented = (await rows()).filter(({ name }) => !missing.includes(name)).map(({ name, phases }) => `${name} ${phases}`);
    expect(documented).toEqual(GUARDS.map(({ name, phases }) => `${name} ${phases.map((phase) => phase[0]).join('')}`));
  });

  test('names only reasons that exist or are said to be missing', async () => {
    const missing = await notBuilt('the guards');
    const built = (await rows()).filter(({ name }) => !missing.includes(name));
    const named = built.flatMap(({ refuses }) => [...refuses.matchAll(/`([a-z]+(?:-[a-z]+)*)`/g)].map(([, word = '']) => word));
    const unknown = named.filter((word) => !Object.hasOwn(reasons, word));
    expect(unknown).toEqual(await notBuilt('the reasons'));
  });
});
