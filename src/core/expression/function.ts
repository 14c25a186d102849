import { EvaluationError } from '@marcbachmann/cel-js';
import { compileRegexp } from '../regexp.ts';
import { formatStamp } from '../timestamp.ts';

/** The host of `host:port`, `[v6]:port`, or of a host alone; an IPv6 address comes without its brackets. */
export function host(address: string): string {
  const bracketed = /^\[([^[\]]+)\](?::\d+)?$/.exec(address)?.[1];
  if (bracketed !== undefined) return bracketed;
  // Eight groups, or six and an IPv4 address, unless some are left out: with fewer the last could be a port.
  const groups = address.includes('.') ? 7 : 8;
  const isBareV6 = /^[0-9A-Fa-f:.]+(?:%\w+)?$/.test(address) && (address.includes('::') || address.split(':').length === groups);
  if (isBareV6) return address;
  const named = /^([^\s:/[\]]+)(?::\d+)?$/.exec(address)?.[1];
  if (named !== undefined) return named;
  throw new EvaluationError(`host(): ${JSON.stringify(address)} is no host and no host:port`);
}

/** `ms` since the epoch as `20261121_200000` in UTC. */
export function stamp(ms: bigint): string {
  const number = Number(ms);
  // Years 0000 to 9999: outside of them the text changes its width.
  if (number < -62_167_219_200_000 || number > 253_402_300_799_999)
    throw new EvaluationError(`stamp(): ${ms} is no time in ms since the epoch`);
  return formatStamp(number);
}

/** Makes text safe inside a PromQL string, in single or double quotes. */
export function promql(text: string): string {
  return text.replaceAll(/[\\"'`[\p{Cc}&&\p{ASCII}]]/gv, (char) => String.raw`\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

/** Some part of the text matches the RE2 pattern. Patterns are literals of the expression, so there are few. */
export function re2(text: string, pattern: string): boolean {
  return compileRegexp(pattern).finds(text);
}
