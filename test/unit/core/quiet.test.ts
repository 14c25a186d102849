import { expect, test } from 'vitest';
import { quietLog } from '../../../src/core/quiet.ts';
import { handClock, recordingLog } from '../../support/log.ts';

test('says the first of a kind, then one every ten seconds with the number of those left unsaid', () => {
  const [log, clock] = [recordingLog(), handClock()];
  const quiet = quietLog(log, clock);
  for (let second = 0; second < 25; second++) {
    quiet.warn('away', { second }, 'store away');
    clock.advance(1_000);
  }
  expect(log.lines).toEqual([
    { level: 'warn', message: 'store away', fields: { second: 0 } },
    { level: 'warn', message: 'store away', fields: { second: 10, unsaid: 9 } },
    { level: 'warn', message: 'store away', fields: { second: 20, unsaid: 9 } },
  ]);
});

test('does not let one kind silence another', () => {
  const log = recordingLog();
  const quiet = quietLog(log, handClock());
  quiet.warn('a', {}, 'first');
  quiet.error('b', {}, 'second');
  quiet.warn('b', {}, 'third');
  expect(log.lines.map(({ level, message }) => `${level} ${message}`)).toEqual(['warn first', 'error second']);
});
