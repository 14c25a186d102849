import { request as httpsRequest } from 'node:https';
import type { ClientRequest } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { ClusterError, type Clock } from '../../core/ports.ts';
import { isAbsent, objectIn, readError, statusOf, type Answer } from './answers.ts';
import { wordsOf, type Call } from './call.ts';
import type { Access, Credentials } from './credentials.ts';
import { answerTo, connected, overdueTimersFired, readAnswer } from './sending.ts';
import type { TokenBucket } from './token-bucket.ts';

const MAX_ANSWER_BYTES = 32 * 2 ** 20;
/** Objects of a list that come at once. */
const PAGE = 500;
/** Of a read, the first included. */
const ATTEMPTS = 3;
const BACKOFF_MS = 100;
/** A server that wants more patience than this gets none: the caller asks again in its own time. */
const MAX_RETRY_AFTER_MS = 3_000;

export interface ApiOptions {
  readonly cluster: string;
  readonly version: string;
  readonly credentials: Credentials;
  readonly bucket: TokenBucket;
  readonly clock: Clock;
}

interface ReadOptions {
  readonly cutAt?: number;
  /** Whether an answer is worth another try. */
  readonly again?: (answer: Answer) => boolean;
}

/** A request that waits for its body and its end. */
interface Prepared {
  readonly request: ClientRequest;
  readonly body: string | undefined;
}

/** The call has not left, and will not. */
export interface NotSent {
  readonly notSent: string;
}

/** The way to the API server of one cluster. Every call ends by its signal. */
export class Api {
  readonly #options: ApiOptions;

  constructor(options: ApiOptions) {
    this.#options = options;
  }

  /** The object asked for; null when there is none. Throws `ClusterError`. */
  async get<T>(call: Call, schema: z.ZodType<T>, signal: AbortSignal): Promise<T | null> {
    const answer = await this.read(call, signal);
    if (answer.status >= 200 && answer.status < 300) return objectIn(schema, call, answer);
    if (isAbsent(answer)) return null;
    throw readError(call, answer);
  }

  /** All objects of a list, page by page. Throws `ClusterError`. */
  async list<T>(call: Call, item: z.ZodType<T>, signal: AbortSignal): Promise<readonly T[]> {
    const schema = z.object({ metadata: z.object({ continue: z.string().optional() }), items: z.array(item) });
    const items: T[] = [];
    let next: string | undefined = '';
    while (next !== undefined) {
      const page: z.infer<typeof schema> | null = await this.get(pageOf(call, next), schema, signal);
      items.push(...(page?.items ?? []));
      next = page?.metadata.continue === '' ? undefined : page?.metadata.continue;
    }
    return items;
  }

  /**
   * A call that changes nothing. Lost connections, 429 and 5xx are tried again a few times. Answers whatever status came last. `cutAt`: the
   * first bytes of the answer are enough. Throws `ClusterError` when there is no answer.
   */
  async read(call: Call, signal: AbortSignal, { cutAt, again = isTransient }: ReadOptions = {}): Promise<Answer> {
    for (let attempt = 1; ; attempt += 1) {
      const last = attempt === ATTEMPTS;
      const answer = await this.#ask(call, signal, cutAt, last);
      if (answer !== null) this.#learnFrom(answer);
      if (answer !== null && (last || !again(answer))) return answer;
      const pauseMs = answer === null ? backoffMs(attempt) : retryAfterMs(answer, attempt);
      if (pauseMs > MAX_RETRY_AFTER_MS && answer !== null) return answer;
      await this.#pause(call, pauseMs, signal);
    }
  }

  /** A call that changes the world: it leaves once at most, and not when the signal's time is up. Throws when nobody knows what became of it. */
  async write(call: Call, signal: AbortSignal): Promise<Answer | NotSent> {
    // It does not wait for its turn: budgets bound how often something is done.
    this.#options.bucket.take(this.#options.clock.monotonic());
    const opened = await this.#openInTime(call, signal);
    if ('notSent' in opened) return opened;
    opened.request.end(opened.body);
    const answer = await readAnswer(await answerTo(opened.request), MAX_ANSWER_BYTES, false);
    this.#learnFrom(answer);
    return answer;
  }

  /** For what is not one request and one answer. Waits for its turn. Throws `ClusterError`. */
  async access(call: Call, signal: AbortSignal): Promise<Access & { readonly url: URL }> {
    await this.#turn(call, signal);
    const access = await this.#options.credentials.access(signal);
    return { ...access, url: urlOf(access, call), headers: this.#headers(access, call) };
  }

  /** Whatever went wrong on the way, as the port's error. */
  errorOf(call: Call, error: unknown, signal: AbortSignal): ClusterError {
    if (error instanceof ClusterError) return error;
    if (signal.aborted) return new ClusterError('timeout', `${wordsOf(call)}: no answer in time from cluster ${this.#options.cluster}`);
    return new ClusterError('unreachable', `${wordsOf(call)}: cluster ${this.#options.cluster} does not answer: ${reasonOf(error)}`);
  }

  /** The page of a pod may ask for a login of its own: only the API server can refuse the credentials of the cluster. */
  #learnFrom(answer: Answer): void {
    if (answer.status === 401 && statusOf(answer) !== null) this.#options.credentials.refused();
  }

  /** null = there was no answer, and it may be tried again. */
  async #ask(call: Call, signal: AbortSignal, cutAt: number | undefined, last: boolean): Promise<Answer | null> {
    try {
      signal.throwIfAborted();
      await this.#turn(call, signal);
      const { request, body } = await this.#prepare(call, signal);
      request.end(body);
      return await readAnswer(await answerTo(request), cutAt ?? MAX_ANSWER_BYTES, cutAt !== undefined);
    } catch (error) {
      const told = this.errorOf(call, error, signal);
      if (last || told.kind !== 'unreachable') throw told;
      return null;
    }
  }

  /** Only so many calls a second leave this process. */
  async #turn(call: Call, signal: AbortSignal): Promise<void> {
    const { bucket, clock } = this.#options;
    const waitMs = bucket.take(clock.monotonic());
    if (waitMs === 0) return;
    try {
      await sleep(waitMs, undefined, { signal });
    } catch {
      bucket.giveBack();
      throw new ClusterError(
        'timeout',
        `${wordsOf(call)}: more calls than qps and burst of cluster ${this.#options.cluster} allow wait to be sent`,
      );
    }
  }

  async #pause(call: Call, ms: number, signal: AbortSignal): Promise<void> {
    try {
      await sleep(ms, undefined, { signal });
    } catch (error) {
      throw this.errorOf(call, error, signal);
    }
  }

  /** Connected and in time, nothing sent yet: until then a connection that breaks does no harm. */
  async #openInTime(call: Call, signal: AbortSignal): Promise<Prepared | NotSent> {
    for (let attempt = 1; ; attempt += 1) {
      if (signal.aborted) return { notSent: 'the time was up before the call was sent' };
      let request: ClientRequest | null = null;
      try {
        const prepared = await this.#prepare(call, signal);
        request = prepared.request;
        let broken = false;
        // Ours from here on: it tells of its end once, and that may be before anybody waits for it.
        request.on('error', () => (broken = true));
        await connected(request);
        await overdueTimersFired();
        signal.throwIfAborted();
        if (broken || request.destroyed) throw new Error('the connection was lost before the call was sent');
        return prepared;
      } catch (error) {
        request?.destroy();
        if (attempt === ATTEMPTS && !signal.aborted) return { notSent: this.errorOf(call, error, signal).message };
      }
    }
  }

  async #prepare(call: Call, signal: AbortSignal): Promise<Prepared> {
    const access = await this.#options.credentials.access(signal);
    const body = call.body === undefined ? undefined : JSON.stringify(call.body);
    const headers = {
      ...this.#headers(access, call),
      ...(body === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
    };
    return { request: httpsRequest(urlOf(access, call), { method: methods[call.verb], headers, agent: access.agent, signal }), body };
  }

  /** The name that the API server's own audit knows the caller by. */
  #headers({ headers }: Access, { run }: Call): Record<string, string> {
    const agent = `remediad/${this.#options.version}${run === undefined ? '' : ` run=${run}`}`;
    return { ...headers, accept: 'application/json, */*', 'user-agent': agent };
  }
}

const methods = { get: 'GET', list: 'GET', create: 'POST', update: 'PUT', delete: 'DELETE' } as const satisfies Record<
  Call['verb'],
  string
>;

function urlOf({ server }: Access, { path }: Call): URL {
  return new URL(`${server.origin}${server.pathname.replace(/\/$/, '')}${path}`);
}

function pageOf(call: Call, next: string): Call {
  const query = new URLSearchParams({ limit: `${PAGE}`, ...(next === '' ? {} : { continue: next }) });
  return { ...call, path: `${call.path}${call.path.includes('?') ? '&' : '?'}${query.toString()}` };
}

function isTransient({ status }: Answer): boolean {
  return status === 401 || status === 429 || status >= 500;
}

function backoffMs(attempt: number): number {
  return BACKOFF_MS * 4 ** (attempt - 1) * (0.75 + Math.random() / 2);
}

function retryAfterMs({ headers }: Answer, attempt: number): number {
  const seconds = Number(headers['retry-after'] ?? 'none');
  return Number.isNaN(seconds) ? backoffMs(attempt) : Math.max(0, seconds * 1000);
}

/** A refused connection hides its reason one level down. */
function reasonOf(error: unknown): string {
  const { message, code } = error as NodeJS.ErrnoException;
  return message === '' ? (code ?? 'unknown error') : message;
}
