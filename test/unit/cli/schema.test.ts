import { expect, test } from 'vitest';
import { said } from './program.ts';

test.each(['config', 'rules', 'remediation', 'tests'])('`schema %s` prints a JSON Schema and nothing else', async (kind) => {
  const { code, out, err } = await said('schema', kind);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(JSON.parse(out)).toMatchObject({ $schema: 'https://json-schema.org/draft/2020-12/schema', additionalProperties: false });
});

test('a kind that there is not is refused with those that there are', async () => {
  const { code, err } = await said('schema', 'rule');
  expect(code).toBe(2);
  expect(err).toContain('config, rules, remediation, tests');
});
