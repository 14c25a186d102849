import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Desk, refusalOf } from './desk.ts';
import { Dropped, readBody, realPace, sendError, sendJson, type Answer } from './http.ts';
import type { World } from './world/world.ts';

/** The world behind HTTP, living on the wall clock: each request finds it up to date, a timer lets it live on in between. */
export function createSandboxServer(world: World): Server {
  const desk = new Desk(world, realPace);
  keepAlive(world);
  return createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    serve(desk, request, response, gone.signal).catch((error: unknown) => fail(response, error));
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

async function serve(desk: Desk, request: IncomingMessage, response: ServerResponse, gone: AbortSignal): Promise<void> {
  const { method = 'GET', url = '/' } = request;
  await give(response, await desk.answer({ method, url, body: () => readBody(request), gone }));
}

async function give(response: ServerResponse, answer: Answer): Promise<void> {
  if (answer === 'dropped') response.destroy();
  else if ('json' in answer) sendJson(response, 200, answer.json);
  else await giveLines(response, answer.lines);
}

/** One JSON value a line, as fast as the caller reads. */
async function giveLines(response: ServerResponse, lines: AsyncIterable<unknown>): Promise<void> {
  response.writeHead(200, { 'content-type': 'application/x-ndjson' });
  for await (const line of lines) {
    const flows = response.write(`${JSON.stringify(line)}\n`);
    if (!flows) await new Promise((resolve) => response.once('drain', resolve).once('close', resolve));
  }
  response.end();
}

function fail(response: ServerResponse, error: unknown): void {
  if (response.headersSent || response.destroyed || error instanceof Dropped) response.destroy();
  else sendError(response, refusalOf(error));
}
