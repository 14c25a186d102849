import type { Clock, Log, LogFields } from '../../src/core/ports.ts';

export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly message: string;
  readonly fields: LogFields;
}

export interface RecordingLog extends Log {
  readonly lines: readonly LogLine[];
  /** Messages of this level and above, in order. */
  said(level?: 'info' | 'warn' | 'error'): string[];
}

const ORDER = ['debug', 'info', 'warn', 'error'] as const;

/** Keeps what is logged, in order; children write to the same list. */
export function recordingLog(): RecordingLog {
  const lines: LogLine[] = [];
  const withFields = (own: LogFields): Log => {
    const write = (level: LogLine['level']) => (fields: LogFields, message: string) => {
      lines.push({ level, message, fields: { ...own, ...fields } });
    };
    return {
      debug: write('debug'),
      info: write('info'),
      warn: write('warn'),
      error: write('error'),
      child: (fields) => withFields({ ...own, ...fields }),
    };
  };
  const said = (least: LogLine['level'] = 'info') =>
    lines.filter(({ level }) => ORDER.indexOf(level) >= ORDER.indexOf(least)).map(({ message }) => message);
  return { ...withFields({}), lines, said };
}

/** The clocks of this process. */
export const processClock: Clock = { now: () => Date.now(), monotonic: () => performance.now() };

/** A clock that stands still until it is moved. */
export function handClock(start = 0): Clock & { advance(ms: number): void } {
  let elapsed = 0;
  return { now: () => start + elapsed, monotonic: () => elapsed, advance: (ms) => void (elapsed += ms) };
}
