import { StoreError } from '../../core/store.ts';

/** The server answers, but takes no writes now. */
const FULL = /\b(?:OOM|MISCONF|READONLY|NOREPLICAS)\b/;
/** The server cannot serve now, though it answers. */
const AWAY = /^(?:LOADING|BUSY|CLUSTERDOWN|MASTERDOWN|TRYAGAIN|NOAUTH|WRONGPASS|NOPERM|UNBLOCKED)\b/;

/** What went wrong, as the ports say it. An error of the server about our own request or script is ours: `protocol`. */
export function storeError(error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  const message = error instanceof Error ? error.message : String(error);
  if (FULL.test(message)) return new StoreError('full', message);
  const replied = error instanceof Error && error.name === 'ReplyError';
  return new StoreError(replied && !AWAY.test(message) ? 'protocol' : 'unavailable', message);
}

/** Waits for an answer of the store; every failure becomes a `StoreError`. */
export async function answered<T>(promise: Promise<T>): Promise<T> {
  try {
    return await promise;
  } catch (error) {
    throw storeError(error);
  }
}
