import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { escalation, startStore, type StoreWorld } from './world.ts';

const world: StoreWorld = await startStore();
let store = world.store;
beforeEach(async () => {
  store = await world.reset();
});
afterAll(() => world[Symbol.asyncDispose]());

describe('configurations that were in force', () => {
  const keep = (hash: string, text = `text of ${hash}`) =>
    store.keepSet({ hash, rules: 3 }, text, [{ kind: 'config', data: { hash, why: 'reload' } }]);

  test('are none at first', async () => {
    expect(await store.lastSet()).toBeNull();
    expect(await store.sets()).toEqual([]);
  });

  test('stand with the last one first, and five of them are kept', async () => {
    for (const hash of ['a', 'b', 'c', 'd', 'e', 'f', 'g']) await keep(hash);
    expect((await store.sets()).map(({ hash }) => hash)).toEqual(['g', 'f', 'e', 'd', 'c']);
    expect(await store.lastSet()).toEqual({ hash: 'g', rules: 3, at: expect.any(Number) as number, text: 'text of g' });
    const kept = await world.redis.keys('*:set:*');
    expect(kept.map((key) => key.slice(-1)).toSorted((a, b) => a.localeCompare(b))).toEqual(['c', 'd', 'e', 'f', 'g']);
  });

  test('are each kept once: one that comes into force again is the newest, with the text that it has now', async () => {
    for (const hash of ['a', 'b']) await keep(hash);
    await keep('a', 'the same with a remark');
    expect((await store.sets()).map(({ hash }) => hash)).toEqual(['a', 'b']);
    expect(await store.lastSet()).toMatchObject({ hash: 'a', text: 'the same with a remark' });
    expect((await store.audit('0', 10, 0)).map(({ kind, data }) => [kind, data['hash']])).toEqual([
      ['config', 'a'],
      ['config', 'b'],
      ['config', 'a'],
    ]);
  });
});

describe("trouble of the installation's own", () => {
  const trouble = () => store.openOwn('|config', escalation({ key: 'config|test', run: '', target: 'test' }), []);
  const stateOf = async (id: string) => (await store.incident(id))?.incident;

  test('opens one incident, told once, whoever has it and however often', async () => {
    const id = await trouble();
    expect(await trouble()).toBe(id);
    await store.tellOwn('|config', false);
    expect(await store.incidents({ limit: 9 })).toHaveLength(1);
    expect(await store.incident(id!)).toMatchObject({ incident: { state: 'open', runs: [], targets: ['test'] }, messages: [{}] });
  });

  test('clears when it is over, and no longer does when somebody still has it', async () => {
    const id = (await trouble())!;
    await store.tellOwn('|config', true);
    expect((await stateOf(id))?.clearSince).not.toBeNull();
    await store.tellOwn('|config', false);
    expect((await stateOf(id))?.clearSince).toBeNull();
  });

  test('that a human called resolved stays so until it comes anew', async () => {
    const id = (await trouble())!;
    await store.resolve(id, 'eve', 0);
    await store.tellOwn('|config', false);
    expect((await stateOf(id))?.state).toBe('resolved');
    expect(await trouble()).toBe(id);
    expect((await stateOf(id))?.state).toBe('open');
  });

  test('that nobody ever had can be over', async () => {
    await store.tellOwn('|config', true);
    await store.tellOwn('|config', false);
    expect(await store.incidents({ limit: 9 })).toEqual([]);
  });
});
