import { CORE_SCHEMA, load } from 'js-yaml';
import type { Json } from '../core/json.ts';
import { yamlLimits } from './yaml-content.ts';

/**
 * The content of a file in which nothing is odd, from a parser that knows no places and takes a tenth of the time. undefined = it may hold
 * what is read otherwise, or is refused, by the parser that knows them: that one must read it. A property holds both to one another.
 */
export function readFast(text: string): Json | undefined {
  if (odd.test(text)) return undefined;
  try {
    const value = load(text, { schema: CORE_SCHEMA });
    return typeof value === 'object' && value !== null && isPlain(value, 0) ? value : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Anchors, aliases and tags, keys with a sign, merges, directives, markers of documents, blocks that say how deep they are, tabs, and numbers
 * of older versions of YAML.
 */
const odd = /(?:^|[\s,:[\]{}-])(?:[&*]|!(?!=)|\?(?:\s|$))|<<|^%|^ *(?:---|\.\.\.)|[|>][-+]?\d|\t|\r|\d_|0b|\d[eE]/m;

function isPlain(value: unknown, depth: number): value is Json {
  if (depth > yamlLimits.depth) return false;
  if (typeof value === 'number') return Number.isSafeInteger(value) && !Object.is(value, -0);
  if (typeof value !== 'object' || value === null) return value === null || ['string', 'boolean'].includes(typeof value);
  if (Array.isArray(value)) return value.every((item) => isPlain(item, depth + 1));
  const members = Object.entries(value);
  return members.length <= yamlLimits.entries && members.every(([key, member]) => isPlainKey(key) && isPlain(member, depth + 1));
}

/** A key that is a text whatever it is taken for. */
const isPlainKey = (key: string): boolean => /^[A-Za-z_][\w./-]*$/.test(key) && !/^(?:null|true|false|nan|infinity|__proto__)$/i.test(key);
