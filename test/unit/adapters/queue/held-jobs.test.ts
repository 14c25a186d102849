import { expect, test } from 'vitest';
import { HeldJobs } from '../../../../src/adapters/queue/held-jobs.ts';
import { handClock } from '../../../support/log.ts';

/** Holds a job until it is let go, and shows its signal. */
function holding(held: HeldJobs, id: string) {
  const { promise, resolve } = Promise.withResolvers<void>();
  let signal = new AbortController().signal;
  const done = held.hold(id, async (given) => {
    signal = given;
    await promise;
  });
  return {
    signal,
    end: async () => {
      resolve();
      await done;
    },
  };
}

test('a job whose lock is lost is aborted, its neighbour is not', async () => {
  const held = new HeldJobs(1_000, handClock());
  const [lost, kept] = [holding(held, 'a'), holding(held, 'b')];
  held.abort(['a', 'unknown'], 'lock lost');
  expect(lost.signal.reason).toEqual(new Error('lock lost'));
  expect(kept.signal.aborted).toBe(false);
  await Promise.all([lost.end(), kept.end()]);
  expect(held.size).toBe(0);
});

test('a job whose lock nobody renews is aborted when the lock has run out', async () => {
  const clock = handClock();
  const held = new HeldJobs(1_000, clock);
  const [silent, renewed] = [holding(held, 'a'), holding(held, 'b')];
  clock.advance(900);
  held.renewed(['b', 'unknown']);
  held.abortExpired();
  expect(silent.signal.aborted).toBe(false);
  clock.advance(101);
  held.abortExpired();
  expect([silent.signal.aborted, renewed.signal.aborted]).toEqual([true, false]);
  await Promise.all([silent.end(), renewed.end()]);
});

test('an id held anew survives the end of its first holder', async () => {
  const held = new HeldJobs(1_000, handClock());
  const first = holding(held, 'a');
  const second = holding(held, 'a');
  await first.end();
  held.abortAll('shut down');
  expect(second.signal.aborted).toBe(true);
  await second.end();
});

test('work that throws is let go too', async () => {
  const held = new HeldJobs(1_000, handClock());
  await expect(held.hold('a', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(held.size).toBe(0);
});
