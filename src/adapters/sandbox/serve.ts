import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { ZodError } from 'zod';
import { adminRoutes } from './admin-routes.ts';
import { ApiFaults, type Call } from './api-faults.ts';
import { clusterRoutes, refusal } from './cluster-routes.ts';
import { HttpError, hangUntil, matchPath, readBody, sendError, sendJson, type Answer, type Route } from './http.ts';
import type { World } from './world/world.ts';

/** The world behind HTTP, living on the wall clock: each request finds it up to date, a timer lets it live on in between. */
export function createSandboxServer(world: World): Server {
  const faults = new ApiFaults();
  const routes = [...clusterRoutes(world, faults), ...adminRoutes(world, faults)];
  keepAlive(world);
  return createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    serve(world, faults, routes, request, response, gone.signal).catch((error: unknown) => fail(response, error));
  });
}

/** Advances the world when its next event is due, also while nobody asks. */
function keepAlive(world: World): void {
  let timer: NodeJS.Timeout | null = null;
  let timerAt = Number.POSITIVE_INFINITY;
  const arm = (): void => {
    const at = world.nextAt ?? Number.POSITIVE_INFINITY;
    if (at >= timerAt || at === Number.POSITIVE_INFINITY) return;
    if (timer !== null) clearTimeout(timer);
    timerAt = at;
    timer = setTimeout(tick, Math.max(0, Math.min(at - Date.now(), 2 ** 31 - 1)));
    timer.unref();
  };
  const tick = (): void => {
    timerAt = Number.POSITIVE_INFINITY;
    world.advance(Date.now());
    arm();
  };
  world.onPlan = arm;
  arm();
}

async function serve(
  world: World,
  faults: ApiFaults,
  routes: readonly Route[],
  request: IncomingMessage,
  response: ServerResponse,
  gone: AbortSignal,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://sandbox');
  const { route, params } = findRoute(routes, request.method ?? 'GET', url.pathname);
  const body = request.method === 'GET' ? null : await readBody(request);
  const disturbance = route.call === null ? null : await disturb(faults, route.call(params), gone);
  if (disturbance === 'lost') {
    response.destroy();
    return;
  }
  world.advance(Date.now());
  const answer = await route.handle({ params, query: url.searchParams, body, gone });
  if (disturbance === 'lose-answer') response.destroy();
  else await give(response, answer);
}

function findRoute(routes: readonly Route[], method: string, path: string): { route: Route; params: Record<string, string> } {
  for (const route of routes) {
    const params = route.method === method ? matchPath(route.path, path) : null;
    if (params !== null) return { route, params };
  }
  throw new HttpError(404, `there is no ${method} ${path}`);
}

/** Lets the faults strike that concern the call. `lost`: it never arrived; `lose-answer`: it arrives, its answer does not. */
async function disturb(faults: ApiFaults, call: Call, gone: AbortSignal): Promise<'lost' | 'lose-answer' | null> {
  const struck = faults.strike(call);
  for (const fault of struck) {
    if (fault.kind === 'slow') await sleep(fault.ms, undefined, { signal: gone }).catch(() => undefined);
    if (fault.kind === 'hang') await hangUntil(gone);
    const refused = refusal(fault, call);
    if (refused !== null) throw refused;
  }
  const kinds = new Set(struck.map(({ kind }) => kind));
  if (gone.aborted || kinds.has('down') || kinds.has('lost-before')) return 'lost';
  return kinds.has('lost-after') ? 'lose-answer' : null;
}

async function give(response: ServerResponse, answer: Answer): Promise<void> {
  if (typeof answer === 'function') await answer(response);
  else sendJson(response, 200, answer.json);
}

function fail(response: ServerResponse, error: unknown): void {
  if (response.headersSent || response.destroyed) response.destroy();
  else if (error instanceof HttpError) sendError(response, error);
  else if (error instanceof ZodError) sendError(response, new HttpError(400, error.message));
  else if (error instanceof RangeError) sendError(response, new HttpError(404, error.message));
  else sendError(response, new HttpError(500, String(error)));
}
