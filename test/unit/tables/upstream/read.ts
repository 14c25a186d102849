import { readFileSync } from 'node:fs';

/** A table of `test/fixtures/upstream`. */
export function readTable(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`../../../fixtures/upstream/${name}.json`, import.meta.url), 'utf8'));
}

/** What `read` answers, or the message of the one error that it may throw. */
export function outcome<T>(type: new (message: string) => Error, read: () => T): T | string {
  try {
    return read();
  } catch (error) {
    if (error instanceof type) return error.message;
    throw error;
  }
}
