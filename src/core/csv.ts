/** Comma-separated values as RFC 4180 says, safe to open in a spreadsheet. */

/** A cell that begins so is taken for a formula by spreadsheets; a tab or a line's end before it does not help. */
const FORMULA = /^[\t\r\n ]*[=+\-@]/;

/** Lines end in CRLF, the last one too. What a spreadsheet would run as a formula begins with `'`; a number, also a negative one, stands as it is. */
export function csv(heads: readonly string[], rows: readonly (readonly (string | number | null)[])[]): string {
  return [heads, ...rows].map((cells) => `${cells.map(cell).join(',')}\r\n`).join('');
}

function cell(value: string | number | null): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  const text = FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
