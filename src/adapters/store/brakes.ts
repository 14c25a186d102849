import type { Redis } from 'ioredis';
import type { Brake } from '../../core/brake.ts';
import type { BrakeStore } from '../../core/store.ts';
import { number, object } from './decode.ts';
import type { Keys } from './keys.ts';
import type { RunScript } from './scripts.ts';
import { answered } from './store-error.ts';
import { storeTime } from './store-time.ts';

export function brakeStore(redis: Redis, keys: Keys, script: RunScript): BrakeStore {
  return {
    async setBrake(brake) {
      return object<Brake>(await script('set-brake', { brake }));
    },
    async liftBrake(scope, by) {
      return number(await script('lift-brake', { scope, by })) === 1;
    },
    async brakes() {
      const now = await storeTime(redis);
      const all = await answered(redis.hgetall(keys('brake')));
      return Object.values(all)
        .map((text) => object<Brake>(text))
        .filter(({ until }) => until === null || until > now);
    },
  };
}
