import { known, unknown, type Fact } from '../../core/facts.ts';
import { ClusterError } from '../../core/ports.ts';
import { StoreError } from '../../core/store.ts';

/** One deadline for several reads: whatever is not read by then is unknown, even if what reads it ignores the signal. */
export class Deadline implements Disposable {
  readonly signal: AbortSignal;
  readonly #timer: NodeJS.Timeout;
  readonly #over: Promise<never>;

  /** `outer` ends it early. */
  constructor(ms: number, outer?: AbortSignal) {
    const own = new AbortController();
    this.#timer = setTimeout(() => own.abort(new ClusterError('timeout', `no answer within ${ms} ms`)), ms);
    this.signal = outer === undefined ? own.signal : AbortSignal.any([own.signal, outer]);
    this.#over = new Promise((_, reject) => {
      const end = () => reject(asError(this.signal));
      if (this.signal.aborted) end();
      else this.signal.addEventListener('abort', end, { once: true });
    });
    this.#over.catch(() => undefined);
  }

  /** The value, or why it could not be read. Errors that no read makes are bugs and thrown on. */
  async fact<T>(read: (signal: AbortSignal) => Promise<T>): Promise<Fact<T>> {
    try {
      return known(await this.read(read));
    } catch (error) {
      return unknown(whyUnread(error));
    }
  }

  /** Throws `ClusterError` at the deadline. */
  read<T>(read: (signal: AbortSignal) => Promise<T>): Promise<T> {
    return Promise.race([read(this.signal), this.#over]);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }
}

/** Why a read failed, for the record; throws on what is not a failed read. */
export function whyUnread(error: unknown): string {
  if (error instanceof ClusterError || error instanceof StoreError) return error.message;
  throw error;
}

function asError(signal: AbortSignal): ClusterError {
  return signal.reason instanceof ClusterError ? signal.reason : new ClusterError('timeout', 'the reading was cut short');
}
