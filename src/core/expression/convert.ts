import type { Json } from '../json.ts';
import type { Root } from './environment.ts';
import type { Read } from './inspect.ts';

/** The part of the variables that an expression reads; `null` = the whole of it. */
export type Selection = ReadonlyMap<string, Selection> | null;

/** `total`: characters and elements of one result, all told. */
const limits = { list: 256, text: 16_384, depth: 32, total: 65_536 } as const;

/** A value that cannot enter or leave an expression. */
export class ConversionError extends Error {
  override readonly name = 'ConversionError';
}

/** A read of a whole takes in every read of a part of it. */
export function selectionOf(reads: readonly Read[]): ReadonlyMap<Root, Selection> {
  const top = new Map<Root, Selection>();
  for (const { root, path } of reads) top.set(root, merge(top.get(root), path));
  return top;
}

function merge(into: Selection | undefined, [key, ...rest]: readonly string[]): Selection {
  if (into === null || key === undefined) return null;
  const merged = new Map(into);
  merged.set(key, merge(merged.get(key), rest));
  return merged;
}

/** JSON as CEL values: maps become `Map`, so that no key is special; whole numbers become ints. */
export function toCel(value: Json, selection: Selection, depth = 0): unknown {
  if (typeof value === 'string') return bounded(value);
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (value === null || typeof value === 'boolean') return value;
  if (depth > limits.depth) throw new ConversionError(`values are nested more than ${limits.depth} deep`);
  if (isList(value)) return boundedList(value).map((item) => toCel(item, null, depth + 1));
  const map = new Map<string, unknown>();
  for (const [key, part] of selection ?? boundedList(Object.keys(value)).map((name) => [name, null] as const)) {
    const member = Object.hasOwn(value, key) ? value[key] : undefined;
    if (member !== undefined) map.set(key, toCel(member, part, depth + 1));
  }
  return map;
}

/** The value of an expression as JSON. Throws `ConversionError` for what JSON cannot hold, or not in reason. */
export function fromCel(value: unknown): Json {
  return leave(value, { left: limits.total });
}

function leave(value: unknown, room: { left: number }): Json {
  room.left -= typeof value === 'string' ? value.length : 1;
  if (room.left < 0) throw new ConversionError(`the value has more than ${limits.total} characters and elements`);
  if (typeof value === 'string') return bounded(value);
  if (value === null || typeof value === 'boolean') return value;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  if (typeof value === 'bigint' && Number.isSafeInteger(Number(value))) return Number(value);
  if (Array.isArray(value)) return boundedList(value).map((item) => leave(item, room));
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, member]) => [String(key), leave(member, room)]));
  if (isPlain(value)) return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, leave(member, room)]));
  throw new ConversionError(
    `${typeof value === 'number' || typeof value === 'bigint' ? String(value) : 'a value of this type'} cannot leave an expression`,
  );
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

const isList = (value: Json): value is readonly Json[] => Array.isArray(value);

function bounded(text: string): string {
  if (text.length > limits.text) throw new ConversionError(`a text is longer than ${limits.text} characters`);
  return text;
}

function boundedList<T>(list: readonly T[]): readonly T[] {
  if (list.length > limits.list) throw new ConversionError(`a list or map has more than ${limits.list} elements`);
  return list;
}
