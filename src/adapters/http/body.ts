import { isUtf8 } from 'node:buffer';
import { safeText } from '../../core/safe-text.ts';
import { ApiError } from './envelope.ts';

/** Deeper than any webhook (4); what walks a body may recurse this far without thought. */
const maxDepth = 32;
const byteOrderMark = '\uFEFF';

/**
 * A request's JSON. `__proto__` and `constructor` are ordinary keys of the result, as `JSON.parse` makes them: whoever copies such an
 * object must define keys, never assign them. Of duplicate keys the last one counts.
 */
export function parseBody(bytes: Buffer): unknown {
  if (bytes.length === 0) throw new ApiError('bad_data', 'the body is empty: send JSON');
  if (!isUtf8(bytes)) throw new ApiError('bad_data', 'the body is not valid UTF-8');
  if (isDeeperThan(bytes, maxDepth)) throw new ApiError('bad_data', `the body is nested deeper than ${maxDepth} levels`);
  const text = bytes.toString('utf8');
  try {
    return JSON.parse(text.startsWith(byteOrderMark) ? text.slice(1) : text) as unknown;
  } catch (error) {
    throw new ApiError('bad_data', `the body is not JSON: ${safeText((error as Error).message, 200)}`);
  }
}

/** One pass over the bytes, before anything is allocated for them; brackets within strings do not count. */
function isDeeperThan(bytes: Buffer, limit: number): boolean {
  let depth = 0;
  let inString = false;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (inString) {
      if (byte === 0x5c) at++;
      else if (byte === 0x22) inString = false;
    } else if (byte === 0x22) inString = true;
    else if (byte === 0x5b || byte === 0x7b) {
      if (++depth > limit) return true;
    } else if (byte === 0x5d || byte === 0x7d) depth--;
  }
  return false;
}
