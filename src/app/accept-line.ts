import type { AuditEntry } from '../core/audit.ts';
import { noFailPoints, type FailPoints } from '../core/fail-point.ts';
import type { Hints } from '../core/ports.ts';
import type { StormPolicy } from '../core/storm.ts';
import { StoreError, type AcceptAlert, type AcceptAnswer, type IntakeStore } from '../core/store.ts';

/** As many alerts as one script takes: longer ones would keep every other client of the store waiting. */
export const chunkSize = 200;
/**
 * Batches on their way into the store at once. More would only wait in its queue, where those whose sender was told to come again are still
 * worked on: a burst would keep the store busy with what nobody waits for.
 */
const inFlight = 2;

export interface AcceptLineDeps {
  readonly store: Pick<IntakeStore, 'accept'>;
  readonly hints: Pick<Hints, 'wake'>;
  /** When a cluster counts as stormy; left out = never. */
  readonly storm?: () => StormPolicy | null;
  readonly failPoint?: FailPoints;
}

/** At most `chunkSize` alerts of one webhook. */
export interface Chunk {
  readonly alerts: readonly AcceptAlert[];
  readonly audit: readonly AuditEntry[];
  /** Called when its turn has come; what it throws is the chunk's answer, and nothing of it reaches the store. */
  begin(): void;
}

interface Waiting extends Chunk {
  resolve(results: AcceptAnswer['results']): void;
  reject(error: unknown): void;
}

/**
 * Where chunks wait for the store, first come, first served. Those that came in while it was busy go together, in one script and one write to
 * its disk: what a webhook costs the store falls as the load rises. Each is answered for itself, after it is durable.
 */
export class AcceptLine {
  readonly #deps: AcceptLineDeps;
  readonly #line: Waiting[] = [];
  #busy = 0;
  #called = false;

  constructor(deps: AcceptLineDeps) {
    this.#deps = deps;
  }

  /** What became of each alert, once all of them are durable. */
  accept(chunk: Chunk): Promise<AcceptAnswer['results']> {
    const { promise, resolve, reject } = Promise.withResolvers<AcceptAnswer['results']>();
    this.#line.push({ ...chunk, resolve, reject });
    this.#call();
    return promise;
  }

  /** At the end of this turn of the event loop, so that all that it brought goes together. */
  #call(): void {
    if (this.#called) return;
    this.#called = true;
    setImmediate(() => {
      this.#called = false;
      while (this.#busy < inFlight && this.#line.length > 0) void this.#send(this.#next());
    });
  }

  #next(): Waiting[] {
    const batch: Waiting[] = [];
    let size = 0;
    for (let [first] = this.#line; first !== undefined && size + first.alerts.length <= chunkSize; [first] = this.#line) {
      this.#line.shift();
      try {
        first.begin();
        batch.push(first);
        size += first.alerts.length;
      } catch (error) {
        first.reject(error);
      }
    }
    return batch;
  }

  async #send(batch: readonly Waiting[]): Promise<void> {
    if (batch.length === 0) return;
    this.#busy += 1;
    try {
      await this.#store(batch);
    } finally {
      this.#busy -= 1;
      this.#call();
    }
  }

  /** Waking is work for the store too, though no sender waits for it. */
  async #store(batch: readonly Waiting[]): Promise<void> {
    const answer = await this.#accept(batch).catch((error: unknown) => error);
    if (isAnswer(answer)) {
      let from = 0;
      for (const one of batch) one.resolve(answer.results.slice(from, (from += one.alerts.length)));
      if (answer.hints.length > 0) await this.#deps.hints.wake(answer.hints);
    } else if (batch.length > 1 && isOurFault(answer)) {
      // Whatever our code stumbled over is in one of them; the same twice changes nothing.
      for (const one of batch) await this.#store([one]);
    } else {
      for (const one of batch) one.reject(answer);
    }
  }

  async #accept(batch: readonly Waiting[]): Promise<AcceptAnswer> {
    const { store, storm, failPoint = noFailPoints } = this.#deps;
    await failPoint('accept.before');
    const answer = await store.accept(
      batch.flatMap(({ alerts }) => alerts),
      batch.flatMap(({ audit }) => audit),
      storm?.(),
    );
    await failPoint('accept.after');
    return answer;
  }
}

const isAnswer = (value: unknown): value is AcceptAnswer => typeof value === 'object' && value !== null && 'results' in value;

const isOurFault = (error: unknown): boolean => !(error instanceof StoreError) || error.kind === 'protocol';
