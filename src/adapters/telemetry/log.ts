import pino, { type Logger } from 'pino';
import { toLogfmt } from './logfmt.ts';
import { hideSecrets } from './secrets.ts';

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export const LOG_FORMATS = ['logfmt', 'json'] as const;

export interface LogOptions {
  readonly level: (typeof LOG_LEVELS)[number];
  readonly format: (typeof LOG_FORMATS)[number];
  /** Values that must never be printed, wherever they turn up. Asked for again every second, because files are read anew. */
  readonly secrets: () => readonly string[];
  /** Takes whole lines. */
  readonly write: (line: string) => void;
}

/** Fields that hold a secret by their name, at the top and one level down. */
const secretFields = ['authorization', 'token', 'bearerToken', 'password', 'secret', 'routingKey', 'apiKey'];

/** A line per event: RFC 3339 time in UTC, level by name, a static message, the facts in fields. It is a `Log` of core/ports.ts. */
export function createLog({ level, format, secrets, write }: LogOptions): Logger {
  const known = keptFor(1_000, secrets);
  const stream = {
    write(line: string) {
      write(hideSecrets(format === 'logfmt' ? toLogfmt(line) : line, known()));
    },
  };
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: { paths: secretFields.flatMap((name) => [name, `*.${name}`]), censor: '<secret>' },
  };
  return pino(options, stream);
}

function keptFor<T>(ms: number, ask: () => T): () => T {
  let answer: { readonly at: number; readonly value: T } | null = null;
  return () => {
    const now = performance.now();
    if (answer === null || now - answer.at >= ms) answer = { at: now, value: ask() };
    return answer.value;
  };
}
