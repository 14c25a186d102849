/** Prometheus' durations: `1h30m`, units y w d h m s ms in descending order, each at most once; a bare `0` is allowed. */

const unitMs = new Map([
  ['y', 31_536_000_000],
  ['w', 604_800_000],
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1],
]);

/** Where Prometheus stops: durations are 64-bit nanoseconds there. */
const maxMs = 9_223_372_036_854;

export class DurationError extends Error {
  override readonly name = 'DurationError';
}

/** Milliseconds of `text`. Throws `DurationError`, worded as Prometheus words it. */
export function parseDuration(text: string): number {
  if (text === '') throw new DurationError('empty duration string');
  if (text === '0') return 0;
  let ms = 0;
  let smallest = Number.POSITIVE_INFINITY;
  for (const [, digits = '', unit = ''] of text.matchAll(/(\d*)(\D*)/g)) {
    if (digits === '' && unit === '') break; // the empty match at the end of the text
    if (digits === '' || unit === '') throw notValid(text);
    const size = unitMs.get(unit);
    if (size === undefined) throw new DurationError(`unknown unit ${JSON.stringify(unit)} in duration ${JSON.stringify(text)}`);
    if (size >= smallest) throw notValid(text);
    smallest = size;
    ms += Number(digits) * size;
  }
  if (ms > maxMs) throw new DurationError('duration out of range');
  return ms;
}

function notValid(text: string): DurationError {
  return new DurationError(`not a valid duration string: ${JSON.stringify(text)}`);
}

/** The shortest text that parses to the same number; years and weeks only where they are exact. `ms`: a whole number ≥ 0. */
export function formatDuration(ms: number): string {
  if (!Number.isSafeInteger(ms) || ms < 0) throw new RangeError(`not a duration in milliseconds: ${ms}`);
  if (ms === 0) return '0s';
  let rest = ms;
  let text = '';
  for (const [unit, size] of unitMs) {
    const exactOnly = unit === 'y' || unit === 'w';
    const count = Math.floor(rest / size);
    if (count === 0 || (exactOnly && rest % size !== 0)) continue;
    text += `${count}${unit}`;
    rest -= count * size;
  }
  return text;
}
