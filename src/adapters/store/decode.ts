import { StoreError } from '../../core/store.ts';

/**
 * Readers of the store's answers. A malformed one is an error here, not an undefined somewhere else. A nil of Redis is null.
 */
function malformed(what: string, value: unknown): StoreError {
  return new StoreError('protocol', `the store answered ${JSON.stringify(value)?.slice(0, 200)} where ${what} was due`);
}

export function list(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw malformed('a list', value);
  return value;
}

export function text(value: unknown): string {
  if (typeof value !== 'string') throw malformed('a text', value);
  return value;
}

/** An empty text and nil are the absent one. */
export function optionalText(value: unknown): string | null {
  return value === null || value === undefined || value === '' ? null : text(value);
}

/** Integers come as numbers, fields of hashes as texts. */
export function number(value: unknown): number {
  const read = typeof value === 'number' ? value : typeof value === 'string' && value !== '' ? Number(value) : Number.NaN;
  if (!Number.isFinite(read)) throw malformed('a number', value);
  return read;
}

export function optionalNumber(value: unknown): number | null {
  return value === null || value === undefined || value === '' ? null : number(value);
}

/** −1 stands for none. */
export function timeOrNone(value: unknown): number | null {
  const read = number(value);
  return read < 0 ? null : read;
}

export function oneOf<T extends string>(words: readonly T[], value: unknown): T {
  const word = words.find((one) => one === value);
  if (word === undefined) throw malformed(`one of ${words.join(', ')}`, value);
  return word;
}

/** A JSON object that this program wrote: its members are trusted to have the shape that its schema number says. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the caller says which shape was written
export function object<T extends object>(value: unknown): T {
  const json = text(value);
  let read: unknown;
  try {
    read = JSON.parse(json);
  } catch {
    throw malformed('a JSON object', json);
  }
  if (typeof read !== 'object' || read === null || Array.isArray(read)) throw malformed('a JSON object', json);
  return read as T;
}

/** `[name, value, name, value, …]` */
export function pairs(value: unknown): Map<string, string> {
  const flat = list(value);
  const map = new Map<string, string>();
  for (let at = 0; at < flat.length; at += 2) map.set(text(flat[at]), text(flat[at + 1]));
  return map;
}
