/** Go's interpreted string literals, which Alertmanager uses for quoted names and values. */

const letters = new Map([
  ['a', 0x07],
  ['b', 0x08],
  ['f', 0x0c],
  ['n', 0x0a],
  ['r', 0x0d],
  ['t', 0x09],
  ['v', 0x0b],
  ['\\', 0x5c],
  ['"', 0x22],
]);
const byteEscape = /^(?:x([0-9a-fA-F]{2})|([0-3][0-7]{2}))/;
const pointEscape = /^(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))/;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

/** The text that a literal (with its quotes) stands for, or null where it stands for none: a bad escape, a raw newline, bytes that are not UTF-8. */
export function unquote(literal: string): string | null {
  const inner = literal.slice(1, -1);
  if (inner.includes('\n') || !inner.isWellFormed()) return null;
  if (!inner.includes('\\')) return inner;
  const bytes: number[] = [];
  let at = 0;
  while (at < inner.length) {
    const slash = inner.indexOf('\\', at);
    const until = slash === -1 ? inner.length : slash;
    bytes.push(...encoder.encode(inner.slice(at, until)));
    if (slash === -1) break;
    const escape = readEscape(inner.slice(slash + 1, slash + 10));
    if (escape === null) return null;
    bytes.push(...escape.bytes);
    at = slash + 1 + escape.length;
  }
  try {
    return utf8.decode(Uint8Array.from(bytes));
  } catch {
    return null;
  }
}

function readEscape(rest: string): { readonly bytes: Iterable<number>; readonly length: number } | null {
  const letter = letters.get(rest.charAt(0));
  if (letter !== undefined) return { bytes: [letter], length: 1 };
  const byte = byteEscape.exec(rest);
  if (byte !== null)
    return { bytes: [byte[1] === undefined ? Number.parseInt(byte[0], 8) : Number.parseInt(byte[1], 16)], length: byte[0].length };
  const point = pointEscape.exec(rest);
  const code = Number.parseInt(point?.[1] ?? point?.[2] ?? '', 16);
  const isSurrogate = code >= 0xd800 && code <= 0xdfff;
  if (point === null || code > 0x10ffff || isSurrogate) return null;
  return { bytes: encoder.encode(String.fromCodePoint(code)), length: point[0].length };
}

/** The inverse, as Alertmanager prints it: only backslash, newline and quote are escaped. */
export function quote(text: string): string {
  return `"${text
    .replaceAll('\\', String.raw`\\`)
    .replaceAll('\n', String.raw`\n`)
    .replaceAll('"', String.raw`\"`)}"`;
}
