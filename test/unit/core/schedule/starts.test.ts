import { expect, test } from 'vitest';
import { parseMatchers } from '../../../../src/core/matcher.ts';
import { labelsOf } from '../../../../src/core/schedule/starts.ts';

test('a run that no alert started has the labels that its rule demands and gives, and those that a human gave', () => {
  const matchers = parseMatchers('{alertname="Down", severity=~"a|b", tier!="x", zone=""}');
  const labels = { app: 'chain', pod: 'chain-0' };
  expect(labelsOf({ labels }, { matchers }, {})).toEqual({ alertname: 'Down', app: 'chain', pod: 'chain-0' });
  expect(labelsOf({ labels }, { matchers }, { pod: 'chain-1' })).toEqual({ alertname: 'Down', app: 'chain', pod: 'chain-1' });
});
