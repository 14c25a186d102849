import { expect, test } from 'vitest';
import { Deadline } from '../../../../src/app/facts/deadline.ts';
import { ClusterError } from '../../../../src/core/ports.ts';
import { StoreError } from '../../../../src/core/store.ts';

const never = () => new Promise<never>(() => undefined);

test('what is read in time is known', async () => {
  using deadline = new Deadline(10_000);
  expect(await deadline.fact(() => Promise.resolve(7))).toEqual({ known: true, value: 7 });
});

test.each([new ClusterError('forbidden', 'may not get pods'), new StoreError('unavailable', 'may not get pods')])(
  'what a read fails with (%s) is why it is unknown',
  async (error) => {
    using deadline = new Deadline(10_000);
    expect(await deadline.fact(() => Promise.reject(error))).toEqual({ known: false, why: 'may not get pods' });
  },
);

test('a bug is thrown on', async () => {
  using deadline = new Deadline(10_000);
  await expect(deadline.fact(() => Promise.reject(new TypeError('x is not a function')))).rejects.toThrow(TypeError);
});

test('a read that ignores its signal is unknown at the deadline', async () => {
  using deadline = new Deadline(20);
  expect(await deadline.fact(never)).toEqual({ known: false, why: 'no answer within 20 ms' });
  expect(await deadline.fact(never)).toEqual({ known: false, why: 'no answer within 20 ms' });
  expect(deadline.signal.aborted).toBe(true);
});

test('one deadline ends all reads', async () => {
  using deadline = new Deadline(20);
  const facts = await Promise.all([deadline.fact(never), deadline.fact(() => Promise.resolve(1)), deadline.fact(never)]);
  expect(facts.map(({ known }) => known)).toEqual([false, true, false]);
});

test('whoever started it may end it early, and may have ended it before', async () => {
  const outer = new AbortController();
  using deadline = new Deadline(60_000, outer.signal);
  const reading = deadline.fact(never);
  outer.abort();
  expect(await reading).toEqual({ known: false, why: 'the reading was cut short' });
  using late = new Deadline(60_000, outer.signal);
  expect(await late.fact(never)).toMatchObject({ known: false });
});
