/**
 * What leaves the house in a message is hostile on its way in (alert texts, log lines, answers of servers) and may hold secrets.
 * Everything is cut before it is searched, so that a long line cannot cost much time.
 */

const MARK = '<secret>';
/** Longest text that is searched for secrets; what lies beyond is dropped. */
const MAX_SEARCHED = 8192;

/** Names whose values are secret, wherever they stand: `PASSWORD=…`, `"api_key": "…"`, `--token …`, `x-auth-token: …`. */
const secretName =
  /passwd|password|passphrase|pwd|secret|token|credential|api[_-]?key|access[_-]?key|private[_-]?key|encryption[_-]?key|authorization|cookie/i;
const value = String.raw`(?:"(?:[^"\\]|\\.)*"?|'[^']*'?|[^\s,;&"'}\])]+)`;
const assigned = new RegExp(String.raw`((?:${secretName.source})[\w.-]{0,40}["']?\s{0,4}[:=]\s{0,4})(?!<secret>)${value}`, 'gi');
const flagged = new RegExp(String.raw`(--?[\w-]{0,40}(?:${secretName.source})[\w-]{0,40}\s+)(?!<secret>)${value}`, 'gi');

/** Secrets that are known by their own shape; each pattern keeps its first group. */
const shaped: readonly RegExp[] = [
  /\b((?:bearer|basic|digest)\s+)[\w.~+/=:-]{6,}/gi,
  /(:\/\/[^\s/:@]{0,100}:)[^\s/@]+(?=@)/g,
  /()\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g,
  /()\beyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]*)?/g,
  /()\b(?:gh[pousr]_|github_pat_|glpat-|xox[a-z]-|xapp-|sk_live_|rk_live_|sk-)[\w-]{10,}/g,
];

const keyBegin = /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/;
const keyEnd = /-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/;
/** A line that is nothing but base64: a key whose frame was cut away. A hash in hex is told, it is no secret. */
const bareBase64 = /^\s*(?![0-9a-f]+\s*$)[A-Za-z0-9+/_-]{40,}={0,2}\s*$/;

/** One text with every obvious secret replaced by `<secret>`; private keys within it too. */
export function redact(text: string): string {
  return redactLines(text.slice(0, MAX_SEARCHED).split('\n')).join('\n');
}

/** Lines of one text, in order. A private key counts as one line of secret. */
export function redactLines(lines: readonly string[]): string[] {
  const safe: string[] = [];
  let inKey = false;
  for (const line of lines) {
    const begins = keyBegin.exec(line);
    const ends = keyEnd.test(line);
    if (inKey || ends || begins !== null) {
      if (!inKey) safe.push(`${redactLine(line.slice(0, begins?.index ?? 0))}${MARK}`);
      inKey = !ends && (inKey || begins !== null);
    } else {
      safe.push(bareBase64.test(line) ? MARK : redactLine(line));
    }
  }
  return safe;
}

function redactLine(line: string): string {
  let safe = line.slice(0, MAX_SEARCHED);
  for (const pattern of shaped) safe = safe.replace(pattern, `$1${MARK}`);
  return safe.replace(flagged, `$1${MARK}`).replace(assigned, `$1${MARK}`);
}

/** Values whose name alone says that they are secret are hidden whatever they look like. */
export function redactRecord(record: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(record).map(([name, text]) => [name, secretName.test(name) ? MARK : redact(text)]));
}

/** Control and direction characters are written out as `\u202e`, so that a terminal or a page shows what is there. Line breaks become spaces. */
export function printable(text: string): string {
  return text.replaceAll(/[\r\n\t]+/g, ' ').replaceAll(/[\p{Cc}\p{Cs}\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/gu, (char) => {
    return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

/** At most `max` characters, the last an ellipsis where something was cut off; never half a character. */
export function cut(text: string, max: number): string {
  if (text.length <= max) return text;
  const end = max - 1;
  const high = text.charCodeAt(end - 1);
  return `${text.slice(0, high >= 0xd800 && high <= 0xdbff ? end - 1 : end)}…`;
}

/** Redacted, printable and short: the form in which foreign text enters a report. */
export function safeText(text: string, max: number): string {
  return cut(printable(redact(text)), max);
}
