import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { AcceptLine } from '../../../src/app/accept-line.ts';
import { StoreError, type AcceptAlert, type AcceptAnswer } from '../../../src/core/store.ts';

const chunk = (name: string, size: number, begin: () => void = () => undefined) => ({
  alerts: Array.from({ length: size }, () => ({ fingerprint: name }) as AcceptAlert),
  audit: [],
  begin,
});

/** A store that answers each batch when the test says so, and counts alerts to tell the answers apart. */
function setUp() {
  const batches: { readonly names: string[]; answer(error?: Error): Promise<void> }[] = [];
  const woken: number[] = [];
  const line = new AcceptLine({
    store: {
      accept(alerts) {
        const { promise, resolve, reject } = Promise.withResolvers<AcceptAnswer>();
        const names = [...new Set(alerts.map(({ fingerprint }) => fingerprint))];
        const results = alerts.map(({ fingerprint }) => (fingerprint === 'old' ? ('same' as const) : ('new' as const)));
        const answer = async (error?: Error) => {
          if (error === undefined) resolve({ results, hints: [{ run: 'r-1', version: 0, events: 0, priority: 1 }] });
          else reject(error);
          await turn();
          await turn();
        };
        batches.push({ names, answer });
        return promise;
      },
    },
    hints: { wake: async (hints) => void woken.push(hints.length) },
  });
  return { line, batches, woken, names: () => batches.map(({ names }) => names) };
}

test('chunks that come in the same turn go to the store together, and each hears of its own alerts alone', async () => {
  const { line, batches, woken, names } = setUp();
  const answers = Promise.all([line.accept(chunk('a', 2)), line.accept(chunk('old', 1)), line.accept(chunk('c', 1))]);
  await turn();
  expect(names()).toEqual([['a', 'old', 'c']]);
  await batches[0]?.answer();
  expect(await answers).toEqual([['new', 'new'], ['same'], ['new']]);
  expect(woken).toEqual([1]);
});

test('no more than two batches are with the store, none larger than a script takes, and none overtakes another', async () => {
  const { line, batches, names } = setUp();
  for (const [name, size] of [
    ['a', 150],
    ['b', 100],
    ['c', 150],
    ['d', 1],
  ] as const)
    void line.accept(chunk(name, size));
  await turn();
  expect(names()).toEqual([['a'], ['b']]);
  await batches[1]?.answer();
  expect(names()).toEqual([['a'], ['b'], ['c', 'd']]);
});

test('a chunk whose time is up when its turn comes never reaches the store', async () => {
  const { line, batches, names } = setUp();
  const late = line.accept(
    chunk('late', 1, () => {
      throw new StoreError('full', 'too late');
    }),
  );
  const timely = line.accept(chunk('timely', 1));
  await expect(late).rejects.toThrow('too late');
  expect(names()).toEqual([['timely']]);
  await batches[0]?.answer();
  expect(await timely).toEqual(['new']);
});

test('a store that is away is asked once for a batch, and all of it hears so', async () => {
  const { line, batches, names } = setUp();
  const answers = Promise.allSettled([line.accept(chunk('a', 1)), line.accept(chunk('b', 1))]);
  await turn();
  await batches[0]?.answer(new StoreError('unavailable', 'gone'));
  expect((await answers).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(names()).toHaveLength(1);
});

test('what our own code stumbles over in one chunk is told to that chunk, not to those that shared its batch', async () => {
  const { line, batches, names } = setUp();
  const answers = Promise.allSettled([line.accept(chunk('bad', 1)), line.accept(chunk('good', 1))]);
  await turn();
  await batches[0]?.answer(new StoreError('protocol', 'a bug'));
  await batches[1]?.answer(new StoreError('protocol', 'a bug'));
  await batches[2]?.answer();
  expect(names()).toEqual([['bad', 'good'], ['bad'], ['good']]);
  expect(await answers).toMatchObject([{ status: 'rejected' }, { status: 'fulfilled', value: ['new'] }]);
});
