import type { Redis } from 'ioredis';
import type { EpisodeStore, SilentEpisode } from '../../core/store.ts';
import { isEnded, LIVE_STATES, END_STATES } from '../../core/run.ts';
import { number, object, oneOf, optionalText, pairs } from './decode.ts';
import type { Keys } from './keys.ts';
import { answered } from './store-error.ts';
import { storeTime } from './store-time.ts';

const FIELDS = ['labels', 'annotations', 'start', 'slots'] as const;

/** A slot of an episode: its name, the key space of its runs, whether a rule asks for it now. */
type StoredSlot = readonly [slot: string, space: string, wanted: boolean];

export function episodeStore(redis: Redis, keys: Keys): EpisodeStore {
  const liveRun = async (slot: string): Promise<readonly string[]> => {
    const run = await answered(redis.hget(keys('active'), slot));
    const state = run === null ? null : await answered(redis.hget(keys('run', run), 'state'));
    return run === null || state === null || isEnded(oneOf([...LIVE_STATES, ...END_STATES], state)) ? [] : [run];
  };
  const read = async (fingerprint: string, lastSeen: number): Promise<readonly SilentEpisode[]> => {
    const [labels, annotations, start, stored] = await answered(redis.hmget(keys('ep', fingerprint), ...FIELDS));
    if (optionalText(labels) === null) return [];
    const slots = stored === null || stored === undefined || stored === '{}' ? [] : (JSON.parse(stored) as readonly StoredSlot[]);
    const runs = await Promise.all(slots.filter(([, space]) => space === '').map(([slot]) => liveRun(slot)));
    return [
      {
        fingerprint,
        labels: object<Record<string, string>>(labels),
        annotations: object<Record<string, string>>(annotations),
        startsAt: number(start),
        lastSeen,
        runs: [...new Set(runs.flat())],
      },
    ];
  };
  return {
    async silent(ms, limit) {
      const now = await storeTime(redis);
      const flat = await answered(redis.zrangebyscore(keys('episodes'), '-inf', now - ms, 'WITHSCORES', 'LIMIT', 0, limit));
      const silent = [...pairs(flat)].map(([fingerprint, lastSeen]) => read(fingerprint, number(lastSeen)));
      return (await Promise.all(silent)).flat();
    },
  };
}
