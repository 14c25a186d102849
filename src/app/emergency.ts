import { storeIncidentKey } from '../core/escalation-policy.ts';
import type { Message } from '../core/incident.ts';
import type { Clock, Log, Telemetry } from '../core/ports.ts';
import type { Sender } from '../core/receivers.ts';
import { reportOfInstallation } from '../core/report.ts';
import type { Timing } from '../core/timing.ts';
import { durationInWords } from '../core/words.ts';
import { startEvery, type Ticking } from './every.ts';

export interface EmergencyDeps {
  /** Rejects while the store is away, or refuses writes: then no page gets out either. */
  readonly askStore: () => Promise<unknown>;
  /** Of `emergency_receiver`; null = none is configured, and then it is logged alone. */
  readonly receiver: () => { readonly name: string; readonly sender: Sender } | null;
  readonly installation: string;
  readonly timing: Pick<
    Timing,
    'sweepEveryMs' | 'storeDownMs' | 'emergencyEveryMs' | 'deliverMs' | 'deliverBackoffMs' | 'deliverBackoffMaxMs'
  >;
  readonly telemetry: Pick<Telemetry, 'storeUp' | 'notification'>;
  readonly clock: Clock;
  readonly log: Log;
}

/** Tells a human from memory alone when the store stays away: then nothing else here can. */
export function startEmergency(deps: EmergencyDeps): Ticking {
  const watch = new StoreWatch(deps);
  return startEvery({ ...deps, name: 'watch of the store', everyMs: deps.timing.sweepEveryMs }, (signal) => watch.look(signal));
}

class StoreWatch {
  readonly #deps: EmergencyDeps;
  #away: { readonly since: number; readonly at: number } | null = null;
  /** What the receiver was told and that was not taken back yet. */
  #open: { readonly at: number; readonly told: number } | null = null;
  #failures = 0;
  /** Monotonic time of the next message. */
  #nextAt = 0;

  constructor(deps: EmergencyDeps) {
    this.#deps = deps;
  }

  async look(signal: AbortSignal): Promise<void> {
    const why = await this.#ask();
    this.#deps.telemetry.storeUp(why === null);
    if (why === null) await this.#isUp(signal);
    else await this.#isAway(why, signal);
  }

  async #ask(): Promise<string | null> {
    try {
      await this.#deps.askStore();
      return null;
    } catch (error) {
      return (error as Error).message;
    }
  }

  async #isAway(why: string, signal: AbortSignal): Promise<void> {
    const { clock, timing, log } = this.#deps;
    const now = clock.monotonic();
    if (this.#away === null) {
      log.error({ error: why }, 'the store is away');
      this.#away = { since: now, at: clock.now() };
      this.#nextAt = now + timing.storeDownMs;
    }
    if (now < this.#nextAt) return;
    const open = this.#open ?? { at: this.#away.at, told: 0 };
    if (await this.#tell('trigger', open, why, signal)) this.#open = { ...open, told: open.told + 1 };
  }

  async #isUp(signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#deps;
    if (this.#away !== null) {
      log.warn({ away: durationInWords(clock.monotonic() - this.#away.since) }, 'the store is back');
      this.#away = null;
      this.#nextAt = 0;
    }
    if (this.#open === null || clock.monotonic() < this.#nextAt) return;
    if (await this.#tell('resolve', this.#open, 'It is back', signal)) this.#open = null;
  }

  /** True when it arrived, or when there is nobody to tell. Sets the time of the next message, or of the next try. */
  async #tell(event: Message['event'], open: { at: number; told: number }, detail: string, signal: AbortSignal): Promise<boolean> {
    const { clock, timing, telemetry, log } = this.#deps;
    const to = this.#deps.receiver();
    this.#nextAt = clock.monotonic() + timing.emergencyEveryMs;
    if (to === null) {
      log.error({ reason: 'store-away' }, 'no emergency_receiver is configured: nobody is told about the store');
      return true;
    }
    const bounded = AbortSignal.any([signal, AbortSignal.timeout(timing.deliverMs)]);
    const result = await to.sender.send(this.#message(to.name, event, open, detail), bounded);
    if (result.kind === 'delivered') {
      this.#failures = 0;
      telemetry.notification(to.name, 'delivered', null);
      log.warn({ receiver: to.name, event }, 'emergency message delivered');
      return true;
    }
    this.#nextAt = clock.monotonic() + Math.min(timing.deliverBackoffMs * 2 ** this.#failures, timing.deliverBackoffMaxMs);
    this.#failures += 1;
    telemetry.notification(to.name, 'failed', result.reason);
    log.error({ receiver: to.name, event, reason: result.reason, error: result.message }, 'emergency message not delivered');
    return false;
  }

  #message(receiver: string, event: Message['event'], open: { at: number; told: number }, detail: string): Message {
    const { installation, clock } = this.#deps;
    const key = `${installation}/${storeIncidentKey(installation)}`;
    return {
      id: `${key}/${open.at}/${event}/${open.told}`,
      receiver,
      event,
      incident: 'store',
      dedupKey: key,
      priority: 'P1',
      report: reportOfInstallation(installation, 'store-away', detail, open.at),
      attempts: this.#failures + 1,
      createdAt: clock.now(),
    };
  }
}
