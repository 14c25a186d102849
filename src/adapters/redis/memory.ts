import type { Redis } from 'ioredis';
import type { Clock } from '../../core/ports.ts';
import { numberOf, readInfo } from './server-info.ts';

/** From this share of `maxmemory` on, alerts are refused: what is left is for the runs in flight, so that they can still finish and end. */
export const FULL_SHARE = 0.8;
const CACHED_MS = 1_000;

/**
 * true = answer 503: the store is nearly full. Asks at most once a second, and never twice at a time. A store that does not say counts as
 * not full: one that is away fails the accept itself, and one that hides INFO refuses by itself at its limit.
 */
export function memoryPressure(client: Redis, clock: Clock): () => Promise<boolean> {
  let askedAt = Number.NEGATIVE_INFINITY;
  let answer: Promise<boolean> = Promise.resolve(false);
  return () => {
    const now = clock.monotonic();
    if (now - askedAt >= CACHED_MS) {
      askedAt = now;
      answer = isNearlyFull(client).catch(() => false);
    }
    return answer;
  };
}

async function isNearlyFull(client: Redis): Promise<boolean> {
  const info = await readInfo(client, 'memory');
  const most = numberOf(info, 'maxmemory');
  return most > 0 && numberOf(info, 'used_memory') > FULL_SHARE * most;
}
