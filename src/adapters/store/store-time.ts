import type { Redis } from 'ioredis';
import { list, number } from './decode.ts';
import { answered } from './store-error.ts';

/** The store's clock, ms. */
export async function storeTime(redis: Redis): Promise<number> {
  const [seconds, micros] = list(await answered(redis.time()));
  return number(seconds) * 1000 + Math.floor(number(micros) / 1000);
}
