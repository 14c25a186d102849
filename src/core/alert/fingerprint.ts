/**
 * The identity of a label set as Prometheus and Alertmanager compute it: FNV-1a, 64 bits, over the UTF-8 of the sorted labels, each name
 * and each value followed by the byte 0xff; as 16 lower-case hex digits.
 */
export function fingerprintOf(labels: Readonly<Record<string, string>>): string {
  const hash = { high: 0xcbf29ce4, low: 0x84222325 };
  for (const [name, value] of Object.entries(labels).toSorted(([a], [b]) => compareCodePoints(a, b))) {
    addText(hash, name);
    addText(hash, value);
  }
  return hex(hash.high) + hex(hash.low);
}

/** A 64-bit number in two unsigned halves; BigInt would be a hundred times slower. */
interface Hash {
  high: number;
  low: number;
}

const encoder = new TextEncoder();

function addText(hash: Hash, text: string): void {
  for (const byte of encoder.encode(text)) addByte(hash, byte);
  addByte(hash, 0xff);
}

/** Multiplies by the prime 2^40 + 435; products stay below 2^53. */
function addByte(hash: Hash, byte: number): void {
  const low = (hash.low ^ byte) >>> 0;
  const product = low * 435;
  const lower = product >>> 0;
  const carry = (product - lower) / 0x1_0000_0000;
  hash.high = (hash.high * 435 + carry + ((low << 8) >>> 0)) >>> 0;
  hash.low = lower;
}

/** The order of UTF-8 bytes; UTF-16 code units would put U+10000 and above before U+E000. */
function compareCodePoints(a: string, b: string): number {
  const left = Array.from(a);
  const right = Array.from(b);
  const differs = left.findIndex((char, index) => char !== right[index]);
  if (differs === -1) return left.length - right.length;
  return codePointAt(left, differs) - codePointAt(right, differs);
}

/** Behind the end comes before every character. */
const codePointAt = (chars: readonly string[], index: number): number => chars[index]?.codePointAt(0) ?? -1;

const hex = (half: number): string => half.toString(16).padStart(8, '0');
