import type { Json } from '../core/json.ts';
import type { CheckOutput } from '../core/plan.ts';

/** An answer that says neither yes nor no: what was asked could not be read, or reads as nonsense. */
export function unknown(message: string): CheckOutput {
  return { ok: null, message, fields: {} };
}

export function told(ok: boolean, message: string, fields: Readonly<Record<string, Json>>): CheckOutput {
  return { ok, message, fields };
}

/** A read that fails is an unknown answer. `isReadError` tells such failures from bugs, which are thrown on. */
export async function reading(read: () => Promise<CheckOutput>, isReadError: (error: unknown) => boolean): Promise<CheckOutput> {
  try {
    return await read();
  } catch (error) {
    if (isReadError(error)) return unknown((error as Error).message);
    throw error;
  }
}
