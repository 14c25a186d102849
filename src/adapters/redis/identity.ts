import type { Redis } from 'ioredis';
import { readInfo } from './server-info.ts';

/**
 * What the store is, compared with what it was when we last looked. The earlier identity is kept in the store itself, so it travels with
 * the data.
 * - `same`: the very process we knew.
 * - `fresh`: data that never saw us; an empty store, or another one.
 * - `restarted`: our data in another process; with an append-only file nothing acknowledged is missing, with a backup it may be.
 * - `failed-over`: a replica took over; the last writes may be missing.
 */
export type StoreChange = 'same' | 'fresh' | 'restarted' | 'failed-over';

interface Identity {
  readonly run: string;
  readonly replication: string;
}

/** Compares, then remembers. Call it at start and after each reconnect. `prefix` is the hash tag with its braces. */
export async function checkIdentity(client: Redis, prefix: string): Promise<StoreChange> {
  const key = `${prefix}:identity`;
  const info = await readInfo(client, 'server', 'replication');
  const now: Identity = { run: info.get('run_id') ?? '', replication: info.get('master_replid') ?? '' };
  const [run, replication] = await client.hmget(key, 'run', 'replication');
  if (run === now.run && replication === now.replication) return 'same';
  await client.hset(key, { ...now });
  if (run === null || run === undefined) return 'fresh';
  // A replica that was promoted keeps the name of the history that it followed as its second.
  return replication !== '' && info.get('master_replid2') === replication ? 'failed-over' : 'restarted';
}
