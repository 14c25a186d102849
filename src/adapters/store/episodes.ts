import type { Redis } from 'ioredis';
import type { EpisodeRecord, EpisodeStore, Matchable, MatchableAlert, ReportedAlert, SilentEpisode } from '../../core/store.ts';
import type { SlotCover } from '../../core/why.ts';
import { isEnded, LIVE_STATES, END_STATES } from '../../core/run.ts';
import { number, object, oneOf, optionalNumber, optionalText, pairs } from './decode.ts';
import type { Keys } from './keys.ts';
import { answered } from './store-error.ts';
import { storeTime } from './store-time.ts';

const FIELDS = ['labels', 'annotations', 'start', 'slots'] as const;

/** A slot of an episode: its name, the key space of its runs, whether a rule asks for it now. */
type StoredSlot = readonly [slot: string, space: string, wanted: boolean];

interface Reported {
  readonly alert: ReportedAlert;
  readonly slots: readonly StoredSlot[];
}

/** Episodes read at a time. */
const PAGE = 500;
/** About so many in one page of a scan. */
const SCAN = 100;
const COVERS = ['succeeded', 'resolved', 'observed', 'human', 'incident', 'none'] as const;

export function episodeStore(redis: Redis, keys: Keys): EpisodeStore {
  const episode = async (fingerprint: string): Promise<EpisodeRecord | null> => {
    const [fields, lastSeen] = await Promise.all([
      answered(redis.hgetall(keys('ep', fingerprint))),
      answered(redis.zscore(keys('episodes'), fingerprint)),
    ]);
    return fields['status'] === undefined ? null : recordFrom(fingerprint, fields, lastSeen);
  };
  const liveRun = async (slot: string, space: string): Promise<string | null> => {
    const run = await answered(redis.hget(keys(`${space}active`), slot));
    const state = run === null ? null : await answered(redis.hget(keys('run', run), 'state'));
    return state === null || isEnded(oneOf([...LIVE_STATES, ...END_STATES], state)) ? null : run;
  };
  const reported = async (of: Matchable, fingerprint: string, lastSeen: number): Promise<Reported | null> => {
    const fields = await answered(redis.hmget(keys(of === 'episodes' ? 'ep' : of, fingerprint), ...FIELDS));
    return reportedFrom(fingerprint, lastSeen, fields);
  };
  const silent = async (fingerprint: string, lastSeen: number): Promise<readonly SilentEpisode[]> => {
    const found = await reported('episodes', fingerprint, lastSeen);
    if (found === null) return [];
    const runs = await Promise.all(found.slots.filter(([, space]) => space === '').map(([slot, space]) => liveRun(slot, space)));
    return [{ ...found.alert, runs: [...new Set(runs.filter((run) => run !== null))] }];
  };
  const matchable = async (of: Matchable, fingerprint: string, lastSeen: number): Promise<readonly MatchableAlert[]> => {
    const found = await reported(of, fingerprint, lastSeen);
    return found === null ? [] : [{ ...found.alert, slots: found.slots.flatMap(([slot, , wanted]) => (wanted ? [slot] : [])) }];
  };
  return {
    episode,
    async matchable(of, cursor) {
      const [next, flat] = await answered(redis.zscan(keys(of), cursor, 'COUNT', SCAN));
      const found = [...pairs(flat)].map(([fingerprint, lastSeen]) => matchable(of, fingerprint, number(lastSeen)));
      return { cursor: next, found: (await Promise.all(found)).flat() };
    },
    async firing(limit) {
      const [total, newest] = await Promise.all([
        answered(redis.zcard(keys('episodes'))),
        answered(redis.zrange(keys('episodes'), '0', String(limit - 1), 'REV')),
      ]);
      const found: (EpisodeRecord | null)[] = [];
      for (let at = 0; at < newest.length; at += PAGE) found.push(...(await Promise.all(newest.slice(at, at + PAGE).map(episode))));
      return { total, episodes: found.filter((one) => one !== null) };
    },
    async slot(slot, dry) {
      const space = dry ? 'dry:' : '';
      const [live, cover] = await Promise.all([liveRun(slot, space), answered(redis.hgetall(keys(`${space}slot`, slot)))]);
      return { live, cover: coverFrom(cover) };
    },
    async silent(ms, limit) {
      const now = await storeTime(redis);
      const flat = await answered(redis.zrangebyscore(keys('episodes'), '-inf', now - ms, 'WITHSCORES', 'LIMIT', 0, limit));
      const found = [...pairs(flat)].map(([fingerprint, lastSeen]) => silent(fingerprint, number(lastSeen)));
      return (await Promise.all(found)).flat();
    },
  };
}

/** What is stored of an alert that fires; null = it was forgotten meanwhile. */
function reportedFrom(fingerprint: string, lastSeen: number, fields: readonly (string | null)[]): Reported | null {
  const [labels, annotations, start, stored] = fields;
  if (optionalText(labels) === null) return null;
  const texts = { labels: object<Record<string, string>>(labels), annotations: object<Record<string, string>>(annotations) };
  return { alert: { fingerprint, ...texts, startsAt: number(start), lastSeen }, slots: slotsFrom(stored) };
}

function recordFrom(fingerprint: string, fields: Record<string, string>, lastSeen: string | null): EpisodeRecord {
  const slots = slotsFrom(fields['slots']);
  return {
    fingerprint,
    status: oneOf(['firing', 'resolved'], fields['status']),
    startsAt: number(fields['start']),
    endsAt: optionalNumber(fields['end']),
    lastSeen: optionalNumber(lastSeen),
    labels: object<Record<string, string>>(fields['labels']),
    annotations: object<Record<string, string>>(fields['annotations']),
    slots: slots.map(([slot, space]) => ({ slot, dry: space !== '' })),
  };
}

/** A list without members is an object to the scripts. */
function slotsFrom(stored: string | null | undefined): readonly StoredSlot[] {
  return stored === null || stored === undefined || stored === '{}' ? [] : (JSON.parse(stored) as readonly StoredSlot[]);
}

function coverFrom(fields: Record<string, string>): SlotCover | null {
  const { kind = 'none', at, run, incident } = fields;
  if (at === undefined && incident === undefined) return null;
  return { kind: oneOf(COVERS, kind), at: optionalNumber(at), run: optionalText(run), incident: optionalText(incident) };
}
