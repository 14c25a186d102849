import { describe, expect, test } from 'vitest';
import { livenessOf, readinessOf } from '../../../../src/adapters/http/health.ts';
import { handClock } from '../../../support/log.ts';

test('a process is healthy as long as its sweeper ticks', () => {
  const clock = handClock();
  let tick = 0;
  const unhealthy = livenessOf(() => tick, clock, { sweepEveryMs: 1_000 });
  clock.advance(30_000);
  expect(unhealthy()).toBeNull();
  clock.advance(1_000);
  expect(unhealthy()).toBe('the sweeper has not ticked for 31 s');
  tick = clock.monotonic();
  expect(unhealthy()).toBeNull();
});

describe('a process is ready', () => {
  const fine = () => null;
  const throws = () => {
    throw new Error('gone');
  };

  test('when no check has anything to say', async () => {
    expect(await readinessOf({ store: async () => null, config: fine }, 1_000)()).toBeNull();
    expect(await readinessOf({}, 1_000)()).toBeNull();
  });

  test.each([
    ['objects', () => 'it runs on the last good set', 'config: it runs on the last good set'],
    ['throws', throws, 'config: gone'],
    ['fails', () => Promise.reject(new Error('gone')), 'config: gone'],
    ['hangs', () => new Promise<null>(() => undefined), 'config: no answer within 50 ms'],
  ])('never while a check %s', async (_how, config, why) => {
    expect(await readinessOf({ store: fine, config }, 50)()).toBe(why);
  });
});
