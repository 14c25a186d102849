import type { Redis } from 'ioredis';
import { LIVE_STATES } from '../../core/run.ts';
import type { RecordStore } from '../../core/store.ts';
import { auditReader } from './audit-reader.ts';
import { list, number, object, text } from './decode.ts';
import { messageFrom, readIncident } from './incident-record.ts';
import type { Keys } from './keys.ts';
import { listIncidents, listRuns } from './lists.ts';
import { RUN_FIELDS, runFrom } from './run-record.ts';
import type { RunScript } from './scripts.ts';
import { answered } from './store-error.ts';
import { readStorms } from './storms.ts';
import { storeTime } from './store-time.ts';

/** `reader` is a connection of its own: waiting for audit records blocks it. */
export function recordStore(redis: Redis, reader: () => Redis, installation: string, keys: Keys, script: RunScript): RecordStore {
  const audit = auditReader(redis, reader, keys);
  return {
    async run(id) {
      const [fields, due, locks] = await Promise.all([
        answered(redis.hmget(keys('run', id), ...RUN_FIELDS, 'v')),
        answered(redis.zscore(keys('due'), id)),
        answered(redis.smembers(keys('run', id, 'locks'))),
      ]);
      if (fields[0] === null) return null;
      const run = runFrom(id, fields.slice(0, -1));
      const names = locks.map((lock) => lock.slice(lock.indexOf('|') + 1));
      return { run, version: number(fields.at(-1)), dueAt: due === null ? null : number(due), locks: names, audit: await audit.ofRun(id) };
    },
    runs: (filter) => listRuns(redis, keys, filter),
    incidents: (filter) => listIncidents(redis, keys, filter),
    async incident(id) {
      const incident = await readIncident(redis, keys, id);
      if (incident === null) return null;
      const ids = await answered(redis.lrange(keys('inc', id, 'messages'), 0, -1));
      const found = await Promise.all(
        ids.map(async (message) => ({ message, fields: await answered(redis.hgetall(keys('msg', message))) })),
      );
      const kept = found.filter(({ fields }) => fields['receiver'] !== undefined);
      const messages = kept.map(({ message, fields }) => {
        const { receiver, event, priority, report, attempts, createdAt } = fields as Record<string, unknown>;
        return messageFrom(installation, {
          id: message,
          receiver,
          event,
          incident: id,
          dedupKey: null,
          priority,
          report,
          attempts,
          createdAt,
        });
      });
      return { incident, messages };
    },
    audit: (after, limit, waitMs) => audit.after(after, limit, waitMs),
    counts: () => counts(redis, keys),
    async uncovered(cursor, acting = []) {
      const [next, found] = list(await script('uncovered', { cursor, acting }));
      return { cursor: text(next), found: list(found).map((one) => uncoveredFrom(list(one))) };
    },
  };
}

async function counts(redis: Redis, keys: Keys): ReturnType<RecordStore['counts']> {
  const [now, states, first, incidentsOpen, pagesUndelivered, hold, storms] = await Promise.all([
    storeTime(redis),
    answered(redis.hgetall(keys('states'))),
    answered(redis.zrange(keys('due'), '0', '0', 'WITHSCORES')),
    answered(redis.scard(keys('incidents:open'))),
    answered(redis.scard(keys('msglost'))),
    answered(redis.hget(keys('identity'), 'holdUntil')),
    readStorms(redis, keys),
  ]);
  const pageOverdue = await answered(redis.zcount(keys('pagedue'), '-inf', now));
  const live = Object.fromEntries(LIVE_STATES.map((state) => [state, number(states[state] ?? 0)]));
  const oldestDueMs = first[1] === undefined ? 0 : Math.max(0, now - number(first[1]));
  const forgetfulMs = Math.max(0, number(hold ?? 0) - now);
  return { live, oldestDueMs, pageOverdue, incidentsOpen, pagesUndelivered, forgetfulMs, storms };
}

function uncoveredFrom([fingerprint, slot, dry, labels, annotations, startsAt]: readonly unknown[]) {
  return {
    fingerprint: text(fingerprint),
    slot: text(slot),
    dry: dry === 1,
    labels: object<Record<string, string>>(labels),
    annotations: object<Record<string, string>>(annotations),
    startsAt: number(startsAt),
  };
}
