import { randomUUID } from 'node:crypto';
import type { FailPoints } from '../core/fail-point.ts';
import type { Message } from '../core/incident.ts';
import type { Clock, Log, Telemetry } from '../core/ports.ts';
import { quietLog, type QuietLog } from '../core/quiet.ts';
import type { Sender, SendResult } from '../core/receivers.ts';
import type { DeliveryResult, DeliveryStore } from '../core/store.ts';
import type { Timing } from '../core/timing.ts';

export interface DeliverDeps {
  readonly store: DeliveryStore;
  /** By the name of the receiver, as configured now. */
  readonly senders: () => ReadonlyMap<string, Sender>;
  /** Name of the receiver behind every policy's fallback, as configured now; null = none is. */
  readonly emergency: () => string | null;
  readonly timing: Pick<Timing, 'sweepEveryMs' | 'deliverMs' | 'deliverBackoffMs' | 'deliverBackoffMaxMs' | 'deliverAttempts'>;
  readonly telemetry: Pick<Telemetry, 'notification'>;
  /** 0 ≤ random < 1 */
  readonly random: () => number;
  readonly clock: Clock;
  readonly log: Log;
  readonly failPoint: FailPoints;
}

export type CourierDeps = Omit<DeliverDeps, 'clock'>;

export interface Delivery extends AsyncDisposable {
  /** Looks for messages now instead of at the next tick. */
  wake(): void;
  /** Claims nothing more, waits for calls under way for at most `graceMs`, then aborts them: their messages are tried again. */
  stop(graceMs: number): Promise<void>;
}

type NotSent = Exclude<SendResult, { kind: 'delivered' }>;

/** Calls at a time in this process: a receiver that hangs must not hold up the others. */
const PARALLEL = 16;

/**
 * Delivers what is due, here and now or after a retry. A message is leased, sent, and only then committed: after a crash in between it is sent
 * again, under the same keys, and the receiver merges the two.
 */
export function startDelivery(deps: DeliverDeps): Delivery {
  return new Deliverer(deps);
}

class Deliverer implements Delivery {
  readonly #deps: DeliverDeps;
  readonly #quiet: QuietLog;
  readonly #courier: Courier;
  readonly #timer: NodeJS.Timeout;
  readonly #abort = new AbortController();
  readonly #workers = new Set<Promise<void>>();
  #stopping = false;

  constructor(deps: DeliverDeps) {
    this.#deps = deps;
    this.#quiet = quietLog(deps.log, deps.clock);
    this.#courier = new Courier(deps);
    this.#timer = setInterval(() => this.wake(), deps.timing.sweepEveryMs);
    this.wake();
  }

  wake(): void {
    if (this.#stopping || this.#workers.size >= PARALLEL) return;
    const worker = this.#work().finally(() => this.#workers.delete(worker));
    this.#workers.add(worker);
  }

  async stop(graceMs: number): Promise<void> {
    this.#stopping = true;
    clearInterval(this.#timer);
    const cutOff = setTimeout(() => this.#abort.abort(), graceMs);
    await Promise.all(this.#workers);
    clearTimeout(cutOff);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop(0);
  }

  async #work(): Promise<void> {
    try {
      while (!this.#stopping) {
        const worker = randomUUID();
        const message = await this.#deps.store.claimDelivery(worker);
        if (message === null) return;
        // Where one is due, others may be.
        this.wake();
        await this.#courier.deliver(message, worker, this.#abort.signal);
      }
    } catch (error) {
      this.#quiet.warn('deliver', { error: (error as Error).message }, 'delivery failed; it comes again');
    }
  }
}

/** Sends one message that was claimed, and commits what came of it. */
export class Courier {
  readonly #deps: CourierDeps;

  constructor(deps: CourierDeps) {
    this.#deps = deps;
  }

  /** `signal` aborts the call: the message is tried again. */
  async deliver(message: Message, worker: string, signal: AbortSignal): Promise<void> {
    const { store, failPoint } = this.#deps;
    const result = await this.#send(message, signal);
    await failPoint('deliver.sent');
    this.#tell(message, result);
    if (result.kind === 'delivered') await store.commitDelivery(message.id, worker, { kind: 'delivered' });
    else await store.commitDelivery(message.id, worker, this.#failed(message, result));
  }

  async #send(message: Message, signal: AbortSignal): Promise<SendResult> {
    const sender = this.#deps.senders().get(message.receiver);
    if (sender === undefined) return { kind: 'give-up', reason: 'other', message: 'the receiver is no longer configured' };
    return sender.send(message, AbortSignal.any([signal, AbortSignal.timeout(this.#deps.timing.deliverMs)]));
  }

  #failed({ attempts }: Message, result: NotSent): DeliveryResult {
    const { timing, emergency } = this.#deps;
    const hopeless = result.kind === 'give-up' || attempts >= timing.deliverAttempts;
    return { kind: 'failed', message: result.message, retryMs: this.#retryMs(attempts, result), hopeless, emergency: emergency() };
  }

  #retryMs(attempts: number, result: NotSent): number {
    const { deliverBackoffMs, deliverBackoffMaxMs } = this.#deps.timing;
    if (result.kind === 'give-up') return deliverBackoffMaxMs;
    const backoff = deliverBackoffMs * 2 ** (attempts - 1) * (0.5 + this.#deps.random());
    return Math.round(Math.min(Math.max(backoff, result.retryAfterMs ?? 0), deliverBackoffMaxMs));
  }

  #tell({ id, receiver, incident, event, attempts }: Message, result: SendResult): void {
    const { telemetry, log } = this.#deps;
    const facts = { message: id, receiver, incident, event, attempts };
    if (result.kind === 'delivered') {
      telemetry.notification(receiver, 'delivered', null);
      log.info(facts, 'message delivered');
    } else {
      telemetry.notification(receiver, 'failed', result.reason);
      log.warn({ ...facts, reason: result.reason, error: result.message, then: result.kind }, 'message not delivered');
    }
  }
}
