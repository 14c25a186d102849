import { eventually } from './eventually.ts';
import type { Process } from './process.ts';

export interface HttpServerOptions {
  readonly name: string;
  readonly url: string;
  /** Path that answers 200 once the server is ready, e.g. `/-/ready`. */
  readonly readyPath: string;
  /** Default 20,000. */
  readonly withinMs?: number;
}

/** Waits until a server process answers on its ready path; ends it and tells its output when it does not. */
export async function waitUntilReady(process: Process, { name, url, readyPath, withinMs = 20_000 }: HttpServerOptions): Promise<void> {
  try {
    await eventually(
      `${name} at ${url}${readyPath}`,
      async () => process.ended !== null || (await fetch(url + readyPath, { signal: AbortSignal.timeout(2_000) })).ok,
      { withinMs, everyMs: 50 },
    );
    if (process.ended !== null) throw new Error(`${name} ended at once (${process.ended})`);
  } catch (error) {
    await process[Symbol.asyncDispose]();
    throw new Error(`${(error as Error).message}; it said:\n${process.output}`, { cause: error });
  }
}

/** A port that looked free may be taken by the time the server binds it: try again, on another one, but only then. */
export async function withRetriedPort<T>(start: () => Promise<T>, tries = 3): Promise<T> {
  for (let left = tries - 1; ; left--) {
    try {
      return await start();
    } catch (error) {
      if (left === 0 || !/address already in use|EADDRINUSE/i.test(String(error))) throw error;
    }
  }
}
