/** The candidate that `word` was most likely meant to be; null if none is near. */
export function nearest(word: string, candidates: Iterable<string>): string | null {
  let best: string | null = null;
  let least = Number.POSITIVE_INFINITY;
  for (const candidate of candidates) {
    const allowed = Math.max(1, Math.floor(Math.max(word.length, candidate.length) / 3));
    const limit = Math.min(least, allowed + 1);
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase(), limit);
    if (distance >= limit) continue;
    best = candidate;
    least = distance;
  }
  return best;
}

/** `: did you mean "b"?`; nothing where none is near. */
export function didYouMean(word: string, candidates: Iterable<string>): string {
  const near = nearest(word, candidates);
  return near === null ? '' : `: did you mean "${near}"?`;
}

/** Insertions, deletions, replacements and swaps of neighbours; `limit` or more is told as `limit`. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let older: number[] = [];
  let old = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1];
      const swapped = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const cost = Math.min(at(row, j - 1) + 1, at(old, j) + 1, at(old, j - 1) + (same ? 0 : 1));
      row.push(swapped ? Math.min(cost, at(older, j - 2) + 1) : cost);
    }
    older = old;
    old = row;
  }
  return Math.min(at(old, b.length), limit);
}

const at = (row: readonly number[], index: number): number => row[index] as number;
