import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { startSweep } from '../../../src/app/sweep.ts';
import type { Hint } from '../../../src/core/store.ts';
import { recordingLog } from '../../support/log.ts';

const clock = { now: () => Date.now(), monotonic: () => performance.now() };
const log = recordingLog();
let due: Hint[][];
let swept: { hints: number; bucket: string }[];
let waiting: number | null;
let asked: number;

const store = {
  sweep: async (limit: number) => {
    asked += 1;
    const batch = due.shift();
    if (batch === undefined) throw new Error('store away');
    expect(batch.length).toBeLessThanOrEqual(limit);
    return batch;
  },
};
const hints = {
  sweep: async (batch: readonly Hint[], bucket: string) => void swept.push({ hints: batch.length, bucket }),
  waiting: async () => waiting,
};
const runs = (count: number): Hint[] =>
  Array.from({ length: count }, (_, index) => ({ run: `r-${index}`, version: 1, events: 0, priority: 1 }));

beforeEach(() => {
  [due, swept, waiting, asked] = [[], [], 0, 0];
  vi.useFakeTimers({ now: 1_000_000 });
});
afterEach(() => vi.useRealTimers());

function start() {
  return startSweep({ store, hints, timing: { sweepEveryMs: 1_000 }, clock, log });
}

describe('each second', () => {
  test('what is due is given to the workers, batch after batch until one is not full', async () => {
    due = [runs(100), runs(100), runs(3), []];
    await using sweeper = start();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(swept.map((batch) => batch.hints)).toEqual([100, 100, 3]);
    await vi.advanceTimersByTimeAsync(1_000);
    expect([asked, sweeper.swept]).toEqual([4, 203]);
  });

  test('hints of different seconds are in different buckets', async () => {
    due = [runs(1), runs(1)];
    await using _sweeper = start();
    await vi.advanceTimersByTimeAsync(2_000);
    expect(swept[0]?.bucket).not.toBe(swept[1]?.bucket);
  });

  test('a store that fails is tried again in the next', async () => {
    await using sweeper = start();
    await vi.advanceTimersByTimeAsync(3_000);
    due = [runs(2)];
    await vi.advanceTimersByTimeAsync(1_000);
    expect([asked, sweeper.swept]).toEqual([4, 2]);
    expect(log.said('warn')).toContain('sweep failed');
  });

  test('nothing is swept while thousands of wake-ups wait', async () => {
    [due, waiting] = [[runs(1), runs(1)], 5_000];
    await using sweeper = start();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(asked).toBe(0);
    waiting = null;
    await vi.advanceTimersByTimeAsync(1_000);
    expect(sweeper.swept).toBe(1);
  });

  test('the time of the last tick is known, also of one that failed', async () => {
    await using sweeper = start();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(performance.now() - sweeper.lastTickAt).toBeLessThan(1_000);
  });
});

test('no tick follows a stop, and a running one ends first', async () => {
  let release = (): void => undefined;
  const slow = { sweep: () => new Promise<Hint[]>((resolve) => (release = () => resolve(runs(100)))) };
  const sweeper = startSweep({ store: slow, hints, timing: { sweepEveryMs: 1_000 }, clock, log });
  await vi.advanceTimersByTimeAsync(1_000);
  const stopped = sweeper.stop();
  release();
  await stopped;
  expect(swept.length).toBe(1);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(swept.length).toBe(1);
});
