import { expect, test } from 'vitest';
import { didYouMean, nearest } from '../../../src/core/suggest.ts';

test.each([
  ['matcher', ['matchers', 'mode'], 'matchers'],
  ['remediation', ['remediations', 'rules'], 'remediations'],
  ['cooldwon', ['cooldown', 'budgets'], 'cooldown'],
  ['Mode', ['mode'], 'mode'],
  ['mdoe', ['mode'], 'mode'],
  ['pod', ['node', 'pods'], 'pods'],
  ['labl', ['annotations', 'labels'], 'labels'],
  ['modes', ['nodes', 'mode'], 'nodes'],
  ['x', ['y', 'zz'], 'y'],
  ['x', ['yy'], null],
  ['colour', ['matchers', 'target', 'mode'], null],
  ['anything', [], null],
])('%s among %j is %s', (word, candidates, expected) => {
  expect(nearest(word, candidates)).toBe(expected);
});

test('what was meant is asked where something is near, and nothing else', () => {
  expect(didYouMean('slw', ['slow', 'fast'])).toBe(': did you mean "slow"?');
  expect(didYouMean('other', ['slow', 'fast'])).toBe('');
});
