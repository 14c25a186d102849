import { createHash, timingSafeEqual } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';

/** `unreadable`: the fault is ours, so the caller should try again. */
export type Access = 'granted' | 'refused' | 'unreadable';

export interface Gatekeeper {
  /** `authorization` as in the request's header. */
  check(authorization: string | undefined): Access;
}

const lookAgainMs = 1_000;

/**
 * Bearer tokens from a file, one a line, all valid at once so that they can be rotated. The file is looked at again at most once a
 * second; when it cannot be read or holds no token nobody gets in, whatever it held before. `monotonic` in ms.
 */
export function tokenFile(path: string, monotonic: () => number): Gatekeeper {
  let version = '';
  let digests: readonly Buffer[] = [];
  let lookedAt = Number.NEGATIVE_INFINITY;

  function refresh(): void {
    const now = monotonic();
    if (now - lookedAt < lookAgainMs) return;
    lookedAt = now;
    try {
      const { mtimeNs, ino, size } = statSync(path, { bigint: true });
      const found = `${mtimeNs} ${ino} ${size}`;
      if (found === version) return;
      digests = readFileSync(path, 'utf8').split('\n').map(trim).filter(Boolean).map(digest);
      version = found;
    } catch {
      version = '';
      digests = [];
    }
  }

  return {
    check(authorization) {
      refresh();
      if (digests.length === 0) return 'unreadable';
      const given = /^bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
      if (given === undefined) return 'refused';
      const wanted = digest(given);
      // Every token is compared, and in constant time: the time taken tells nothing.
      const hits = digests.filter((token) => timingSafeEqual(token, wanted));
      return hits.length > 0 ? 'granted' : 'refused';
    },
  };
}

const trim = (line: string): string => line.trim();
const digest = (token: string): Buffer => createHash('sha256').update(token).digest();
