/** RFC 3339 text ↔ ms since the epoch: the one place of the core that knows a calendar. It never reads the clock. */

const grammar = /^(\d{4}-\d\d-\d\d)T((?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d)(?:\.(\d{1,9}))?(?:Z|([+-])([01]\d|2[0-3]):([0-5]\d))$/;

/** ms since the epoch, finer digits cut off; null if `text` is not RFC 3339 or no day of the calendar. */
export function parseTimestamp(text: string): number | null {
  const match = grammar.exec(text);
  if (match === null) return null;
  const [, date, time, fraction = '', sign, hours, minutes] = match;
  const utc = Date.parse(`${date}T${time}.${fraction.slice(0, 3).padEnd(3, '0')}Z`);
  // The engine reads 30 February as 1 March.
  if (Number.isNaN(utc) || new Date(utc).toISOString().slice(0, 10) !== date) return null;
  if (sign === undefined) return utc;
  const offset = (Number(hours) * 60 + Number(minutes)) * 60_000;
  return sign === '+' ? utc - offset : utc + offset;
}

/** RFC 3339 in UTC, to the millisecond: `2026-11-21T20:00:00.500Z`. */
export function formatTimestamp(ms: number): string {
  return new Date(ms).toISOString();
}

/** `20261121_200000`, UTC: sortable and fit for file, object and Kubernetes names. */
export function formatStamp(ms: number): string {
  const text = formatTimestamp(ms);
  return `${text.slice(0, 10).replaceAll('-', '')}_${text.slice(11, 19).replaceAll(':', '')}`;
}
