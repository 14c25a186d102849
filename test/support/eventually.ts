import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';

export interface EventuallyOptions {
  /** Default 5,000. */
  readonly withinMs?: number;
  /** Default 20. */
  readonly everyMs?: number;
}

/**
 * Asks `probe` until it gives something other than undefined, null or false without throwing, and returns that.
 * `what` completes the sentence "timed out waiting for …"; the failure tells the last answer or error.
 */
export async function eventually<T>(
  what: string,
  probe: () => T | Promise<T>,
  { withinMs = 5_000, everyMs = 20 }: EventuallyOptions = {},
): Promise<Exclude<T, undefined | null | false>> {
  const end = performance.now() + withinMs;
  let last: string;
  let cause: unknown;
  do {
    try {
      const answer = await probe();
      if (answer !== undefined && answer !== null && answer !== false) return answer as Exclude<T, undefined | null | false>;
      last = `the last answer was ${inspect(answer)}`;
      cause = undefined;
    } catch (error) {
      last = `the last try failed: ${error instanceof Error ? error.message : inspect(error)}`;
      cause = error;
    }
    await sleep(everyMs);
  } while (performance.now() < end);
  throw new Error(`timed out after ${withinMs} ms waiting for ${what}; ${last}`, { cause });
}
