import { expect, test } from 'vitest';
import { csv } from '../../../src/core/csv.ts';

test('a line for the heads and one for each row, each ended by CRLF', () => {
  expect(
    csv(
      ['a', 'b'],
      [
        ['x', 1],
        [null, 'y'],
      ],
    ),
  ).toBe('a,b\r\nx,1\r\n,y\r\n');
  expect(csv(['a'], [])).toBe('a\r\n');
});

test.each([
  ['a,b', '"a,b"'],
  ['say "no"', '"say ""no"""'],
  ['two\nlines', '"two\nlines"'],
  ['one\rother', '"one\rother"'],
  [' padded ', ' padded '],
])('%j is quoted as RFC 4180 says', (value, told) => {
  expect(csv(['h'], [[value]])).toBe(`h\r\n${told}\r\n`);
});

test.each([
  ['=1+1', "'=1+1"],
  ['+1', "'+1"],
  ['-1', "'-1"],
  ['@SUM(A1)', "'@SUM(A1)"],
  ['\t=1', "'\t=1"],
  ['  =1', "'  =1"],
  ['\r\n=1', '"\'\r\n=1"'],
  ['=HYPERLINK("http://x","y")', '"\'=HYPERLINK(""http://x"",""y"")"'],
])('%j runs as no formula', (value, told) => {
  expect(csv(['h'], [[value]])).toBe(`h\r\n${told}\r\n`);
});

test('a number stands as it is, a negative one too', () => {
  expect(csv(['h'], [[-5]])).toBe('h\r\n-5\r\n');
});
