/** JSON values, and their one canonical text (keys in code unit order), over which every hash is taken. */
export type Json = string | number | boolean | null | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}

export function canonicalJson(value: unknown): string {
  return write(value, nothing);
}

/** The same, where the texts of some parts are known: many values share them. */
export function canonicalJsonKnowing(texts: ReadonlyMap<unknown, string>): (value: unknown) => string {
  return (value) => write(value, texts);
}

const nothing: ReadonlyMap<unknown, string> = new Map();

function write(value: unknown, known: ReadonlyMap<unknown, string>): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value ?? null);
  const text = known.get(value);
  if (text !== undefined) return text;
  if (Array.isArray(value)) return `[${value.map((item) => write(item, known)).join(',')}]`;
  let members = '';
  // Without a comparison of its own, sort goes by code units.
  for (const key of Object.keys(value).sort()) {
    const member = (value as Record<string, unknown>)[key];
    if (member !== undefined) members += `${members === '' ? '' : ','}${JSON.stringify(key)}:${write(member, known)}`;
  }
  return `{${members}}`;
}

/** A string as it is, anything else as JSON. */
export function textOf(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
