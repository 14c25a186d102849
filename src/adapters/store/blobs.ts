import type { Redis } from 'ioredis';
import type { BlobStore } from '../../core/store.ts';
import type { Keys } from './keys.ts';
import { answered } from './store-error.ts';

export function blobStore(redis: Redis, keys: Keys): BlobStore {
  return {
    async putBlob(sha256, text, keepMs) {
      const key = keys('blob', sha256);
      // The same name is the same content: only how long it is kept may change, and never to less.
      if (keepMs === null) await answered(redis.set(key, text));
      else if ((await answered(redis.set(key, text, 'PX', keepMs, 'NX'))) === null) await answered(redis.pexpire(key, keepMs, 'GT'));
    },
    getBlob: (sha256) => answered(redis.get(keys('blob', sha256))),
  };
}
