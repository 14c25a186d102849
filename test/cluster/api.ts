import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Agent } from 'undici';
import type { Dispatcher } from 'undici';
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
    this.#agent = new Agent({ connect: { ca, timeout: 5_000 }, connections: 16 });
  }

  /** As somebody who may do everything. */
  static admin(place: ClusterPlace): Api {
    return new Api(place, place.adminToken);
  }

  [Symbol.dispose](): void {
    void this.#agent.destroy();
  }

  async isReady(): Promise<boolean> {
    try {
      const answer = await this.#send('GET', '/readyz', undefined, 'application/json', AbortSignal.timeout(2_000));
      await answer.body.dump();
      return answer.statusCode === 200;
    } catch {
      return false;
    }
  }

  get<T>(path: string): Promise<T> {
    return this.#ask<T>('GET', path);
  }

  /** Whatever is answered, as it is. */
  async send(method: 'GET' | 'DELETE', path: string, signal = AbortSignal.timeout(CALL_MS)): Promise<{ status: number; text: string }> {
    const answer = await this.#send(method, path, undefined, 'application/json', signal);
    return { status: answer.statusCode, text: await answer.body.text() };
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

  replace<T>(path: string, body: unknown): Promise<T> {
    return this.#ask<T>('PUT', path, body);
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
    const answer = await this.#send('GET', watch, undefined, 'application/json', signal);
    if (answer.statusCode !== 200) throw new ApiRefusal(answer.statusCode, await answer.body.text());
    for await (const line of createInterface({ input: answer.body })) {
      const event = JSON.parse(line) as { type: string; object: Pod };
      if (['ADDED', 'MODIFIED', 'DELETED'].includes(event.type)) tell(event.object, event.type === 'DELETED');
    }
  }

  async #ask<T>(method: Dispatcher.HttpMethod, path: string, body?: unknown, type = 'application/json'): Promise<T> {
    const answer = await this.#send(method, path, body, type, AbortSignal.timeout(CALL_MS));
    const text = await answer.body.text();
    if (answer.statusCode >= 300) throw new ApiRefusal(answer.statusCode, `${messageOf(text)} (${method} ${path})`);
    return JSON.parse(text) as T;
  }

  #send(method: Dispatcher.HttpMethod, path: string, body: unknown, type: string, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
    const headers = { authorization: `Bearer ${this.#token}`, 'content-type': type, accept: 'application/json' };
    const text = body === undefined ? null : JSON.stringify(body);
    return this.#agent.request({ origin: this.#server, method, path, headers, body: text, signal });
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
