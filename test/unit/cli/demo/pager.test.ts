import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { isSigned } from '../../../../src/cli/demo/pager.ts';

const signed = (body: string, seconds: number, key = 'k') =>
  `t=${seconds},v1=${createHmac('sha256', key).update(`${seconds}.${body}`).digest('hex')}`;

test('the pager takes what is signed with its key, and lately', () => {
  expect(isSigned(signed('{}', 1_000), '{}', 'k', 1_200)).toBe(true);
});

test.each([
  ['another body', signed('{ }', 1_000)],
  ['another key', signed('{}', 1_000, 'other')],
  ['too old', signed('{}', 100)],
  ['another time than the one that was signed', signed('{}', 1_000).replace('t=1000', 't=1001')],
  ['no signature', ''],
  ['half a signature', 't=1000,v1=abcd'],
])('the pager refuses %s', (_what, signature) => {
  expect(isSigned(signature, '{}', 'k', 1_200)).toBe(false);
});
