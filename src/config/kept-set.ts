import { gunzipSync, gzipSync } from 'node:zlib';
import type { Text } from './files.ts';
import type { SourceFile, SourceSet } from './source-set.ts';

/** What one set may take in the store, in bytes as packed. */
export const KEPT_SET_LIMIT = 4 * 1_048_576;

/** Grows with every change that an older reader could misread. */
const SCHEMA = 1;

/** A set as text for the store: whole files with their paths, packed. The password that the store's own address may hold is left out. */
export function packSet(set: SourceSet): string {
  const root = set.root === null ? null : { ...set.root, text: withoutPasswords(set.root.text) };
  return gzipSync(JSON.stringify({ schema: SCHEMA, ...set, root })).toString('base64');
}

/** Throws one sentence when it is none of ours. `rootPath`: where the root file is now; paths in it are relative to there. */
export function unpackSet(packed: string, rootPath: string | null): SourceSet {
  const { schema, ...set } = JSON.parse(gunzipSync(Buffer.from(packed, 'base64')).toString()) as SourceSet & { readonly schema: number };
  if (schema !== SCHEMA) throw new Error(`it was kept by another version of remediad (schema ${schema}, this one knows ${SCHEMA})`);
  const root: SourceFile | null = set.root === null ? null : { ...set.root, path: rootPath ?? set.root.path };
  return { ...set, root };
}

function withoutPasswords(text: Text): Text {
  if (!('content' in text)) return text;
  return { ...text, content: text.content.replaceAll(/\b((?:rediss?|redis-sentinel|unix):\/\/)[^\s/@"']*@/g, '$1<secret>@') };
}
