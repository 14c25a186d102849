import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseDocument } from 'yaml';
import { readFast } from '../../../src/config/fast-yaml.ts';
import { yamlLimits } from '../../../src/config/yaml-content.ts';

/** As the parser that knows places reads it, `refused` where that has anything to say. */
function readFully(text: string): unknown {
  const document = parseDocument(text, { version: '1.2', schema: 'core', stringKeys: true, prettyErrors: false, logLevel: 'error' });
  return document.errors.length + document.warnings.length > 0 ? 'refused' : document.toJS({ maxAliasCount: 0 });
}

function expectTheSame(text: string): void {
  const fast = readFast(text);
  if (fast !== undefined) expect(fast).toEqual(readFully(text));
}

describe('what the fast parser reads, it reads as the one that knows places', () => {
  const tokens = `a|b: |b:|- |-|: |? |{|}|[|]|,|, |"x"|"x\\ny"|'it''s'|\n|\n  |\n    |\n- |\n  - | #c|#|&a |*a|!!str |!=|!b |&&|>|1|-1|007|1.5|1d|0x1f|~|null|true|=|!|"|'|\\| |.nan|---\n|...|\${a}|%|@|a:b|::|http://x:1/y|+1|<|(|_|true: |\u00a0|\u3000|é`;

  test('whatever is put together', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...tokens.split('|')), { maxLength: 12 }).map((parts) => parts.join('')),
        expectTheSame,
      ),
      { numRuns: 5000 },
    );
  });

  const values =
    'a;!=b;a != b;a && b;! b;&& b;|;>;|-;>-;|+;0o17;0x1f;1e3;1e400;9007199254740993;1_000;+12;.5;TRUE;Null;yes;2001-01-01;012;0b11;08;1;"q x";\'s\';true;x y;;10m;[1, a];{k: v};[];{};a # c;# c;[{a: 1}, {b: [c]}];a="b";[a="b", c=~"d|e"];[ a , b ];{a: 1,b: 2};{a:1};- a;k: v;0.5;-5;[a: b];[a:b];[a #b];["a":b];[a,];{a: ,b: c};[-1];[-];{a: };"a"b;[a]b;[a] #c';
  const line = fc
    .record({
      indent: fc.constantFrom(0, 0, 2, 2, 4, 1, 3),
      dash: fc.constantFrom('', '', '- ', '-', '-   ', '- - '),
      key: fc.constantFrom('', 'a: ', 'b:', 'c: ', 'd:   ', 'e', '"q": ', '? x'),
      value: fc.constantFrom(...values.split(';')),
    })
    .map(({ indent, dash, key, value }) => ' '.repeat(indent) + dash + key + value);

  test('lines that nearly fit one another', () => {
    fc.assert(
      fc.property(
        fc.array(line, { maxLength: 7 }).map((lines) => `${lines.join('\n')}\n`),
        expectTheSame,
      ),
      { numRuns: 5000 },
    );
  });
});

describe('it reads', () => {
  const root = join(import.meta.dirname, '../../..');

  test.each(globSync(['rules/*.yaml', 'examples/*.yaml'], { cwd: root }))('%s', (file) => {
    expect(readFast(readFileSync(join(root, file), 'utf8'))).toBeDefined();
  });
});

describe('it leaves to the other one', () => {
  test.each([
    ['nothing', ''],
    ['a word alone', 'a\n'],
    ['an anchor whose name is a sign', '- && b\n'],
    ['a block that says how deep it is', 'a: >1\n  b\n'],
    ['a number of older versions', 'a: 1_000\n'],
    ['a key that is no number', '.nan: 1\n'],
    ['an anchor', 'a: &b c\n'],
    ['a tag', 'a: !!str b\n'],
    ['a key that is a number', '1: b\n'],
    ['a key that stands twice', 'a: 1\na: 2\n'],
    ['a key that stands twice in braces', 'a: {b: 1, b: 2}\n'],
    ['a key that looks like no text', 'true: 1\n'],
    ['a key of the prototype', '__proto__: 1\n'],
    ['a number that is not small and whole', 'a: 1.5\n'],
    ['a large number', 'a: 9007199254740993\n'],
    ['a tab', 'a:\tb\n'],
    ['a control character', 'a: "\u0007"\n'],
    ['a second document', 'a: b\n---\nc: d\n'],
    ['a line that is less deep than it may be', '  a: b\nc: d\n'],
    ['too many keys', Array.from({ length: yamlLimits.entries + 1 }, (_, index) => `k${index}: 1\n`).join('')],
    ['lists too deep', `a: ${'['.repeat(yamlLimits.depth + 1)}${']'.repeat(yamlLimits.depth + 1)}\n`],
    ['maps too deep', Array.from({ length: yamlLimits.depth + 1 }, (_, index) => `${' '.repeat(index)}a:\n`).join('')],
  ])('%s', (_what, text) => {
    expect(readFast(text)).toBeUndefined();
  });
});
