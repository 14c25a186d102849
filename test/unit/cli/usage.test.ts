import { expect, test } from 'vitest';
import { said } from './program.ts';

test('`--version` says what the command `version` says', async () => {
  const version = await said('version');
  expect(version.out).toMatch(/^remediad \d+\.\d+\.\d+ \(node v\d+/);
  expect(await said('--version')).toEqual(version);
});

test.each([
  [['chek'], "unknown command 'chek'\n(Did you mean check?)", 'remediad'],
  [['check', '--config-file=a'], "unknown option '--config-file=a'\n(Did you mean --config.file?)", 'remediad check'],
  [['rules', 'shw'], "unknown command 'shw'\n(Did you mean show?)", 'remediad rules'],
  [['pause'], "required option '--why <text>' not specified", 'remediad pause'],
])('%j is wrong usage: the message points to the help of its command', async (args, message, command) => {
  expect(await said(...args)).toEqual({ code: 2, out: '', err: `remediad: ${message}\n(${command} --help shows what there is)` });
});

test.each([
  [['check', 'rules.yaml'], '"rules.yaml" is a word too many (fix: name files with --rules, --remediations or --config.file)'],
  [['runs', 'r-1'], '"r-1" is a word too many (fix: one run is shown by remediad runs show r-1)'],
])('%j says where the word belongs', async (args, message) => {
  expect(await said(...args)).toEqual({ code: 2, out: '', err: `remediad: ${message}` });
});
