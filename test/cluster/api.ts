import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text as textOf } from 'node:stream/consumers';
import type { ClusterPlace } from './control-plane.ts';
import type { Pod } from './objects.ts';

const CALL_MS = 20_000;

/** The API server refused, or could not; `status` is the answer's. */
export class ApiRefusal extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(`the API server answered ${status}: ${message}`);
    this.name = 'ApiRefusal';
    this.status = status;
  }
}

/** The type of a patch: how the body is merged. */
export type PatchKind = 'strategic-merge-patch' | 'merge-patch';

interface Sent {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly body?: unknown;
  /** Content type of the body. */
  readonly type?: string;
  readonly signal: AbortSignal;
}

/** What tests ask of the API server themselves, apart from what they test: paths and JSON as they are. */
export class Api implements Disposable {
  readonly #server: string;
  readonly #token: string;
  readonly #agent: Agent;

  /** As whoever has the token; `server` is the API server, or what stands in front of it. */
  constructor(place: ClusterPlace, token: string, server = place.server) {
    this.#server = server;
    this.#token = token;
    const ca = readFileSync(join(place.folder, 'ca.crt'));
    this.#agent = new Agent({ ca, keepAlive: true, maxSockets: 16 });
  }

  /** As somebody who may do everything. */
  static admin(place: ClusterPlace): Api {
    return new Api(place, place.adminToken);
  }

  [Symbol.dispose](): void {
    this.#agent.destroy();
  }

  async isReady(): Promise<boolean> {
    try {
      return (await this.send('GET', '/readyz', AbortSignal.timeout(2_000))).status === 200;
    } catch {
      return false;
    }
  }

  get<T>(path: string): Promise<T> {
    return this.#ask<T>('GET', path);
  }

  /** Whatever is answered, as it is. */
  async send(method: 'GET' | 'DELETE', path: string, signal = AbortSignal.timeout(CALL_MS)): Promise<{ status: number; text: string }> {
    const answer = await this.#open({ method, path, signal });
    return { status: answer.statusCode ?? 0, text: await textOf(answer) };
  }

  /** Null for what does not exist. */
  async find<T>(path: string): Promise<T | null> {
    return this.#ask<T>('GET', path).catch(unless404);
  }

  async list<T>(path: string): Promise<T[]> {
    return (await this.get<{ items: T[] }>(path)).items;
  }

  create<T>(path: string, body: unknown): Promise<T> {
    return this.#ask<T>('POST', path, body);
  }

  patch<T>(path: string, body: unknown, kind: PatchKind = 'strategic-merge-patch'): Promise<T> {
    return this.#ask<T>('PATCH', path, body, `application/${kind}+json`);
  }

  /** Whether there was one. Options stand in the body: those of the query do not count beside a body. */
  async delete(path: string, options: Readonly<Record<string, unknown>> = {}): Promise<boolean> {
    return (await this.#ask('DELETE', path, options).catch(unless404)) !== null;
  }

  /** Tells of every pod of a namespace, and then of each change, until the connection ends or the signal fires, which throws. */
  async watchPods(namespace: string, tell: (pod: Pod, gone: boolean) => void, signal: AbortSignal): Promise<void> {
    const path = `/api/v1/namespaces/${namespace}/pods`;
    const { items, metadata } = await this.get<{ items: Pod[]; metadata: { resourceVersion: string } }>(path);
    for (const pod of items) tell(pod, false);
    const watch = `${path}?watch=1&resourceVersion=${metadata.resourceVersion}`;
    const answer = await this.#open({ method: 'GET', path: watch, signal });
    if (answer.statusCode !== 200) throw new ApiRefusal(answer.statusCode ?? 0, await textOf(answer));
    for await (const line of createInterface({ input: answer })) {
      const event = JSON.parse(line) as { type: string; object: Pod };
      if (['ADDED', 'MODIFIED', 'DELETED'].includes(event.type)) tell(event.object, event.type === 'DELETED');
    }
  }

  async #ask<T>(method: Sent['method'], path: string, body?: unknown, type?: string): Promise<T> {
    const signal = AbortSignal.timeout(CALL_MS);
    const answer = await this.#open({
      method,
      path,
      signal,
      ...(body === undefined ? {} : { body }),
      ...(type === undefined ? {} : { type }),
    });
    const text = await textOf(answer);
    if (answer.statusCode === undefined || answer.statusCode >= 300)
      throw new ApiRefusal(answer.statusCode ?? 0, `${messageOf(text)} (${method} ${path})`);
    return JSON.parse(text) as T;
  }

  async #open({ method, path, body, type = 'application/json', signal }: Sent): Promise<IncomingMessage> {
    const text = body === undefined ? '' : JSON.stringify(body);
    const length = Buffer.byteLength(text);
    // Without its length Node would leave out the body of a DELETE.
    const headers = { authorization: `Bearer ${this.#token}`, 'content-type': type, 'content-length': length, accept: 'application/json' };
    const call = request(this.#server + path, { method, headers, agent: this.#agent, signal });
    call.end(text);
    const [answer] = (await once(call, 'response')) as [IncomingMessage];
    // What breaks later breaks the reading of the answer.
    call.on('error', () => undefined);
    return answer;
  }
}

function unless404(error: unknown): null {
  if (error instanceof ApiRefusal && error.status === 404) return null;
  throw error;
}

function messageOf(text: string): string {
  try {
    return (JSON.parse(text) as { message?: string }).message ?? text;
  } catch {
    return text;
  }
}
