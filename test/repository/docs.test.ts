import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parametersOf } from '../../scripts/capabilities-page.ts';
import { pages } from '../../scripts/pages.ts';
import { actions } from '../../src/actions/index.ts';
import { checks } from '../../src/checks/index.ts';
import { collectors } from '../../src/collectors/index.ts';
import { GUARDS } from '../../src/core/guards/index.ts';
import { reasons } from '../../src/core/reasons.ts';

const docs = resolve(import.meta.dirname, '../../docs');
const page = (name: string) => readFile(join(docs, name), 'utf8');

/** The words in backticks of the line of docs/design.md, "Not built yet", that begins so. */
async function listed(beginning: string): Promise<string[]> {
  const [, line = ''] = new RegExp(`^- ${beginning} (.*)$`, 'm').exec(await page('design.md')) ?? [];
  return [...line.matchAll(/`([\w/-]+)`/g)].map(([, name = '']) => name);
}

describe('the pages made from the code', () => {
  test.each(Object.entries(pages()))('docs/%s is up to date (make docs)', async (name, text) => {
    expect(await page(name)).toBe(text);
  });

  test('tell every reason', async () => {
    const text = await page('reasons.md');
    expect(Object.keys(reasons).filter((reason) => !text.includes(`| \`${reason}\` |`))).toEqual([]);
  });
});

describe('what a step may name', () => {
  const all = [...actions.values(), ...checks.values(), ...collectors.values()];

  test.each(all.map((capability) => ({ ...capability })))('$name has a sentence and documented parameters', (capability) => {
    expect(capability.summary).toMatch(/^[A-Z].*\.$/);
    expect(parametersOf(capability).filter(({ describe: text }) => text === '')).toEqual([]);
  });

  test('is found under its own name, which no other kind has', () => {
    expect([...actions.keys(), ...checks.keys(), ...collectors.keys()]).toEqual(all.map(({ name }) => name));
    expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
  });

  test('is what the design counts as built', async () => {
    expect(await listed('the actions of §21 other than')).toEqual([...actions.keys()]);
    expect(await listed('the checks other than')).toEqual([...checks.keys()]);
    expect(await listed('the collectors other than')).toEqual([...collectors.keys()]);
  });
});

describe('the table of guards in docs/design.md', () => {
  /** Name, phases, reasons and consequence of each row of §9. */
  async function rows() {
    const text = await page('design.md');
    const section = text.slice(text.indexOf('## 9. '), text.indexOf('## 10. '));
    return [...section.matchAll(/^\| ([\w-]+) (ap|a|p) \| (.*) \| (.*) \|$/gm)].map(([, name = '', phases = '', refuses = '']) => ({
      name,
      phases,
      refuses,
    }));
  }

  test('lists the guards of the code in their order, with the phases that they have', async () => {
    const missing = await listed('the guards');
    const documented = (await rows()).filter(({ name }) => !missing.includes(name)).map(({ name, phases }) => `${name} ${phases}`);
    expect(documented).toEqual(GUARDS.map(({ name, phases }) => `${name} ${phases.map((phase) => phase[0]).join('')}`));
  });

  test('names only reasons that exist or are said to be missing', async () => {
    const missing = await listed('the guards');
    const built = (await rows()).filter(({ name }) => !missing.includes(name));
    const named = built.flatMap(({ refuses }) => [...refuses.matchAll(/`([a-z]+(?:-[a-z]+)*)`/g)].map(([, word = '']) => word));
    const unknown = named.filter((word) => !Object.hasOwn(reasons, word));
    expect(unknown).toEqual(await listed('the reasons'));
  });
});
