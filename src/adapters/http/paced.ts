/**
 * Lets one of many through: true at most once in `everyMs` for each key, with the number kept back since. Keys come from closed sets.
 */
export function paced(everyMs: number, monotonic: () => number) {
  const seen = new Map<string, { at: number; kept: number }>();
  return (key: string): { readonly keptBack: number } | null => {
    const now = monotonic();
    const last = seen.get(key);
    if (last !== undefined && now - last.at < everyMs) {
      last.kept++;
      return null;
    }
    seen.set(key, { at: now, kept: 0 });
    return { keptBack: last?.kept ?? 0 };
  };
}
