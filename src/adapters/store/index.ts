import type { Redis } from 'ioredis';
import type { SetStore } from '../../core/set-store.ts';
import {
  StoreError,
  type BlobStore,
  type BrakeStore,
  type DeliveryStore,
  type EpisodeStore,
  type HistoryStore,
  type IncidentStore,
  type IntakeStore,
  type RecordStore,
  type RunStore,
} from '../../core/store.ts';
import type { StartStore } from '../../core/store-starts.ts';
import type { Timing } from '../../core/timing.ts';
import { blobStore } from './blobs.ts';
import { brakeStore } from './brakes.ts';
import { list, number, oneOf, text, timeOrNone } from './decode.ts';
import { deliveryStore } from './deliveries.ts';
import { episodeStore } from './episodes.ts';
import { historyStore } from './history.ts';
import { incidentStore } from './incidents.ts';
import { intakeStore } from './intake.ts';
import { hashTag, keysOf } from './keys.ts';
import { recordStore } from './records.ts';
import { replication, type Replicas } from './replication.ts';
import { runStore } from './runs.ts';
import { setStore } from './sets.ts';
import { startStore } from './starts.ts';
import { defaultLimits, readScripts, scriptRunner, type Limits, type ScriptTexts } from './scripts.ts';

/** Grows with every change of keys that an older remediad could misread. */
export const STORE_SCHEMA = 1;

export interface StoreOptions {
  /** For scripts and plain reads. The store does not close it. */
  readonly redis: Redis;
  /** A connection that may block, for whoever waits for audit records; `redis` is duplicated when it is first needed. */
  readonly blocking?: Redis;
  readonly installation: string;
  readonly timing: Timing;
  /** Replicas that must have a write before it counts; none by default. */
  readonly replicas?: Replicas;
  readonly limits?: Partial<Limits>;
  /** Tests give changed ones. */
  readonly scripts?: ScriptTexts;
}

export interface Store
  extends
    IntakeStore,
    RunStore,
    StartStore,
    BrakeStore,
    HistoryStore,
    IncidentStore,
    DeliveryStore,
    BlobStore,
    EpisodeStore,
    RecordStore,
    SetStore,
    AsyncDisposable {
  /**
   * Checks that the store is this installation's, not newer than we are, and takes writes; throws a `StoreError` with one sentence that says
   * what to do. The same again changes nothing. Answers what became of its server since anybody looked.
   */
  open(): Promise<StoreState>;
  /** Makes due whatever an earlier daemon held. Only where it is known to be dead, as with the embedded store. Answers the number of runs. */
  voidLeases(): Promise<number>;
}

/**
 * - `same`: the very process we knew.
 * - `fresh`: data that never saw us; an empty store, or another one.
 * - `restarted`: our data in another process; with an append-only file nothing acknowledged is missing.
 * - `failed-over`: a replica took over; the last writes may be missing.
 */
const CHANGES = ['same', 'fresh', 'restarted', 'failed-over'] as const;

export interface StoreState {
  readonly change: (typeof CHANGES)[number];
  /** When it was made, as text: with the installation's name it tells this store from every other. */
  readonly created: string;
  /** It may have forgotten what it was told: until when (ms) nothing is begun. null = no such time. */
  readonly forgetfulUntil: number | null;
}

export function createStore(options: StoreOptions): Store {
  const { redis, installation, timing } = options;
  const keys = keysOf(installation);
  const limits = { ...defaultLimits, ...options.limits };
  const script = scriptRunner(redis, hashTag(installation), timing, limits, options.scripts ?? readScripts());
  const confirm = replication(redis, options.replicas);
  let own: Redis | undefined;
  const blocking = (): Redis => options.blocking ?? (own ??= redis.duplicate());
  return {
    ...intakeStore(script, confirm),
    ...runStore(script, confirm),
    ...startStore(script, confirm),
    ...brakeStore(redis, keys, script),
    ...historyStore(redis, keys, script),
    ...incidentStore(redis, keys, script),
    ...deliveryStore(installation, script),
    ...blobStore(redis, keys),
    ...episodeStore(redis, keys),
    ...setStore(redis, keys, script),
    ...recordStore(redis, blocking, installation, keys, script),
    open: async () => stateFrom(installation, list(await script('meta', { schema: STORE_SCHEMA, installation }))),
    voidLeases: async () => number(await script('void-leases', {})),
    async [Symbol.asyncDispose]() {
      await own?.quit().catch(() => own?.disconnect());
    },
  };
}

function stateFrom(installation: string, [schema, owner, change, holdUntil, created]: readonly unknown[]): StoreState {
  if (text(owner) !== installation) {
    throw new StoreError(
      'protocol',
      `the store belongs to the installation ${text(owner)}, not to ${installation}: use another store or that name`,
    );
  }
  if (number(schema) > STORE_SCHEMA) {
    throw new StoreError(
      'protocol',
      `the store was written by a newer remediad (schema ${number(schema)}, this one knows ${STORE_SCHEMA}): start that version`,
    );
  }
  return { change: oneOf(CHANGES, change), created: text(created), forgetfulUntil: timeOrNone(holdUntil) };
}
