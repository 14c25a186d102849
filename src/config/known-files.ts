import { statSync } from 'node:fs';
import { readText, type Text } from './files.ts';

/** File systems tell times as coarsely as this: of two writes within it the second may leave no trace in what `stat` says. */
const COARSE_MS = 5_000;
/** Whatever `stat` says, a file is read again after so long: not every file system keeps its word. */
const READ_AGAIN_MS = 60_000;

/** Files by path, as they were when they were read. */
export type KnownFiles = ReadonlyMap<string, KnownFile>;

interface KnownFile {
  /** What `stat` said before the file was read. */
  readonly stamp: string;
  readonly text: Text;
  readonly readAt: number;
  /** It had been left alone for so long that another write would show. */
  readonly settled: boolean;
}

/**
 * Reads a file of which something may be known at the price of a `stat`: a link that was turned, a file that was replaced, rewritten in place
 * or came back under its old inode is told by device, inode, size and both times, in nanoseconds. `now` is the wall clock, ms.
 */
export function readUnlessKnown(path: string, shown: string, before: KnownFile | undefined, now: number): KnownFile {
  const { stamp, changedAt } = stampOf(path);
  if (before !== undefined && before.settled && before.stamp === stamp && Math.abs(now - before.readAt) < READ_AGAIN_MS) return before;
  return { stamp, text: readText(path, shown), readAt: now, settled: now - changedAt > COARSE_MS };
}

/** What cannot be asked about is read each time: that tells why. */
function stampOf(path: string): { readonly stamp: string; readonly changedAt: number } {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs, ctimeMs } = statSync(path, { bigint: true });
    return { stamp: [dev, ino, size, mtimeNs, ctimeNs].join(' '), changedAt: Number(ctimeMs) };
  } catch {
    return { stamp: '', changedAt: Number.POSITIVE_INFINITY };
  }
}
