import { describe, expect, test } from 'vitest';
import { limits } from '../../../../src/core/expression/environment.ts';
import { ExpressionError, parseExpression, renderTemplates } from '../../../../src/core/expression.ts';

const list = (length: number): string => `[${Array.from({ length }, () => '1').join(',')}]`;
const sum = (terms: number): string => Array.from({ length: terms }, () => '1').join('+');

describe('an expression may be as large as its limits say, and no larger', () => {
  test.each([
    ['characters', `"${'a'.repeat(limits.characters - 2)}"`, `"${'a'.repeat(limits.characters - 1)}"`, 'longer than 2000 characters'],
    ['nodes', sum(limits.nodes / 2), sum(limits.nodes / 2 + 1), 'exceeded maxAstNodes (500)'],
    ['depth', `${'('.repeat(19)}1${')'.repeat(19)}`, `${'('.repeat(20)}1${')'.repeat(20)}`, 'exceeded maxDepth (20)'],
    ['elements of a list', list(limits.elements), list(limits.elements + 1), 'exceeded maxListElements (100)'],
    [
      'entries of a map',
      `{${Array.from({ length: 100 }, (_, index) => `"${index}":1`).join(',')}}`,
      `{${Array.from({ length: 101 }, (_, index) => `"${index}":1`).join(',')}}`,
      'exceeded maxMapEntries (100)',
    ],
    ['nesting', '[1].map(a, [2].map(b, a + b))', '[1].map(a, [2].map(b, [3].map(c, c)))', 'more than one nested comprehension'],
  ])('%s', (_what, largest, tooLarge, message) => {
    expect(() => parseExpression(largest).evaluate({})).not.toThrow();
    expect(() => parseExpression(tooLarge)).toThrow(ExpressionError);
    expect(() => parseExpression(tooLarge)).toThrow(message);
  });

  test('arguments of a call', () => {
    expect(() => parseExpression('size(1,1,1,1,1,1,1,1)')).toThrow('no matching overload');
    expect(() => parseExpression('size(1,1,1,1,1,1,1,1,1)')).toThrow('exceeded maxCallArguments (8)');
  });
});

const numbers = Array.from({ length: 256 }, (_, index) => index);
const text = 'x'.repeat(16_384);
const variables = { labels: { text, lines: 'a:1\nb:2' }, params: { numbers } };

/** Each would take gigabytes or minutes on values that are within their limits. */
describe('what could grow without end is refused where it is written', () => {
  test.each([
    ['labels.text.split("").map(c, labels.text).join("")', 'join() may not take a list that is computed'],
    ['labels.text.split("").join(labels.text)', 'join() may not take a list that is computed'],
    ['params.numbers.map(a, params.numbers.map(b, labels.text).join(""))', 'join() may not stand within a comprehension'],
    ['labels.text.split("").map(c, labels.text.split(""))', 'split() may stand in one comprehension at most'],
    ['params.numbers.map(a, params.numbers.map(b, labels.text.split("")))', 'split() may stand in one comprehension at most'],
    ['labels.text.split("").all(c, params.numbers.all(n, n >= 0))', 'a comprehension may not stand within one over a computed list'],
    ['params.numbers.map(n, n).all(a, params.numbers.all(b, a != b))', 'a comprehension may not stand within one over a computed list'],
    ['{"__proto__": 1}', 'a map may have no key "__proto__"'],
  ])('%s', (source, message) => {
    expect(() => parseExpression(source)).toThrow(message);
  });

  test.each([
    ['labels.lines.split("\\n").map(line, line.trim())', ['a:1', 'b:2']],
    ['["a:1", "b:2"].map(pair, pair.split(":")[0]).join("|")', 'a|b'],
    ['["b", "a"].filter(x, x != "b").join(",")', 'a'],
    ['params.numbers.filter(a, a < 3).all(a, params.numbers.exists(b, a == b))', true],
  ])('but not %s', (source, value) => {
    expect(parseExpression(source).evaluate(variables)).toEqual(value);
  });

  test('and so is a value that is too large in all', () => {
    expect(parseExpression('[labels.text, labels.text, labels.text]').evaluate(variables)).toHaveLength(3);
    const tooLarge = () => parseExpression('[labels.text, labels.text, labels.text, labels.text]').evaluate(variables);
    expect(tooLarge).toThrow('the value has more than 65536 characters and elements');
    expect(() => parseExpression('params.numbers.map(a, params.numbers)').evaluate(variables)).toThrow('the value has more than 65536');
  });
});

/** Nothing but the variables and functions of the language can be reached, under whatever name. */
describe('an expression does not reach outside', () => {
  test.each(['process', 'globalThis', 'this', 'require', 'constructor', 'Function', 'undefined', 'env', 'console'])('%s', (name) => {
    expect(() => parseExpression(name)).toThrow(`unknown variable "${name}"`);
    expect(() => parseExpression(`${name}()`)).toThrow(`unknown function "${name}"`);
    expect(() => parseExpression(`labels.text.${name}()`)).toThrow(`unknown function "${name}"`);
    expect(() => parseExpression(`labels.${name}`).evaluate(variables)).toThrow(`labels.${name} is missing`);
    expect(() => parseExpression(`params["${name}"]`).evaluate(variables)).toThrow('is missing');
  });

  test.each([
    'timestamp("2026-11-21T20:00:00Z")',
    'duration("1h")',
    'bytes("a")',
    'type(1)',
    'uint(1)',
    '"a".replace("a", "b")',
    '"%s".format([1])',
  ])('%s', (source) => {
    expect(() => parseExpression(source)).toThrow('unknown function');
  });

  test('__proto__', () => {
    for (const source of ['__proto__', '__proto__()', 'labels.__proto__()']) expect(() => parseExpression(source)).toThrow(ExpressionError);
    for (const source of ['labels.__proto__', 'params["__proto__"]'])
      expect(() => parseExpression(source).evaluate(variables)).toThrow('is missing');
  });

  test('what a template put in is never read as one', () => {
    const hostile = { labels: { pod: '${labels.secret}', secret: 'x' } };
    expect(renderTemplates({ '${labels.secret}': ['${labels.pod}', '$${labels.pod}'] }, hostile)).toEqual({
      '${labels.secret}': ['${labels.secret}', '${labels.pod}'],
    });
  });
});
