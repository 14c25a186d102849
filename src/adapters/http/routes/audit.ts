import { z } from 'zod';
import { integer, read } from '../input.ts';
import type { Route } from '../route.ts';

/** A reader that waits is asked for this long at a time, so that a client that left or a server that ends keeps nothing waiting. */
const sliceMs = 1_000;

const query = z.strictObject({
  after: z
    .string()
    .regex(/^\d{1,16}(-\d{1,16})?$/, 'must be the id of an audit event, e.g. 1700000000000-0')
    .default('0'),
  limit: integer(1, 1000).default(100),
  /** ms to wait for an event when there is none yet. */
  wait: integer(0, 60_000).default(0),
});

const tail: Route = {
  method: 'GET',
  url: '/api/v1/audit',
  async handle(request, reply, { records, clock }) {
    const { after, limit, wait } = read(query, request.query);
    const end = clock.monotonic() + wait;
    for (;;) {
      const left = end - clock.monotonic();
      const events = await records.audit(after, limit, Math.ceil(Math.max(0, Math.min(left, sliceMs))));
      const over = left <= sliceMs || reply.raw.destroyed || !request.server.server.listening;
      if (events.length > 0 || over) return events;
    }
  },
};

export const audit: readonly Route[] = [tail];
