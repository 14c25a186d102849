import { describe, expect, test } from 'vitest';
import { parseBody } from '../../../../src/adapters/http/body.ts';

const parse = (text: string): unknown => parseBody(Buffer.from(text));
const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);

describe('the body of a request', () => {
  test('is JSON in UTF-8, with or without a byte order mark', () => {
    expect(parse('{"ü":"💩\\u2028"}')).toEqual({ ü: '💩\u2028' });
    expect(parse('\uFEFF[1]')).toEqual([1]);
  });

  test('keeps prototype names as keys of its own and changes no prototype', () => {
    const body = parse('{"__proto__":{"polluted":"yes"},"constructor":{"prototype":1},"a":"b"}') as object;
    expect(Object.keys(body)).toEqual(['__proto__', 'constructor', 'a']);
    expect(Object.getPrototypeOf(body)).toBe(Object.prototype);
    expect('polluted' in {}).toBe(false);
  });

  test('counts the last of duplicate keys', () => {
    expect(parse('{"a":1,"a":2}')).toEqual({ a: 2 });
  });

  test.each([
    ['empty', '', 'the body is empty: send JSON'],
    ['cut off', '{"alerts":[{"a', /^the body is not JSON: .*position 14/],
    ['a form', 'a=b', /^the body is not JSON: /],
    ['two documents', '{} {}', /^the body is not JSON: /],
  ])('is refused when it is %s', (_name, text, message) => {
    expect(() => parse(text)).toThrow(expect.objectContaining({ type: 'bad_data', message: expect.stringMatching(message) }));
  });

  test('is refused when it is not UTF-8, rather than read with holes', () => {
    expect(() => parseBody(Buffer.from([0x22, 0xc3, 0x28, 0x22]))).toThrow('the body is not valid UTF-8');
    expect(() => parseBody(Buffer.from('"\xff"', 'latin1'))).toThrow('the body is not valid UTF-8');
  });

  test('may be 32 levels deep and no deeper', () => {
    expect(() => parse(nested(32))).not.toThrow();
    expect(() => parse(nested(33))).toThrow('the body is nested deeper than 32 levels');
    expect(() => parse('{"a":'.repeat(10_000))).toThrow('nested deeper');
  });

  test('may hold any number of brackets in its strings', () => {
    expect(parse(JSON.stringify([`"\\${'[{'.repeat(100)}`, '\\']))).toEqual([`"\\${'[{'.repeat(100)}`, '\\']);
  });

  test('is quoted in an error without its control characters', () => {
    expect(() => parse('\u001b[31m')).toThrow(/^[\u0020-\u007e]+$/);
  });
});
