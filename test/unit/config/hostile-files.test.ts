import { describe, expect, test } from 'vitest';
import { compileAll } from '../../../src/config/compile/compile-all.ts';
import { MOST_PROBLEMS, sortProblems, type Problem } from '../../../src/config/problem.ts';
import { readRoot, settingOf } from '../../../src/config/root.ts';
import { yamlLimits } from '../../../src/config/yaml-content.ts';
import { readYaml } from '../../../src/config/yaml-source.ts';
import { vocabulary } from './vocabulary.ts';

/** What is said of a rules file of this text. */
function say(text: string): string[] {
  const problems: Problem[] = [];
  const read = readYaml('f.yaml', text);
  if (!('value' in read)) return messages(read);
  compileAll({ rules: [read], remediations: [] }, settingOf(readRoot(null, problems, [])), vocabulary, problems, []);
  return messages(problems);
}

const messages = (problems: readonly Problem[]): string[] => sortProblems(problems).map(({ message }) => message);

/** Half of what a file may hold. */
const size = yamlLimits.bytes / 2;

/** As many of these as that takes. */
const full = (part: (index: number) => string, head = ''): string => {
  const parts: string[] = [head];
  let length = head.length;
  for (let index = 0; length < size; index += 1) {
    parts.push(part(index));
    length += parts.at(-1)?.length ?? 0;
  }
  return parts.join('');
};

const rule = (line: string): string =>
  `rules:\n- name: a\n  matchers: [a=b]\n  target: {kind: Pod, namespace: x, find: {name: y}}\n  remediations: [{use: restart}]\n  ${line}\n`;

/** What is quadratic in the size of a file takes far longer than the deadline, what is linear far less. It counts the processor's time alone. */
describe('a file is refused in time', () => {
  test.each([
    ['different keys', full((index) => `k${index}: 1\n`), 'the map has more than 2000 entries'],
    ['one key', full(() => 'a:\n'), 'the map has more than 2000 entries'],
    ['keys that no rule has', rule(Array.from({ length: 1900 }, (_, index) => `k${index}: 1`).join('\n  ')), 'unknown key "k0"'],
    ['aliases', `x: &a [1]\ny: [${full(() => '*a,')}1]`, 'anchors and aliases are not supported'],
    ['aliases of nothing', `y: [${full(() => '*a,')}1]`, 'anchors and aliases are not supported'],
    ['tags', `y: [${full(() => '!!set x,')}1]`, 'unresolved tag: tag:yaml.org,2002:set'],
    ['brackets', '['.repeat(size), 'nested more than 32 deep'],
    ['dashes', '- '.repeat(size / 2), 'nested more than 32 deep'],
    ['documents', full(() => '---\na: 1\n'), 'the file holds several documents'],
    ['rules without anything', full(() => '- {}\n', 'rules:\n'), '"name" is missing'],
    ['one rule again and again', full(() => '- {name: a}\n', 'rules:\n'), 'there is a rule "a" in f.yaml already'],
    ['a template of nothing but beginnings', rule(`priority: "${'${'.repeat(200_000)}"`), '"${" has no closing "}"'],
    ['a template of open quotes', rule(`priority: "\${${"'''".repeat(100_000)}"`), '"${" has no closing "}"'],
    ['a line of words', rule(`matchers: [${full(() => 'b=c, ')}]`), 'the key stands here for the second time'],
    ['a text without end', rule(`description: "${full(() => '\\n')}`), 'missing closing "quote'],
    ['a text that ends late', rule(`description: "${full(() => '\\n')}"`), 'there is no remediation "restart"'],
    ['characters that nobody sees', full(() => '\u202e'), 'the character U+202E cannot be seen'],
  ])('of %s', (_what, text, message) => {
    const before = process.threadCpuUsage().user;
    expect(say(text)).toContain(message);
    expect((process.threadCpuUsage().user - before) / 1e6).toBeLessThan(5);
  });
});

test('of a file with a million faults a thousand are told, and how many more there are at least', () => {
  const told = say(full(() => '- {}\n', 'rules:\n'));
  expect(told).toHaveLength(MOST_PROBLEMS + 1);
  expect(told.at(-1)).toMatch(/^and at least \d+ more problems$/);
});

describe('what looks like something else', () => {
  test('a file may have Windows line ends and a mark of its byte order is no character of it', () => {
    expect(readYaml('f.yaml', 'a: 1\r\nb:\r\n  - c\r\n')).toMatchObject({ value: { a: 1, b: ['c'] } });
  });

  test.each(['\0', '\x1b', '\x85', '\u200b', '\u202e', '\u2066', '\ufeff', '\ud800'])('%j is refused where it stands', (character) => {
    const code = character.charCodeAt(0).toString(16).padStart(4, '0');
    expect(readYaml('f.yaml', `a: b\nc: "d${character}e"\n`)).toEqual([
      {
        file: 'f.yaml',
        line: 2,
        column: 6,
        path: '',
        code: 'bad-yaml',
        message: `the character U+${code.toUpperCase()} cannot be seen`,
        fix: `remove it, or write it as "\\u${code}" in double quotes`,
      },
    ]);
  });

  test('letters of every language, and what joins them, may stand', () => {
    const text = 'a: имя 名前 اسم नाम 👩‍👩‍👧 می‌خواهم\n';
    expect(readYaml('f.yaml', text)).toMatchObject({ value: { a: 'имя 名前 اسم नाम 👩‍👩‍👧 می‌خواهم' } });
  });

  test.each(['9007199254740993', '-9007199254740993', '1e400', '.inf', '.nan', '0x20000000000001'])('the number %s', (number) => {
    expect(readYaml('f.yaml', `a: ${number}\n`)).toMatchObject([{ code: 'bad-value', message: 'the number cannot be told exactly' }]);
    expect(readYaml('f.yaml', `a: "${number}"\n`)).toMatchObject({ value: { a: number } });
  });

  test('names that objects have of themselves are names like any other', () => {
    const read = readYaml('f.yaml', 'constructor: 1\ntoString: 2\nhasOwnProperty: 3\n');
    expect('value' in read ? Object.entries(read.value as object) : read).toEqual([
      ['constructor', 1],
      ['toString', 2],
      ['hasOwnProperty', 3],
    ]);
  });
});
