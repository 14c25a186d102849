import { describe, expect, test } from 'vitest';
import { formatProblem } from '../../../src/config/report.ts';
import { yamlLimits } from '../../../src/config/yaml-content.ts';
import { readYaml, type YamlSource } from '../../../src/config/yaml-source.ts';

function source(text: string): YamlSource {
  const read = readYaml('f.yaml', text);
  if (!('value' in read)) throw new Error(read.map(formatProblem).join('\n'));
  return read;
}

const faults = (text: string): string[] => {
  const read = readYaml('f.yaml', text);
  return 'value' in read ? [] : read.map(formatProblem);
};

test('YAML is read as version 1.2, so that words and times stay what they look like', () => {
  expect(source('a: no\nb: 10:00\nc: 2026-11-21\nd: 010\ne: off\nf: null\ng: 1.5\nh: {i: [j]}\n').value).toEqual({
    a: 'no',
    b: '10:00',
    c: '2026-11-21',
    d: 10,
    e: 'off',
    f: null,
    g: 1.5,
    h: { i: ['j'] },
  });
});

describe('a file is refused', () => {
  test('when it is too large', () => {
    expect(faults('#'.repeat(yamlLimits.bytes + 1))).toEqual([
      'f.yaml: the file is longer than 524288 bytes (fix: split it into several files)',
    ]);
  });

  test.each([
    ['[ without end', `a: ${'['.repeat(20_000)}`],
    ['- without end', `${'- '.repeat(20_000)}a`],
    ['? without end', `${'? '.repeat(20_000)}a`],
  ])('when it is nested too deep to be read: %s', (_, text) => {
    expect(faults(text)).toEqual([expect.stringMatching(/^f\.yaml:1:\d+: nested more than 32 deep$/) as string]);
  });

  test('when a key is no text', () => {
    expect(faults('[a]: b\n')).toEqual(['f.yaml:1:1: with stringKeys, all keys must be strings']);
  });

  test('for an alias whose anchor is nowhere', () => {
    expect(faults('a: *b\n')).toEqual(['f.yaml:1:4: anchors and aliases are not supported (fix: write the value out)']);
  });

  test('with every fault at once', () => {
    expect(faults('a: 1\na: 2\nb: !x 3\n').length).toBe(2);
    expect(faults('a: &x 1\n__proto__: 2\nc: !!binary aGk=\n').length).toBe(3);
  });
});

describe('a problem stands', () => {
  const text = 'a:\n  - plain: one two\n    "quoted": "one two"\n    escaped: "one\\ttwo"\n    folded: >-\n      one\n      two\n';
  const at = (path: (string | number)[], options = {}): [number, number] => {
    const { line, column } = source(text).problem('bad-value', path, '', '', options);
    return [line, column];
  };

  test('at its value, or at its key', () => {
    expect(at(['a', 0, 'plain'])).toEqual([2, 12]);
    expect(at(['a', 0, 'plain'], { key: true })).toEqual([2, 5]);
    expect(at(['a', 0])).toEqual([2, 5]);
  });

  test('within a text that is written as it is meant', () => {
    expect(at(['a', 0, 'plain'], { offset: 4 })).toEqual([2, 16]);
    expect(at(['a', 0, 'quoted'], { offset: 4 })).toEqual([3, 20]);
  });

  test('at the beginning of a text that is written otherwise', () => {
    expect(at(['a', 0, 'escaped'], { offset: 4 })).toEqual([4, 14]);
    expect(at(['a', 0, 'folded'], { offset: 4 })).toEqual([5, 13]);
  });

  test('at the nearest parent of what is not there', () => {
    expect(at(['a', 0, 'missing', 'deep'])).toEqual([2, 5]);
    expect(at(['a', 7])).toEqual([2, 3]);
    expect(at(['nothing'])).toEqual([1, 1]);
    expect(at(['a', 0, 'plain', 'x'])).toEqual([2, 12]);
  });
});
