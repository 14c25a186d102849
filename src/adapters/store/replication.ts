import type { Redis } from 'ioredis';
import { StoreError } from '../../core/store.ts';
import { answered } from './store-error.ts';

/** How many replicas must have a write, and how long to wait for them. */
export interface Replicas {
  readonly count: number;
  readonly timeoutMs: number;
}

/** Waits until the writes of this connection are on the replicas; throws `not-replicated`. Without replicas it answers at once. */
export function replication(redis: Redis, replicas: Replicas | undefined): () => Promise<void> {
  if (replicas === undefined || replicas.count === 0) return () => Promise.resolve();
  return async () => {
    const reached = await answered(redis.wait(replicas.count, replicas.timeoutMs));
    if (reached < replicas.count) {
      throw new StoreError('not-replicated', `${reached} of ${replicas.count} replicas have the write after ${replicas.timeoutMs} ms`);
    }
  };
}
