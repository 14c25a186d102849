import type { Clock, Clusters, Hints, Log, Telemetry } from '../core/ports.ts';
import type { Start } from '../core/run-start.ts';
import type { StormPolicy } from '../core/storm.ts';
import type { AcceptAlert, EpisodeStore, IntakeStore, Matchable, MatchableAlert } from '../core/store.ts';
import type { Timing } from '../core/timing.ts';
import { chunkSize } from './accept-line.ts';
import { startEvery, type Ticking } from './every.ts';
import { slotRequest, type RuleMatch } from './slot-request.ts';

export interface RematchDeps {
  readonly store: Pick<EpisodeStore, 'matchable'> & Pick<IntakeStore, 'accept'>;
  /** The set that is in force: another object each time that it changes. */
  readonly inForce: () => object;
  /** The rules in force that take the alert, in their order. */
  readonly match: (alert: Start['alert']) => readonly RuleMatch[];
  /** The store has room only for what runs already. */
  readonly nearlyFull: () => Promise<boolean>;
  readonly storm: () => StormPolicy | null;
  readonly clusters: Pick<Clusters, 'defaultName'>;
  readonly hints: Pick<Hints, 'wake'>;
  readonly telemetry: Pick<Telemetry, 'alertsRematched'>;
  readonly timing: Pick<Timing, 'sweepEveryMs' | 'intakeMs'>;
  readonly clock: Clock;
  readonly log: Log;
}

/** What is left of one pass over all that fires. */
interface Pass {
  readonly set: object;
  /** Monotonic ms */
  readonly begunAt: number;
  readonly left: readonly Matchable[];
  readonly cursor: string;
}

/** Alerts looked at in one round, about. */
const AT_ONCE = 500;

/**
 * Matches anew what fires, once after each change of the rules: a rule that newly takes an alert need not wait until Alertmanager repeats it.
 * Every replica does so; the store knows which slots are taken.
 */
export function startRematch(deps: RematchDeps): Ticking {
  const rematch = new Rematch(deps);
  return startEvery({ ...deps, name: 'rematch', everyMs: deps.timing.sweepEveryMs }, (signal) => rematch.look(signal));
}

export class Rematch {
  readonly #deps: RematchDeps;
  #pass: Pass | null = null;
  /** The set that came last, and since when (monotonic ms) it is known. */
  #set: object | null = null;
  #since = 0;

  constructor(deps: RematchDeps) {
    this.#deps = deps;
  }

  /** One round. Throws when the store does not answer; the next round goes on where this one stopped. */
  async look(signal: AbortSignal): Promise<void> {
    const { inForce, clock, nearlyFull } = this.#deps;
    const set = inForce();
    if (set !== this.#set) {
      [this.#set, this.#since] = [set, clock.monotonic()];
      this.#begin(set);
    }
    if (this.#pass === null || (await nearlyFull())) return;
    for (let looked = 0; looked < AT_ONCE && this.#pass !== null && !signal.aborted;) looked += await this.#page(this.#pass);
  }

  #begin(set: object): void {
    this.#pass = { set, begunAt: this.#deps.clock.monotonic(), left: ['episodes', 'unmatched'], cursor: '0' };
  }

  async #page(pass: Pass): Promise<number> {
    const [of, ...others] = pass.left;
    if (of === undefined) {
      this.#end(pass);
      return AT_ONCE;
    }
    const { cursor, found } = await this.#deps.store.matchable(of, pass.cursor);
    const alerts = found.flatMap((alert) => this.#request(alert));
    for (let from = 0; from < alerts.length; from += chunkSize) await this.#accept(alerts.slice(from, from + chunkSize));
    this.#pass = { ...pass, left: cursor === '0' ? others : pass.left, cursor };
    return found.length + 1;
  }

  /** A webhook may still be on its way with the rules before: a pass that began while one could be is not the last one. */
  #end({ set, begunAt }: Pass): void {
    if (begunAt - this.#since > this.#deps.timing.intakeMs) this.#pass = null;
    else this.#begin(set);
  }

  /** None where every rule that takes the alert has its slot already, and where none does. */
  #request({ lastSeen, slots: known, ...stored }: MatchableAlert): AcceptAlert[] {
    const alert = { ...stored, generatorURL: '' };
    const context = { defaultCluster: this.#deps.clusters.defaultName, receivedAt: lastSeen };
    try {
      const slots = this.#deps.match(alert).map((match) => slotRequest(match, alert, context));
      if (slots.every(({ slot }) => known.includes(slot))) return [];
      return [{ ...alert, status: 'firing', endsAt: null, slots, again: true }];
    } catch (error) {
      this.#deps.log.error({ fingerprint: alert.fingerprint, err: error }, 'an alert could not be matched');
      return [];
    }
  }

  async #accept(alerts: readonly AcceptAlert[]): Promise<void> {
    const { store, storm, hints, telemetry, log } = this.#deps;
    const answer = await store.accept(alerts, [], storm());
    for (const [index, result] of answer.results.entries()) {
      if (result === 'unknown-episode') continue;
      telemetry.alertsRematched(1);
      const { fingerprint, slots = [] } = alerts[index] ?? {};
      log.info({ fingerprint, slots: slots.map(({ slot }) => slot), result }, 'a firing alert was matched anew');
    }
    if (answer.hints.length > 0) await hints.wake(answer.hints);
  }
}
