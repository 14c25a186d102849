import { join } from 'node:path';
import { expect, test } from 'vitest';
import { repository, said } from './program.ts';

const folder = join(repository, 'test/fixtures');

test.each([
  [['status', '--url', 'localhost:8484'], 2, '--url: "localhost:8484" is no http or https address (fix: write http://host:port)'],
  [['status', '--token-file', '/none'], 1, '--token-file: /none: the file cannot be read: it does not exist (fix: correct the path)'],
  [['pause', '--why', 'x', '--for', '2'], 2, '--for: not a valid duration string: "2" (fix: write a duration such as 2h)'],
  [['explain', '/none.json'], 1, '/none.json: the file cannot be read: it does not exist (fix: correct the path)'],
  [
    ['explain', folder],
    1,
    `${folder}: the file cannot be read: it is a directory (fix: name a file, or several with a pattern such as "*.yaml")`,
  ],
])('%j is told with what to write instead', async (args, code, message) => {
  expect(await said(...args)).toEqual({ code, out: '', err: `remediad: ${message}` });
});

test('a payload that is no JSON is told so', async () => {
  const { code, err } = await said('explain', join(folder, 'no-rules.yaml'));
  expect(code).toBe(1);
  expect(err).toMatch(/no-rules\.yaml: .* \(fix: give it the JSON that Alertmanager posts\)$/s);
});
