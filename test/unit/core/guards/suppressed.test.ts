import { expect, test } from 'vitest';
import { onSchedule } from '../../../support/sample.ts';
import { verdictOf } from './fixture.ts';

test.each([
  [{ silencedBy: [], inhibitedBy: [] }, { result: 'pass' }],
  [
    { silencedBy: ['s1', 's2'], inhibitedBy: [] },
    { result: 'refuse', reason: 'silenced', have: 'silenced by s1, s2', nextEligibleAt: null },
  ],
  [
    { silencedBy: [], inhibitedBy: ['f9'] },
    { result: 'refuse', reason: 'inhibited', have: 'inhibited by f9', nextEligibleAt: null },
  ],
  [
    { silencedBy: ['s1'], inhibitedBy: ['f9'] },
    { result: 'refuse', reason: 'silenced' },
  ],
  [null, { result: 'n/a', why: 'no Alertmanager is configured' }],
])('Alertmanager says %j', (suppression, verdict) => {
  expect(verdictOf('suppressed', { facts: { suppression } })).toMatchObject({ guard: 'suppressed', ...verdict });
});

test('a run that no alert started cannot be suppressed by one', () => {
  const run = { trigger: onSchedule } as const;
  expect(verdictOf('suppressed', { run, facts: { suppression: { silencedBy: ['s1'], inhibitedBy: [] } } })).toMatchObject({
    result: 'n/a',
  });
});
