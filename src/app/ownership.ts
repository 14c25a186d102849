import type { OwnerFact } from '../core/facts.ts';
import { ClusterError, type Clock, type Cluster, type LeaseView, type Log } from '../core/ports.ts';
import type { Timing } from '../core/timing.ts';
import { startEvery, type Ticking } from './every.ts';

/** In each namespace in which remediad acts. */
export const LEASE = 'remediad-owner';

/** Of the time for which a Lease is ours: it is renewed after one of these, and an effect needs another to end in. */
const PARTS = 3;
/** Where nothing was to be done for so long, another installation may act. */
const KEEP_MS = 3_600_000;

export interface OwnershipOptions {
  /** Names this installation as of now, its replicas alike, and no other one: its name and that of its store. */
  readonly holder: () => string;
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
  /** When something was last about to be done there. */
  wantedAt: number;
  /** Somebody else's, as it was last seen, and since when it stands so. */
  foreign: { readonly holder: string; readonly renewed: string; readonly since: number } | null;
}

/**
 * Which installation acts in a namespace. The first that is about to takes the Lease there and renews it for as long as it has work there;
 * one that is not renewed for `ownerMs` may be taken over. The clocks of other machines are not believed: what counts is how long this
 * process saw it stand still.
 */
export class Ownership {
  readonly #options: OwnershipOptions;
  readonly #places = new Map<string, Place>();

  constructor(options: OwnershipOptions) {
    this.#options = options;
  }

  /** Whether this installation may act there, as the Lease says now; changes nothing. Throws `ClusterError`. */
  async of(cluster: Cluster, namespace: string, signal: AbortSignal): Promise<OwnerFact> {
    return this.#judge(this.#placeOf(cluster, namespace), await cluster.getLease(namespace, LEASE, signal));
  }

  /** The same, and the Lease is ours when the answer says so: for whoever acts next. Throws `ClusterError`. */
  async take(cluster: Cluster, namespace: string, signal: AbortSignal): Promise<OwnerFact> {
    const { holder, timing, clock } = this.#options;
    const place = this.#placeOf(cluster, namespace);
    place.wantedAt = clock.monotonic();
    if (place.heldUntil !== null && place.heldUntil - clock.monotonic() > timing.ownerMs / PARTS) return { holder: holder(), ours: true };
    return (await this.#takeOnce(place, signal)) ?? (await this.#takeOnce(place, signal)) ?? this.#lostRace(place);
  }

  /** Renews what is ours until it is stopped. */
  start(): Ticking {
    const { timing, clock, log } = this.#options;
    return startEvery({ name: 'renew the leases', everyMs: timing.ownerMs / PARTS, clock, log }, (signal) => this.#renew(signal));
  }

  async #renew(signal: AbortSignal): Promise<void> {
    const now = this.#options.clock.monotonic();
    for (const [key, { heldUntil, foreign, wantedAt }] of this.#places) {
      const idle = now - wantedAt > KEEP_MS;
      if (idle && (heldUntil !== null || foreign === null || now - foreign.since > KEEP_MS)) this.#places.delete(key);
    }
    const held = [...this.#places.values()].filter(({ heldUntil }) => heldUntil !== null);
    await Promise.all(
      held.map((place) => this.#renewOne(place, AbortSignal.any([signal, AbortSignal.timeout(this.#options.timing.readMs)]))),
    );
  }

  async #renewOne(place: Place, signal: AbortSignal): Promise<void> {
    const { cluster, namespace } = place;
    const about = { cluster: cluster.name, namespace };
    try {
      const lease = await cluster.getLease(namespace, LEASE, signal);
      // Somebody took it away, or the namespace is gone: whoever acts there next asks for it anew.
      if (lease === null) place.heldUntil = null;
      else if (!this.#judge(place, lease).ours)
        this.#options.log.error({ ...about, holder: lease.holder }, 'another installation took over a namespace');
      else await this.#put(place, lease, signal);
    } catch (error) {
      if (!(error instanceof ClusterError)) throw error;
      this.#options.log.warn({ ...about, error: error.message }, 'the Lease of a namespace was not renewed');
    }
  }

  #placeOf(cluster: Cluster, namespace: string): Place {
    const key = `${cluster.name}/${namespace}`;
    const known = this.#places.get(key);
    if (known !== undefined) return known;
    const place = { cluster, namespace, heldUntil: null, wantedAt: this.#options.clock.monotonic(), foreign: null };
    this.#places.set(key, place);
    return place;
  }

  /** Nobody's, ours, or of one who has not renewed it for too long: ours to act. */
  #judge(place: Place, lease: LeaseView | null): OwnerFact {
    const { holder, clock, timing } = this.#options;
    const ours = { holder: holder(), ours: true };
    if (lease?.holder !== holder()) place.heldUntil = null;
    if (lease === null || lease.holder === null || lease.holder === holder()) {
      place.foreign = null;
      return ours;
    }
    const { foreign } = place;
    const now = clock.monotonic();
    if (foreign?.holder !== lease.holder || foreign.renewed !== lease.renewed) {
      place.foreign = { holder: lease.holder, renewed: lease.renewed, since: now };
      return { holder: lease.holder, ours: false };
    }
    return now - foreign.since >= timing.ownerMs ? ours : { holder: lease.holder, ours: false };
  }

  /** null = somebody else was faster. */
  async #takeOnce(place: Place, signal: AbortSignal): Promise<OwnerFact | null> {
    const { cluster, namespace } = place;
    const lease = await cluster.getLease(namespace, LEASE, signal);
    const owner = this.#judge(place, lease);
    if (!owner.ours) return owner;
    return (await this.#put(place, lease, signal)) ? owner : null;
  }

  async #put(place: Place, lease: LeaseView | null, signal: AbortSignal): Promise<boolean> {
    const { cluster, namespace, foreign } = place;
    const { holder, timing, clock, log } = this.#options;
    const asked = clock.monotonic();
    const request = { namespace, name: LEASE, holder: holder(), durationMs: timing.ownerMs, version: lease?.version ?? null };
    if (!(await cluster.putLease(request, signal))) return false;
    if (lease?.holder !== request.holder) {
      log.info(
        { cluster: cluster.name, namespace, holder: request.holder, from: foreign?.holder ?? null },
        'acts in a namespace from now on',
      );
    }
    Object.assign(place, { heldUntil: asked + timing.ownerMs, foreign: null });
    return true;
  }

  #lostRace({ namespace }: Place): never {
    throw new ClusterError('overloaded', `the Lease ${LEASE} of namespace ${namespace} changes too fast to be taken`);
  }
}
