import { ZodError } from 'zod';
import { adminRoutes } from './admin-routes.ts';
import { ApiFaults, type Call } from './api-faults.ts';
import { clusterRoutes, refusal } from './cluster-routes.ts';
import { HttpError, matchPath, type Answer, type Pace, type Route } from './http.ts';
import type { World } from './world/world.ts';

/** A call as it reaches the sandbox; `body` is read once the route is known. */
export interface Asked {
  readonly method: string;
  readonly url: string;
  readonly body: () => Promise<unknown>;
  /** Ends when the caller hangs up. */
  readonly gone: AbortSignal;
}

/** Answers calls to a world, however they reach it: each finds the world up to date, and what the faults make of it is in the answer. */
export class Desk {
  readonly #world: World;
  readonly #pace: Pace;
  readonly #faults = new ApiFaults();
  readonly #routes: readonly Route[];

  constructor(world: World, pace: Pace) {
    this.#world = world;
    this.#pace = pace;
    this.#routes = [...clusterRoutes(world, this.#faults, pace), ...adminRoutes(world, this.#faults)];
  }

  /** Throws what `refusalOf` understands. */
  async answer({ method, url, body: read, gone }: Asked): Promise<Answer> {
    const { pathname, searchParams } = new URL(url, 'http://sandbox');
    const { route, params } = this.#findRoute(method, pathname);
    const body = method === 'GET' ? null : await read();
    const disturbance = route.call === null ? null : await this.#disturb(route.call(params), gone);
    if (disturbance === 'lost') return 'dropped';
    this.#world.advance(this.#pace.now());
    const answer = await route.handle({ params, query: searchParams, body, gone });
    return disturbance === 'lose-answer' ? 'dropped' : answer;
  }

  #findRoute(method: string, path: string): { route: Route; params: Record<string, string> } {
    for (const route of this.#routes) {
      const params = route.method === method ? matchPath(route.path, path) : null;
      if (params !== null) return { route, params };
    }
    throw new HttpError(404, `there is no ${method} ${path}`);
  }

  /** Lets the faults strike that concern the call. `lost`: it never arrived; `lose-answer`: it arrives, its answer does not. */
  async #disturb(call: Call, gone: AbortSignal): Promise<'lost' | 'lose-answer' | null> {
    const struck = this.#faults.strike(call);
    for (const fault of struck) {
      if (fault.kind === 'late') await this.#pace.sleep(fault.ms, new AbortController().signal);
      if (fault.kind === 'slow') await this.#pace.sleep(fault.ms, gone);
      if (fault.kind === 'hang') await this.#pace.hang(gone);
      const refused = refusal(fault, call);
      if (refused !== null) throw refused;
    }
    const kinds = new Set(struck.map(({ kind }) => kind));
    if ((gone.aborted && !kinds.has('late')) || kinds.has('down') || kinds.has('lost-before')) return 'lost';
    return kinds.has('lost-after') ? 'lose-answer' : null;
  }
}

/** How the API tells of what went wrong. */
export function refusalOf(error: unknown): HttpError {
  if (error instanceof HttpError) return error;
  if (error instanceof ZodError) return new HttpError(400, error.message);
  return error instanceof RangeError ? new HttpError(404, error.message) : new HttpError(500, String(error));
}
