/** Names of keys for plain reads; the scripts make theirs with the same words (`K` in scripts/lib.lua). */
export type Keys = (...parts: readonly string[]) => string;

/** All keys of an installation hash to one slot of a cluster. */
export function hashTag(installation: string): string {
  if (!/^[A-Za-z0-9._-]{1,64}$/.test(installation)) {
    throw new RangeError(`installation ${JSON.stringify(installation)}: use 1 to 64 letters, digits, ".", "_" or "-"`);
  }
  return `{${installation}}`;
}

export function keysOf(installation: string): Keys {
  const tag = hashTag(installation);
  return (...parts) => [tag, ...parts].join(':');
}
