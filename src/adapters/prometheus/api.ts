import { z } from 'zod';
import { ClusterError, type Web } from '../../core/ports.ts';

/** Bytes of one answer: more than any rule file or sensible query gives. */
const LIMIT = 16 * 1024 * 1024;

const Envelope = z.looseObject({ status: z.enum(['success', 'error']), data: z.unknown(), error: z.string().optional() });

/** `GET /api/v1/…` at one Prometheus. Throws `ClusterError`, with the server's own words where it gave any. */
export class PrometheusApi {
  readonly #base: string;
  readonly #web: Web;

  /** `web` must let the base URL pass. */
  constructor(url: string, web: Web) {
    this.#base = url.replace(/\/+$/, '');
    this.#web = web;
  }

  /** The `data` of the answer. */
  async get<T>(path: string, params: Readonly<Record<string, string>>, data: z.ZodType<T>, signal: AbortSignal): Promise<T> {
    const query = new URLSearchParams(params).toString();
    const { status, body } = await this.#web.get(`${this.#base}/api/v1/${path}${query === '' ? '' : `?${query}`}`, LIMIT, signal);
    const answer = Envelope.safeParse(json(body));
    if (answer.success && answer.data.status === 'error') throw refused(status, path, answer.data.error ?? 'no reason given');
    if (status !== 200 || !answer.success) throw refused(status, path, body.slice(0, 200));
    const parsed = data.safeParse(answer.data.data);
    if (!parsed.success) throw new ClusterError('invalid', `Prometheus answered ${path} in a form that is not known`);
    return parsed.data;
  }

  /** Throws unless it has read its own data and serves queries. */
  async ready(signal: AbortSignal): Promise<void> {
    const { status, body } = await this.#web.get(`${this.#base}/-/ready`, 1024, signal);
    if (status !== 200) throw new ClusterError('unreachable', `Prometheus is not ready (${status}): ${body.trim()}`);
  }
}

function json(body: string): unknown {
  try {
    return JSON.parse(body) as unknown;
  } catch {
    return undefined;
  }
}

/** 5xx and 429 may go away by themselves, everything else is wrong for good. */
function refused(status: number, path: string, why: string): ClusterError {
  const kind = status === 429 ? 'overloaded' : status >= 500 ? 'unreachable' : status === 401 || status === 403 ? 'forbidden' : 'invalid';
  return new ClusterError(kind, `Prometheus answered ${path} with ${status}: ${why}`);
}
