import type { Redis } from 'ioredis';
import type { Storm } from '../../core/storm.ts';
import { object } from './decode.ts';
import type { Keys } from './keys.ts';
import { answered } from './store-error.ts';
import { storeTime } from './store-time.ts';

/** Storms that go on, by the name of their cluster. */
export async function readStorms(redis: Redis, keys: Keys): Promise<readonly Storm[]> {
  const now = await storeTime(redis);
  const all = Object.entries(await answered(redis.hgetall(keys('storms'))));
  return all
    .map(([cluster, text]) => ({ ...object<Omit<Storm, 'cluster'>>(text), cluster }))
    .filter(({ until }) => until > now)
    .toSorted((a, b) => (a.cluster < b.cluster ? -1 : 1));
}
