import { ReplyError, type Redis } from 'ioredis';

/** The answer of INFO; a field that this server or its provider hides is missing. */
export type ServerInfo = ReadonlyMap<string, string>;

export async function readInfo(client: Redis, ...sections: readonly string[]): Promise<ServerInfo> {
  // One section a call: several at once came with Redis 7.
  const texts = await Promise.all(sections.map((section) => readSection(client, section)));
  const fields = texts.flatMap((text) => text.split(/\r?\n/)).filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(fields.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)]));
}

/** Empty when this user may not ask; a store that does not answer throws. */
async function readSection(client: Redis, section: string): Promise<string> {
  try {
    return await client.info(section);
  } catch (error) {
    if (error instanceof ReplyError) return '';
    throw error;
  }
}

/** NaN where it is missing. */
export function numberOf(info: ServerInfo, field: string): number {
  const text = info.get(field);
  return text === undefined || text === '' ? Number.NaN : Number(text);
}

/** One setting; null where the provider hides CONFIG. */
export async function readSetting(client: Redis, name: string): Promise<string | null> {
  try {
    const [, value] = await client.config('GET', name);
    return value ?? null;
  } catch {
    return null;
  }
}
