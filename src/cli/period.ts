import { parseDuration } from '../core/duration.ts';
import { parseTimestamp } from '../core/timestamp.ts';
import { CommandError, EXIT } from './command.ts';

/** A point in time as `--since` and `--until` take it: RFC 3339, or a duration before now. Answers ms; names the flag when it is neither. */
export function timeOf(flag: string, text: string, now: number): number {
  const at = parseTimestamp(text);
  if (at !== null) return at;
  try {
    return now - parseDuration(text);
  } catch {
    throw new CommandError(`${flag}: ${JSON.stringify(text)} is neither a duration (7d) nor a time (2026-11-21T20:00:00Z)`, EXIT.usage);
  }
}
