import { KEPT_SET_LIMIT, packSet } from '../config/kept-set.ts';
import type { SourceSet } from '../config/source-set.ts';
import type { Log } from '../core/ports.ts';
import type { Keep } from './in-force.ts';

/** A set as the store keeps it; null = it is too large for that, which is told. */
export function keepOf(set: SourceSet, why: Keep['why'], log: Pick<Log, 'warn'>): Keep | null {
  const text = packSet(set);
  if (text.length <= KEPT_SET_LIMIT) return { text, why };
  log.warn(
    { bytes: text.length, limit: KEPT_SET_LIMIT },
    'the configuration is too large to be kept: a start with a bad one cannot fall back on it',
  );
  return null;
}
