import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { repository, said } from './program.ts';

const rules = join(repository, 'test/fixtures/broken/rules/not-a-map.yaml');

test('a pattern on the command line that no file matches is an error', async () => {
  const { code, out } = await said('check', '--rules', `${repository}/none/*.yaml`);
  expect(code).toBe(1);
  expect(out).toContain(`  FAILED:\nno file matches "${repository}/none/*.yaml" (fix: correct the pattern)\n`);
});

test('a folder in place of a file is told as one', async () => {
  const { code, out } = await said('check', '--rules', dirname(rules));
  expect(code).toBe(1);
  expect(out).toContain('the file cannot be read: it is a directory (fix: name a file, or several with a pattern such as "*.yaml")');
});

test('without a configuration file that is said, and so is that there is no rule', async () => {
  const none = ['--rules', join(repository, 'test/fixtures/no-rules.yaml')];
  const { code, out } = await said('check', ...none);
  expect(code).toBe(0);
  expect(out).toMatch(/^There is no remediad\.yaml in this folder, and no --config\.file: checked with the built-in defaults\n/);
  expect(out).toMatch(/\nThere is no rule: every alert would be refused as not-matched\n/);
  const configured = await said('check', '--config.file', join(repository, 'examples/remediad.yaml'));
  expect(configured).toMatchObject({ code: 0, out: expect.not.stringMatching(/There is no/) as string });
});
