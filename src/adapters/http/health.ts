import type { Clock } from '../../core/ports.ts';
import type { Timing } from '../../core/timing.ts';

/** A sweep that hangs with the store ends by its own deadline; one that is this many turns late never will. */
const turns = 30;

/**
 * Answers why the process should be restarted; null = healthy. That it answers at all proves the event loop; `lastTickAt` (monotonic ms)
 * that the sweeper still turns. A store that is away is no reason: a restart would not bring it back.
 */
export function livenessOf(lastTickAt: () => number, clock: Clock, { sweepEveryMs }: Pick<Timing, 'sweepEveryMs'>): () => string | null {
  return () => {
    const silentMs = clock.monotonic() - lastTickAt();
    return silentMs <= turns * sweepEveryMs ? null : `the sweeper has not ticked for ${Math.round(silentMs / 1000)} s`;
  };
}

/** Answers null when all is well, else a sentence; throws for what could not be found out. */
export type ReadyCheck = () => string | null | Promise<string | null>;

/** Why no work can be taken: the first check with something to say. Each is given `withinMs`; what it cannot tell in time is a no. */
export function readinessOf(checks: Readonly<Record<string, ReadyCheck>>, withinMs: number): () => Promise<string | null> {
  return async () => {
    const problems = await Promise.all(Object.entries(checks).map(([name, check]) => problemOf(name, check, withinMs)));
    return problems.find((problem) => problem !== null) ?? null;
  };
}

async function problemOf(name: string, check: ReadyCheck, withinMs: number): Promise<string | null> {
  const { promise: late, resolve } = Promise.withResolvers<string>();
  const timer = setTimeout(() => resolve(`no answer within ${withinMs} ms`), withinMs);
  try {
    const problem = await Promise.race([check(), late]);
    return problem === null ? null : `${name}: ${problem}`;
  } catch (error) {
    return `${name}: ${(error as Error).message}`;
  } finally {
    clearTimeout(timer);
  }
}
