import type { Redis } from 'ioredis';
import { AUDIT_KINDS, type AuditEvent } from '../../core/audit.ts';
import { list, number, object, oneOf, optionalText, text } from './decode.ts';
import type { Keys } from './keys.ts';
import { answered } from './store-error.ts';

export interface AuditReader {
  /** Of one run, oldest first; what the stream dropped meanwhile is missing. */
  ofRun(id: string): Promise<readonly AuditEvent[]>;
  after(after: string, limit: number, waitMs: number): Promise<readonly AuditEvent[]>;
}

/** `reader` gives a connection that a waiting read may block. */
export function auditReader(redis: Redis, reader: () => Redis, keys: Keys): AuditReader {
  const stream = keys('audit');
  return {
    async ofRun(id) {
      const ids = await answered(redis.lrange(keys('run', id, 'events'), 0, -1));
      const found = await Promise.all(ids.map((event) => answered(redis.xrange(stream, event, event))));
      return found.flat().map(eventFrom);
    },
    async after(after, limit, waitMs) {
      const found = (await answered(redis.xrange(stream, `(${after}`, '+', 'COUNT', limit))).map(eventFrom);
      if (found.length > 0 || waitMs <= 0) return found;
      const waited: unknown = await answered(reader().xread('COUNT', limit, 'BLOCK', waitMs, 'STREAMS', stream, after));
      return waited === null ? [] : list(list(list(waited)[0])[1]).map(eventFrom);
    },
  };
}

/** The id of a stream begins with the time at which it was written. */
function eventFrom(entry: unknown): AuditEvent {
  const [id, fields] = list(entry);
  const flat = list(fields).map(text);
  const field = (name: string): string | undefined => flat[flat.indexOf(name) + 1];
  const stamp = text(id);
  return {
    id: stamp,
    at: number(stamp.slice(0, stamp.indexOf('-'))),
    kind: oneOf(AUDIT_KINDS, field('kind')),
    run: optionalText(field('run')),
    data: object(field('data')),
  };
}
