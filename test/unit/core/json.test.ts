import { describe, expect, test } from 'vitest';
import { canonicalJson, canonicalJsonKnowing, textOf } from '../../../src/core/json.ts';

describe('the canonical text of a value', () => {
  test('does not depend on the order of keys, at any depth', () => {
    const one = { b: [{ y: 1, x: null }], a: 'z' };
    const other = { a: 'z', b: [{ x: null, y: 1 }] };
    expect(canonicalJson(one)).toBe('{"a":"z","b":[{"x":null,"y":1}]}');
    expect(canonicalJson(other)).toBe(canonicalJson(one));
  });

  test('orders keys by code unit, whatever the locale', () => {
    expect(canonicalJson({ a: 1, Z: 1, ä: 1, B: 1 })).toBe('{"B":1,"Z":1,"a":1,"ä":1}');
  });

  test('depends on the order of a list', () => {
    expect(canonicalJson([1, 2])).not.toBe(canonicalJson([2, 1]));
  });

  test('tells text from numbers, and nothing from emptiness', () => {
    expect(['1', 1, true, null, '', [], {}].map(canonicalJson)).toEqual(['"1"', '1', 'true', 'null', '""', '[]', '{}']);
  });

  test('has no member for what is undefined', () => {
    expect(canonicalJson({ a: undefined, b: 1 })).toBe('{"b":1}');
    expect(canonicalJson(undefined)).toBe('null');
    expect(canonicalJson([undefined])).toBe('[null]');
  });
});

test('a value as text is a string as it is, and JSON otherwise', () => {
  expect(['a "b"', 7, [1, 'x'], null].map(textOf)).toEqual(['a "b"', '7', '[1,"x"]', 'null']);
});

test('parts whose texts are known are taken from there', () => {
  const shared = { b: 1, a: [2] };
  const known = new Map<unknown, string>([[shared, canonicalJson(shared)]]);
  const value = { y: shared, x: [shared, null] };
  expect(canonicalJsonKnowing(known)(value)).toBe(canonicalJson(value));
  expect(canonicalJsonKnowing(new Map([[shared, 'told']]))(value)).toBe('{"x":[told,null],"y":told}');
});
