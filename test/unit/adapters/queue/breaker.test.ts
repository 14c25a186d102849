import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Breaker } from '../../../../src/adapters/queue/breaker.ts';
import { handClock } from '../../../support/log.ts';

const calls: string[] = [];
const worker = {
  pause: async () => void calls.push('pause'),
  resume: async () => void calls.push('resume'),
};
beforeEach(() => {
  calls.length = 0;
  vi.useFakeTimers();
});
afterEach(() => vi.useRealTimers());

test.each([
  "OOM command not allowed when used memory > 'maxmemory'. script: 1, on @user_script:1.",
  'MISCONF Errors writing to the AOF file: No space left on device',
  "READONLY You can't write against a read only replica.",
  'NOREPLICAS Not enough good replicas to write.',
  "NOPERM this user has no permissions to run the 'evalsha' command",
  'ERR Error running script (call to f_1): @user_script:7: OOM command not allowed',
])('pauses at "%s" and resumes', (message) => {
  const breaker = new Breaker(worker, 2_000, handClock());
  expect(breaker.failed(new Error(message))).toBe(true);
  expect(breaker.open).toBe(true);
  expect(breaker.failed(new Error(message))).toBe(false);
  vi.advanceTimersByTime(1_999);
  expect(calls).toEqual(['pause']);
  vi.advanceTimersByTime(1);
  expect(calls).toEqual(['pause', 'resume']);
  expect(breaker.open).toBe(false);
});

test('lets errors of other kinds pass while they are few', () => {
  const clock = handClock();
  const breaker = new Breaker(worker, 2_000, clock);
  for (let index = 0; index < 100; index++) {
    expect(breaker.failed(new Error('could not renew lock for job r-1.1.1'))).toBe(false);
    clock.advance(60);
  }
});

test('pauses at any error that comes twenty times in a second', () => {
  const breaker = new Breaker(worker, 2_000, handClock());
  const verdicts = Array.from({ length: 20 }, () => breaker.failed(new Error('never heard of this one')));
  expect(verdicts).toEqual([...Array.from({ length: 19 }, () => false), true]);
});

test('does not resume a worker that is being closed', () => {
  const breaker = new Breaker(worker, 2_000, handClock());
  breaker.failed(new Error('OOM'));
  breaker.close();
  vi.advanceTimersByTime(10_000);
  expect(calls).toEqual(['pause']);
});
