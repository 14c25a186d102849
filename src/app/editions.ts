import { EDITION_SCHEMA, type Edition } from '../core/edition.ts';
import type { BlobStore } from '../core/store.ts';

/** Editions by content hash, read once; what a hash stands for never changes. */
const CACHED = 1000;
const cache = new WeakMap<BlobStore, Map<string, Edition>>();

/** The edition cannot be read, or was written by a newer remediad. */
export class EditionError extends Error {}

/** Throws `EditionError`, or `StoreError` when the store does not answer. */
export async function editionOf(deps: { readonly store: BlobStore }, hash: string): Promise<Edition> {
  const known = cache.get(deps.store) ?? new Map<string, Edition>();
  cache.set(deps.store, known);
  const cached = known.get(hash);
  if (cached !== undefined) return cached;
  const text = await deps.store.getBlob(hash);
  if (text === null) throw new EditionError(`edition ${hash} is not in the store`);
  const edition = JSON.parse(text) as Edition;
  if (edition.schema > EDITION_SCHEMA)
    throw new EditionError(`edition ${hash} has schema ${edition.schema}, this remediad knows ${EDITION_SCHEMA}`);
  if (known.size >= CACHED) known.clear();
  known.set(hash, edition);
  return edition;
}
