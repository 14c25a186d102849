import type { FastifyReply, FastifyRequest } from 'fastify';
import type { HttpParts } from './parts.ts';

/** One entry of the API. What `handle` returns is the envelope's `data`, or with `plain` the body itself. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly url: string;
  /** Served without a token. */
  readonly open?: true;
  /** Answers text, also for errors. */
  readonly plain?: true;
  /** Counted against the bytes that may be in flight, and measured. */
  readonly webhook?: true;
  /** Bytes; default 64 KiB. */
  readonly bodyLimit?: number;
  handle(request: FastifyRequest, reply: FastifyReply, parts: HttpParts): Promise<unknown>;
}
