import { expect, test } from 'vitest';
import { covers, selectorOf } from '../../../../src/adapters/prometheus/selector.ts';

test('values are quoted so that they match themselves and nothing else', () => {
  expect(selectorOf('ALERTS', { alertname: 'Down', pod: 'a"} or vector(1) #', note: 'x\\y\nz' })).toBe(
    String.raw`ALERTS{alertname="Down",pod="a\"} or vector(1) #",note="x\\y\nz"}`,
  );
});

test('names beyond the classic ones are quoted too', () => {
  expect(selectorOf('ALERTS', { 'my.label"': 'x' })).toBe(String.raw`ALERTS{"my.label\""="x"}`);
});

test('an empty value asks for a label that is absent', () => {
  expect(covers({ a: '1', b: '' }, { a: '1' })).toBe(true);
  expect(covers({ a: '1', b: '' }, { a: '1', b: '2' })).toBe(false);
  expect(covers({ a: '1' }, { a: '1', c: '3' })).toBe(true);
});
