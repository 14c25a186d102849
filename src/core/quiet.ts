import type { Clock, Log, LogFields } from './ports.ts';

/** Says the first of a kind at once and then at most one every so often, with the number of those left unsaid. */
export interface QuietLog {
  warn(kind: string, fields: LogFields, message: string): void;
  error(kind: string, fields: LogFields, message: string): void;
}

/** For what may come thousands of times a second, like the errors of a store that is away. `kind` must come from a small closed set. */
export function quietLog(log: Log, clock: Clock, everyMs = 10_000): QuietLog {
  const kinds = new Map<string, { saidAt: number; unsaid: number }>();
  const say = (level: 'warn' | 'error', kind: string, fields: LogFields, message: string): void => {
    const now = clock.monotonic();
    const before = kinds.get(kind);
    if (before !== undefined && now - before.saidAt < everyMs) {
      before.unsaid += 1;
      return;
    }
    kinds.set(kind, { saidAt: now, unsaid: 0 });
    const unsaid = before?.unsaid ?? 0;
    log[level](unsaid === 0 ? fields : { ...fields, unsaid }, message);
  };
  return {
    warn: (kind, fields, message) => say('warn', kind, fields, message),
    error: (kind, fields, message) => say('error', kind, fields, message),
  };
}
