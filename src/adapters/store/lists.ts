import type { Redis } from 'ioredis';
import type { Incident } from '../../core/incident.ts';
import { isEnded, type Run } from '../../core/run.ts';
import type { RecordStore, RunFilter } from '../../core/store.ts';
import { number } from './decode.ts';
import { readIncident } from './incident-record.ts';
import type { Keys } from './keys.ts';
import { RUN_FIELDS, runFrom } from './run-record.ts';
import { answered } from './store-error.ts';

/** Entries of a list read at a time until enough of them pass the filter. */
const PAGE = 100;
/** The same where only a few short fields of each are read. */
const SHORT_PAGE = 1_000;

/** Newest first. Of live runs alone no ended one is looked at: there may be thousands of times as many. */
export async function listRuns(redis: Redis, keys: Keys, filter: RunFilter): Promise<readonly (Run & { readonly v: number })[]> {
  const { states, limit } = filter;
  const found: (Run & { readonly v: number })[] = [];
  const onlyLive = states?.every((state) => !isEnded(state)) ?? false;
  for await (const ids of onlyLive ? liveRuns(redis, keys) : newestFirst(redis, keys('runs'), filter)) {
    found.push(...(await readRuns(redis, keys, await passing(redis, keys, ids, filter))));
    if (found.length >= limit) break;
  }
  return found.slice(0, limit);
}

/** Ids of a list by time, newest first, a page at a time; of the same time those with the greater text first. */
async function* newestFirst(redis: Redis, list: string, { since, before, behind }: Partial<RunFilter>): AsyncGenerator<readonly string[]> {
  const from = behind === undefined ? (before === undefined ? '+inf' : `(${before}`) : String(behind.at);
  const to = since === undefined ? '-inf' : String(since);
  for (let at = 0; ; at += PAGE) {
    const ids = await answered(redis.zrange(list, from, to, 'BYSCORE', 'REV', 'LIMIT', at, PAGE));
    yield ids;
    if (ids.length < PAGE) return;
  }
}

/** The same of `due`, which holds all live runs, by another time. */
async function* liveRuns(redis: Redis, keys: Keys): AsyncGenerator<readonly string[]> {
  const live = await answered(redis.zrange(keys('due'), '0', '-1'));
  const accepted = await shortly(redis, keys, live, 'at');
  const byAge = live.flatMap((id, place) => {
    const [at] = accepted[place] ?? [];
    return at === null || at === undefined ? [] : [{ id, at: number(at) }];
  });
  const ids = byAge.toSorted((a, b) => b.at - a.at || (a.id < b.id ? 1 : -1)).map(({ id }) => id);
  for (let at = 0; at < ids.length; at += PAGE) yield ids.slice(at, at + PAGE);
}

/** Those that the filter takes, told by fields that are short: documents are not. */
async function passing(redis: Redis, keys: Keys, ids: readonly string[], filter: RunFilter): Promise<string[]> {
  const rows = await shortly(redis, keys, ids, 'state', 'rule', 'at', 'space', 'slot');
  return ids.filter((id, place) => {
    const [state, rule, at, space, slot] = rows[place] ?? [];
    if (state === null || state === undefined) return false;
    const inState = filter.states === undefined || filter.states.some((one) => one === state);
    const asked = filter.observed !== true || state === 'observed' || space !== '';
    return (
      inState &&
      asked &&
      ofSlot(filter, slot ?? '') &&
      (filter.rule === undefined || rule === filter.rule) &&
      inTime(filter, id, number(at))
    );
  });
}

/** A slot is `rule|target key`; a key ends with `/name` or `/finder=value`. */
function ofSlot({ slot, target }: RunFilter, stored: string): boolean {
  if (slot !== undefined && slot !== stored) return false;
  return target === undefined || ['|', '/', '='].some((before) => stored.endsWith(`${before}${target}`));
}

function inTime({ since, before, behind }: RunFilter, id: string, at: number): boolean {
  if ((since !== undefined && at < since) || (before !== undefined && at >= before)) return false;
  return behind === undefined || at < behind.at || (at === behind.at && id < behind.run);
}

async function shortly(redis: Redis, keys: Keys, ids: readonly string[], ...fields: string[]): Promise<(string | null)[][]> {
  const rows: (string | null)[][] = [];
  for (let at = 0; at < ids.length; at += SHORT_PAGE) {
    const page = ids.slice(at, at + SHORT_PAGE);
    rows.push(...(await Promise.all(page.map((id) => answered(redis.hmget(keys('run', id), ...fields))))));
  }
  return rows;
}

async function readRuns(redis: Redis, keys: Keys, ids: readonly string[]): Promise<(Run & { readonly v: number })[]> {
  const rows = await Promise.all(ids.map((id) => answered(redis.hmget(keys('run', id), ...RUN_FIELDS, 'v'))));
  return ids.flatMap((id, place) => {
    const row = rows[place] ?? [];
    return row[0] === null || row[0] === undefined ? [] : [{ ...runFrom(id, row.slice(0, -1)), v: number(row.at(-1)) }];
  });
}

/** Newest first. Of those that are not resolved no other is looked at. */
export async function listIncidents(
  redis: Redis,
  keys: Keys,
  { state, limit }: Parameters<RecordStore['incidents']>[0],
): Promise<readonly Incident[]> {
  const found: Incident[] = [];
  const unresolved = state !== undefined && state !== 'resolved';
  for await (const ids of unresolved ? openIncidents(redis, keys) : newestFirst(redis, keys('incidents'), {})) {
    const incidents = await Promise.all(ids.map((id) => readIncident(redis, keys, id)));
    found.push(...incidents.filter((incident) => incident !== null).filter((incident) => state === undefined || incident.state === state));
    if (!unresolved && found.length >= limit) break;
  }
  return (unresolved ? found.toSorted((a, b) => b.openedAt - a.openedAt) : found).slice(0, limit);
}

async function* openIncidents(redis: Redis, keys: Keys): AsyncGenerator<readonly string[]> {
  const ids = await answered(redis.smembers(keys('incidents:open')));
  for (let at = 0; at < ids.length; at += PAGE) yield ids.slice(at, at + PAGE);
}
