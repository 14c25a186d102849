import { expect, test } from 'vitest';
import { remember } from '../../../src/core/remember.ts';

test('a remembered function makes each value once, until it holds too many', () => {
  const made: string[] = [];
  const length = remember(2, (text: string) => {
    made.push(text);
    return text.length;
  });
  expect(['a', 'a', 'bb', 'a', 'ccc', 'a'].map(length)).toEqual([1, 1, 2, 1, 3, 1]);
  expect(made).toEqual(['a', 'bb', 'ccc', 'a']);
});
