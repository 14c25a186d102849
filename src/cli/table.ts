import { printable } from '../core/safe-text.ts';

/** A table for a terminal, in kubectl's manner: upper-case heads, columns three spaces apart, no lines. */
export function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = heads.map((head, column) => Math.max(head.length, ...rows.map((row) => (row[column] ?? '').length)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('   ')
      .trimEnd();
  return [heads.map((head) => head.toUpperCase()), ...rows].map(line).join('\n');
}

/** Age as kubectl tells it: the two largest units at most. */
export function age(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 120) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours}h${minutes % 60}m` : `${Math.floor(hours / 24)}d`;
}

/** Line by line, every control and direction character written out, which in JSON is an escape of the same character. */
export function harmless(text: string): string {
  return text.split('\n').map(printable).join('\n');
}
