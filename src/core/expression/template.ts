import type { Json } from '../json.ts';
import { ExpressionError } from './error.ts';

/** A template is text and pieces of CEL by turns. */
export type Part =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'cel'; readonly text: string; readonly offset: number };

/** Splits at `${…}`; `$${` stands for the characters `${`. Throws `ExpressionError` where a `}` is missing. */
export function splitTemplate(template: string): Part[] {
  const parts: Part[] = [];
  let text = '';
  let at = 0;
  while (at < template.length) {
    if (template.startsWith('$${', at)) {
      text += '${';
      at += 3;
    } else if (template.startsWith('${', at)) {
      const end = findEnd(template, at + 2);
      if (text !== '') parts.push({ kind: 'text', text });
      text = '';
      parts.push({ kind: 'cel', text: template.slice(at + 2, end), offset: at + 2 });
      at = end + 1;
    } else {
      text += template.charAt(at);
      at += 1;
    }
  }
  if (text !== '') parts.push({ kind: 'text', text });
  return parts;
}

/** Strings of CEL, in which braces do not count; a string that does not end is left to the parser. */
const strings = /"""(?:\\[^]|(?!""")[^])*"""|'''(?:\\[^]|(?!''')[^])*'''|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'/y;

function findEnd(template: string, start: number): number {
  let depth = 0;
  let at = start;
  while (at < template.length) {
    const char = template.charAt(at);
    if (char === '}' && depth === 0) return at;
    if (char === '{') depth += 1;
    if (char === '}') depth -= 1;
    strings.lastIndex = at;
    at += (char === '"' || char === "'" ? strings.exec(template)?.[0].length : undefined) ?? 1;
  }
  throw new ExpressionError('syntax', '"${" has no closing "}"', { offset: start - 2, length: 2 });
}

/** A value inside text: only what has one obvious spelling. */
export function asText(value: Json, at: { readonly offset: number; readonly length: number }): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  const what = value === null ? 'null' : Array.isArray(value) ? 'a list' : 'a map';
  throw new ExpressionError('value', `${what} cannot stand inside text`, at);
}
