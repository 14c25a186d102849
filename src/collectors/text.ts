/** The last bytes of a text, whole lines where it has any; evidence keeps its end, where the trouble shows. */
export function lastBytes(text: string, limit: number): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= limit) return text;
  const tail = bytes.subarray(bytes.length - limit).toString();
  const line = tail.indexOf('\n');
  return line === -1 || line === tail.length - 1 ? tail : tail.slice(line + 1);
}
