import { printable } from '../../core/safe-text.ts';

/** Rewrites one JSON line of the log as logfmt, `time level msg` first and `err` last, as Prometheus and Alertmanager print. */
export function toLogfmt(line: string): string {
  const { time, level, msg, err, ...facts } = JSON.parse(line) as Record<string, unknown>;
  const fields = { time, level, msg, ...facts, ...errorFields(err) };
  const pairs = Object.entries(fields).filter(([, value]) => value !== undefined);
  return `${pairs.map(([key, value]) => `${key.replaceAll(unsafeKey, '_')}=${quote(value)}`).join(' ')}\n`;
}

const unsafeKey = /[^\w.-]/g;
const plain = /^[\w.:/@+,<>*()[\]|~^%&;?!#$-]+$/;

function quote(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  if (plain.test(text)) return text;
  return printable(JSON.stringify(text));
}

function errorFields(err: unknown): Record<string, unknown> {
  if (err === null || typeof err !== 'object') return { err };
  const { type, message, stack } = err as Record<string, unknown>;
  return { stack, err: `${String(type)}: ${String(message)}` };
}
