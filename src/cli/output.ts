import { Option } from 'commander';
import type { Io } from './command.ts';
import { harmless } from './table.ts';

export type Output = 'table' | 'text' | 'json';

/** `-o`, the same for every command; the first of `formats` is the usual one. */
export function outputOption(...formats: readonly [string, ...string[]]): Option {
  return new Option('-o, --output <format>', 'how to print').choices(formats).default(formats[0]);
}

/** Prints data as JSON, or in the command's own words. What alerts and servers said in it steers no terminal. */
export function print(io: Io, output: Output, data: unknown, inWords: () => string): void {
  io.out(harmless(output === 'json' ? JSON.stringify(data, null, 2) : inWords()));
}
