import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Call } from './api-faults.ts';

/** A request taken apart. `params` are the path's. */
export interface Request {
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: unknown;
  /** Ends when the caller hangs up. */
  readonly gone: AbortSignal;
}

export class HttpError extends Error {
  readonly status: number;
  /** Like a Kubernetes status cause, e.g. `DisruptionBudget`; null = none. */
  readonly reason: string | null;
  constructor(status: number, message: string, reason: string | null = null) {
    super(message);
    this.name = 'HttpError';
    this.status = status;
    this.reason = reason;
  }
}

/** One JSON value, several of them a line each, or no answer at all: the connection is lost. Lines may end so too, by throwing `Dropped`. */
export type Answer = { readonly json: unknown } | { readonly lines: AsyncIterable<unknown> } | 'dropped';

export class Dropped extends Error {}

/** How time passes for a call that takes some. */
export interface Pace {
  /** ms since the epoch */
  now(): number;
  /** Ends early when the caller hangs up. */
  sleep(ms: number, gone: AbortSignal): Promise<void>;
  /** Ends when the caller hangs up. */
  hang(gone: AbortSignal): Promise<void>;
}

export interface Route {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** `/cluster/namespaces/:namespace/…`: a segment with a colon is a parameter. */
  readonly path: string;
  /** Of the cluster's API, where faults strike; null: an admin call, which nothing disturbs. */
  readonly call: ((params: Readonly<Record<string, string>>) => Call) | null;
  readonly handle: (request: Request) => Answer | Promise<Answer>;
}

export function matchPath(pattern: string, path: string): Record<string, string> | null {
  const wanted = pattern.split('/');
  const given = path.split('/');
  if (wanted.length !== given.length) return null;
  const params: Record<string, string> = {};
  for (const [index, segment] of wanted.entries()) {
    const text = given[index] ?? '';
    if (segment.startsWith(':')) params[segment.slice(1)] = decodeURIComponent(text);
    else if (segment !== text) return null;
  }
  return params;
}

const maxBody = 4 * 2 ** 20;

export async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBody) throw new HttpError(413, 'the body is too large');
    chunks.push(chunk);
  }
  if (size === 0) return null;
  try {
    return JSON.parse(Buffer.concat(chunks).toString());
  } catch (error) {
    throw new HttpError(400, `the body is no JSON: ${(error as Error).message}`);
  }
}

export function sendJson(response: ServerResponse, status: number, value: unknown): void {
  const text = JSON.stringify(value);
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
  response.end(text);
}

export function sendError(response: ServerResponse, error: HttpError): void {
  sendJson(response, error.status, { message: error.message, reason: error.reason });
}

/** Time as it is. */
export const realPace: Pace = {
  now: () => Date.now(),
  sleep: (ms, gone) => sleep(ms, undefined, { signal: gone }).catch(() => undefined),
  async hang(gone) {
    if (gone.aborted) return;
    await new Promise<void>((resolve) => gone.addEventListener('abort', () => resolve(), { once: true }));
  },
};
