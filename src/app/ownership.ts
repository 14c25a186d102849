import type { OwnerFact } from '../core/facts.ts';
import { ClusterError, type Clock, type Cluster, type LeaseView, type Log } from '../core/ports.ts';
import type { Timing } from '../core/timing.ts';
import { startEvery, type Ticking } from './every.ts';

/** In each namespace in which remediad acts. */
export const LEASE = 'remediad-owner';

/** Of the time for which a Lease is ours: it is renewed after one of these, and what is about to be done needs another to end in. */
const PARTS = 3;

export interface OwnershipOptions {
  /** Names this installation, its replicas alike, and no other one: its name and that of its store. */
  readonly holder: string;
  readonly timing: Pick<Timing, 'ownerMs' | 'readMs'>;
  readonly clock: Clock;
  readonly log: Log;
}

/** What is known of one namespace's Lease. Times are monotonic. */
interface Place {
  readonly cluster: Cluster;
  readonly namespace: string;
  /** Until when nobody else can have taken it; null = it is not ours. */
  heldUntil: number | null;
  /** Somebody else's, as it was last seen, since when it stands so, and whether that one was seen to renew it. */
  foreign: { readonly holder: string; readonly renewed: string; readonly since: number; readonly alive: boolean } | null;
  /** One look at a time, for all who wait. */
  looking: Promise<OwnerFact> | null;
}

/**
 * Which installation acts in a namespace. Whoever wants to act first takes the Lease there and renews it for as long as the process lives;
 * one that is not renewed for `ownerMs` is taken over. The clocks of other machines are not believed: what counts is how long this process
 * saw it stand still.
 */
export class Ownership {
  readonly #options: OwnershipOptions;
  readonly #places = new Map<string, Place>();

  constructor(options: OwnershipOptions) {
    this.#options = options;
  }

  /** Throws `ClusterError` when it cannot be told yet. */
  of(cluster: Cluster, namespace: string, signal: AbortSignal): Promise<OwnerFact> {
    const place = this.#placeOf(cluster, namespace);
    const { holder, timing, clock } = this.#options;
    if (place.heldUntil !== null && place.heldUntil - clock.monotonic() > timing.ownerMs / PARTS) {
      return Promise.resolve({ holder, ours: true });
    }
    return this.#look(place, signal);
  }

  /** Renews what is ours until it is stopped. */
  start(): Ticking {
    const { timing, clock, log } = this.#options;
    return startEvery({ name: 'renew the leases', everyMs: timing.ownerMs / PARTS, clock, log }, (signal) => this.#renew(signal));
  }

  async #renew(signal: AbortSignal): Promise<void> {
    const held = [...this.#places.values()].filter(({ heldUntil }) => heldUntil !== null);
    await Promise.all(held.map((place) => this.#renewOne(place, signal)));
  }

  async #renewOne(place: Place, signal: AbortSignal): Promise<void> {
    try {
      await this.#look(place, AbortSignal.any([signal, AbortSignal.timeout(this.#options.timing.readMs)]));
    } catch (error) {
      if (!(error instanceof ClusterError)) throw error;
      const { cluster, namespace } = place;
      this.#options.log.warn({ cluster: cluster.name, namespace, error: error.message }, 'the Lease of a namespace was not renewed');
    }
  }

  #placeOf(cluster: Cluster, namespace: string): Place {
    const key = `${cluster.name}/${namespace}`;
    const known = this.#places.get(key);
    if (known !== undefined) return known;
    const place = { cluster, namespace, heldUntil: null, foreign: null, looking: null };
    this.#places.set(key, place);
    return place;
  }

  #look(place: Place, signal: AbortSignal): Promise<OwnerFact> {
    place.looking ??= this.#lookNow(place, signal).finally(() => {
      place.looking = null;
    });
    return place.looking;
  }

  async #lookNow(place: Place, signal: AbortSignal): Promise<OwnerFact> {
    const { cluster, namespace } = place;
    const lease = await cluster.getLease(namespace, LEASE, signal);
    if (lease === null || lease.holder === null || this.#isFree(place, lease.holder, lease.renewed))
      return this.#take(place, lease, signal);
    place.heldUntil = null;
    const foreign = this.#watch(place, lease.holder, lease.renewed);
    if (foreign.alive) return { holder: foreign.holder, ours: false };
    const { timing } = this.#options;
    const words = `${foreign.holder} held the Lease ${LEASE} of namespace ${namespace}`;
    throw new ClusterError('overloaded', `${words}; whether it is still at work shows within ${timing.ownerMs / 1000} s`);
  }

  /** Ours, or of one who has not renewed it for too long. */
  #isFree({ foreign }: Place, holder: string, renewed: string): boolean {
    const { clock, timing } = this.#options;
    if (holder === this.#options.holder) return true;
    return foreign?.holder === holder && foreign.renewed === renewed && clock.monotonic() - foreign.since >= timing.ownerMs;
  }

  #watch(place: Place, holder: string, renewed: string): NonNullable<Place['foreign']> {
    const before = place.foreign;
    if (before?.holder === holder && before.renewed === renewed) return before;
    place.foreign = { holder, renewed, since: this.#options.clock.monotonic(), alive: before?.holder === holder };
    return place.foreign;
  }

  async #take(place: Place, lease: LeaseView | null, signal: AbortSignal): Promise<OwnerFact> {
    const { cluster, namespace, foreign } = place;
    const { holder, timing, clock, log } = this.#options;
    const asked = clock.monotonic();
    const request = { namespace, name: LEASE, holder, durationMs: timing.ownerMs, version: lease?.version ?? null };
    try {
      if (!(await cluster.putLease(request, signal))) {
        throw new ClusterError('overloaded', `somebody else took the Lease ${LEASE} of namespace ${namespace} at the same moment`);
      }
    } catch (error) {
      // No such namespace: what does not exist is nobody's, and that nothing is there is another guard's to say.
      if (error instanceof ClusterError && error.kind === 'invalid') return { holder, ours: true };
      throw error;
    }
    const from = lease?.holder === holder ? undefined : (foreign?.holder ?? null);
    if (from !== undefined) log.info({ cluster: cluster.name, namespace, holder, from }, 'acts in a namespace from now on');
    Object.assign(place, { heldUntil: asked + timing.ownerMs, foreign: null });
    return { holder, ours: true };
  }
}
