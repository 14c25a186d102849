import { expect, test } from 'vitest';
import { warningsOf } from './warnings.ts';

const told = (path: string, deadline: string, stableFor: string) => [
  `${path}: no run can succeed: it ends after ${deadline} (deadline), and counts as fixed only when all is well for ${stableFor} (verify.stable_for)`,
];

test.each([
  ['its own deadline', { deadline: '2m' }, {}, told('rules[0].deadline', '2m', '2m')],
  ['what it verifies', { verify: { stable_for: '2h' } }, {}, told('rules[0].verify', '1h', '2h')],
  ['the defaults', {}, { defaults: { deadline: '1m' } }, told('rules[0].verify', '1m', '2m')],
  ['neither', { deadline: '3m' }, {}, []],
])('a run that cannot be verified before its deadline, because of %s', (_, rule, root, expected) => {
  expect(warningsOf('deadline-too-short', [{ matchers: ['alertname="A"'], ...rule }], root)).toEqual(expected);
});
