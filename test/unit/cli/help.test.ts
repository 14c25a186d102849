import { expect, test } from 'vitest';
import { said } from './program.ts';

/** Every command that does something, as its parents' help lists it. */
async function commands(path: readonly string[] = []): Promise<string[]> {
  const { out } = await said(...path, '--help');
  const listed = [...(out.split('\nCommands:\n')[1] ?? '').matchAll(/^ {2}([a-z]+)/gm)].map(([, name = '']) => name);
  const below = await Promise.all(listed.filter((name) => name !== 'help').map((name) => commands([...path, name])));
  return listed.length === 0 ? [path.join(' ')] : below.flat();
}

test('the help of every command says what it does and shows how it is written', async () => {
  const all = await commands();
  expect(all).toEqual(expect.arrayContaining(['serve', 'check', 'rules show', 'runs list', 'completion']));
  for (const path of all) {
    const { code, out, err } = await said(...path.split(' '), '--help');
    expect({ path, code, err }).toEqual({ path, code: 0, err: '' });
    expect(out, path).toMatch(new RegExp(`^Usage: remediad ${path}\\b.*\\n\\n[a-z]`));
    expect(out, path).toMatch(/\nExamples:\n.*remediad /);
  }
});
